"""From files to clips: one dict for each clip of human motion."""

from mmposenorm.datasets.action_clips import ActionClip, ActionClips
from mmposenorm.datasets.clip_dataset import Clip, ClipDataset, ClipSampler
from mmposenorm.datasets.correspondence_pairs import CorrespondencePairs
from mmposenorm.datasets.h36m_clips import H36MClips
from mmposenorm.datasets.mmpose_clips import MMPoseToClip
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.datasets.normalized_poses import NormalizedPoseClips
from mmposenorm.datasets.penn_action import PennAction
from mmposenorm.datasets.triangulated_clips import TriangulatedClips

__all__ = [
    'ActionClip',
    'ActionClips',
    'Clip',
    'ClipDataset',
    'ClipSampler',
    'CorrespondencePairs',
    'H36MClips',
    'MMPoseToClip',
    'MocapClips',
    'NormalizedPoseClips',
    'PennAction',
    'TriangulatedClips',
]
