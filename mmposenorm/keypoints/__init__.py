"""2D poses: from a video or a file of keypoints to one tracked person."""

from .detectors import Detector, build_detector, detect_people
from .layouts import LAYOUTS, Layout, to_h36m
from .people import FramePeople, People, save_people
from .person import PersonTrack, extract_person, follow
from .readers import is_keypoint_path, read_keypoints
from .smoothing import smooth_keypoints
from .tracking import Track, choose_track, fill_track, link_people
from .video import Video

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
    'choose_track',
    'detect_people',
    'extract_person',
    'fill_track',
    'follow',
    'is_keypoint_path',
    'link_people',
    'read_keypoints',
    'save_people',
    'smooth_keypoints',
    'to_h36m',
]
