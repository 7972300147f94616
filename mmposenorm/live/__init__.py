"""Follow a person who moves now through a reference, frame by frame.

``following`` finds the same person in each new frame, ``pose_stream`` estimates the
latest poses, ``guide`` tells where in the reference the person is and what is off, and
``picture`` draws it. Each step takes the same time and memory, however long it goes on.
"""

from mmposenorm.live.following import LivePerson
from mmposenorm.live.guide import LiveGuide, LiveState
from mmposenorm.live.pose_stream import PoseStream

__all__ = ['LiveGuide', 'LivePerson', 'LiveState', 'PoseStream']
