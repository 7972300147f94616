"""2D poses: from a video or a file of keypoints to one tracked person."""

from .layouts import LAYOUTS, Layout, to_h36m

__all__ = ['LAYOUTS', 'Layout', 'to_h36m']
