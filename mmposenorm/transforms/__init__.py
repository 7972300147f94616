"""From clips to network input: single clips on the CPU, then batches on the device."""

from mmposenorm.transforms.bodies import (
    LabelFootContact,
    MirrorClip,
    RenderTwice,
    ScaleBones,
)
from mmposenorm.transforms.clips import PackPoseClip, RandomClip
from mmposenorm.transforms.detections import (
    AddDetectorNoise,
    HideJoints,
    ThoraxFromShoulders,
)
from mmposenorm.transforms.gaps import BridgeGaps, FillGaps, RemoveJoints
from mmposenorm.transforms.limbs import ExchangeLimbs, TurnLimbs
from mmposenorm.transforms.network_input import NormalizeKeypoints
from mmposenorm.transforms.time_warps import WarpTime
from mmposenorm.transforms.views import ViewClip, VirtualCamera
from mmposenorm.transforms.weak_labels import HideTruth, LabelDepthOrder

__all__ = [
    'AddDetectorNoise',
    'BridgeGaps',
    'ExchangeLimbs',
    'FillGaps',
    'HideJoints',
    'HideTruth',
    'LabelDepthOrder',
    'LabelFootContact',
    'MirrorClip',
    'NormalizeKeypoints',
    'PackPoseClip',
    'RandomClip',
    'RemoveJoints',
    'RenderTwice',
    'ScaleBones',
    'ThoraxFromShoulders',
    'TurnLimbs',
    'ViewClip',
    'VirtualCamera',
    'WarpTime',
]
