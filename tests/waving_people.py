"""Made-up clips of a person who waves, and a detector that finds them."""

import cv2
import numpy as np

from mmposenorm.keypoints import People
from mmposenorm.keypoints.people import frame_people, no_people

SIZE = 96, 128  # of the videos, in pixels
FPS = 25


def waving_person(frame):
    """Return the keypoints of a person who raises an arm, in pixels, (17, 2)."""
    # fmt: off
    pose = np.array(
        [
            (0, 0), (-6, 0), (-6, 20), (-6, 40), (6, 0), (6, 20), (6, 40), (0, -14),
            (0, -28), (0, -32), (0, -40), (10, -28), (18, -22), (24, -16),
            (-10, -28), (-18, -22), (-24, -16),
        ],
        dtype=np.float32,
    )
    # fmt: on
    pose[13] = 18 + 9 * np.cos(frame / 6), -22 + 9 * np.sin(frame / 6)
    return pose + np.array([SIZE[0] / 2, 70])


def people_at(frames, **known):
    found = [
        frame_people(waving_person(frame)[None], np.ones((1, 17)))
        if frame is not None
        else no_people(17)
        for frame in frames
    ]
    return People(found, 'h36m', 'a test', **known)


def write_clip(path, count, fps=FPS, size=SIZE):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), fps, size)
    for frame in range(count):
        writer.write(np.full((size[1], size[0], 3), 10 * frame % 255, np.uint8))
    writer.release()
    return path


class FakeDetector:
    """Finds the waving person in every frame, or nobody."""

    layout, name = 'h36m', 'a fake'

    def __init__(self, sees_someone=True):
        self.sees_someone = sees_someone

    def reset(self):
        self.frame = -1

    def __call__(self, image):
        self.frame += 1
        people = people_at([self.frame if self.sees_someone else None])
        return people.frames[0]
