import cv2
import numpy as np
import pytest

from mmposenorm.keypoints.people import frame_people


@pytest.fixture
def make_video(tmp_path):
    """Return a function that writes a short video of grey frames."""

    def make(name='clip.mp4', frames=6, size=(64, 48), fps=30.0):
        path = tmp_path / name
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), fps, size)
        for index in range(frames):
            writer.write(np.full((size[1], size[0], 3), 40 * index % 255, np.uint8))
        writer.release()
        return path

    return make


@pytest.fixture
def body():
    """Return a function that makes a standing person of 17 COCO joints."""
    shape = np.random.default_rng(0).uniform(0, 1, (17, 2)) * [60, 200]
    shape[0], shape[16] = [0, 0], [60, 200]  # the box is 60 wide and 200 high

    def make(x, y, scale=1.0):
        return shape * scale + [x, y]

    return make


@pytest.fixture
def people_at(body):
    """Return a function that makes one frame of people, all sure, at these points."""

    def make(*points):
        keypoints = np.array([body(*point) for point in points]).reshape(-1, 17, 2)
        return frame_people(keypoints, np.ones(keypoints.shape[:2]))

    return make
