"""Follow one person from frame to frame."""

import numpy as np

from mmposenorm.keypoints import FramePeople, to_h36m
from mmposenorm.keypoints.linking import Linker, Members


class LivePerson:
    """The largest person when somebody first appears, for as long as they are seen.

    Who is gone for two seconds is given up, and the person who is largest then is
    followed. People are linked as in a whole clip
    (:func:`mmposenorm.keypoints.link_people`), as far as what came so far tells.

    Args:
        layout: Layout of the keypoints.
        fps: Frames a second.
    """

    def __init__(self, layout: str, fps: float) -> None:
        self._layout = layout
        self._linker = Linker(fps)
        self._followed: Members | None = None

    def add(self, people: FramePeople) -> tuple[np.ndarray, np.ndarray] | None:
        """Take the people of the next frame.

        Args:
            people: Everybody in it.

        Returns:
            The person's keypoints in Human3.6M's layout, (17, 2), and how sure they
            are, (17,); None if the person is not in the frame.
        """
        self._linker.add(people)
        self._linker.forget()
        growing = self._linker.growing
        if not any(track is self._followed for track in growing):
            self._followed = max(growing, key=self._length, default=None)
        if self._followed is None or self._followed[-1][0] < self._linker.frame_id:
            return None
        index = self._followed[-1][1]
        keypoints, visible = to_h36m(
            people.keypoints[None, index], people.scores[None, index], self._layout
        )
        return keypoints[0], visible[0]

    def _length(self, track: Members) -> float:
        """Length of the body by its score, as in ``Track.weight``."""
        frame, index = track[-1]
        people = self._linker.frames[frame]
        box = people.boxes[index]
        return float(np.hypot(*(box[2:] - box[:2])) * people.scores[index].mean())
