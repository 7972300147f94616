"""2D poses: from a video or a file of keypoints to one tracked person."""

from mmposenorm.keypoints.detectors import Detector, build_detector, detect_people
from mmposenorm.keypoints.extraction import extract_keypoints
from mmposenorm.keypoints.layouts import LAYOUTS, Layout, to_h36m
from mmposenorm.keypoints.people import FramePeople, People, save_people
from mmposenorm.keypoints.person import (
    PersonTrack,
    extract_person,
    follow,
    follow_everybody,
    open_clip,
    warn_if_same,
)
from mmposenorm.keypoints.readers import is_keypoint_path, read_keypoints
from mmposenorm.keypoints.smoothing import smooth_keypoints
from mmposenorm.keypoints.tracking import (
    Track,
    check_person,
    choose_track,
    fill_track,
    link_people,
)
from mmposenorm.keypoints.video import Video

__all__ = [
    'LAYOUTS',
    'Detector',
    'FramePeople',
    'Layout',
    'People',
    'PersonTrack',
    'Track',
    'Video',
    'build_detector',
    'check_person',
    'choose_track',
    'detect_people',
    'extract_keypoints',
    'extract_person',
    'fill_track',
    'follow',
    'follow_everybody',
    'is_keypoint_path',
    'link_people',
    'open_clip',
    'read_keypoints',
    'save_people',
    'smooth_keypoints',
    'to_h36m',
    'warn_if_same',
]
