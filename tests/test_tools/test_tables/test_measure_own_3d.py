"""tools/tables/measure_own_3d.py: poses of the detector, and means with ours."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmposenorm.datasets.synthetic.exercise import standing_figure, turn_keypoints
from mmposenorm.geometry.normalization import normalize_keypoints_3d

# MediaPipe's shoulders, elbows, wrists, hips, knees and ankles, left before right, and
# the same joints among Human3.6M's.
MEDIAPIPE = [11, 13, 15, 12, 14, 16, 23, 25, 27, 24, 26, 28]
H36M = [11, 12, 13, 14, 15, 16, 4, 5, 6, 1, 2, 3]


@pytest.fixture
def poses():
    """A figure that raises its left arm forward by 60 degrees, (4, 17, 3)."""
    figure = np.tile(standing_figure(), (4, 1, 1))
    return turn_keypoints(figure, 11, [12, 13], np.array([-1.0, 0, 0]), 60.0)


@pytest.fixture
def person(poses):
    """What MediaPipe would say of the figure if it made no error."""
    world = np.zeros((4, 33, 3), np.float32)
    world[:, MEDIAPIPE] = poses[:, H36M] * (1, -1, -1)  # y down, z away
    visible = np.ones((4, 33), np.float32)
    return SimpleNamespace(world_keypoints=world, visible=visible, layout='mediapipe')


def test_own_poses_keep_the_directions_of_limbs(tool, poses, person):
    measure_own_3d = tool('measure_own_3d')
    own = measure_own_3d.limbs(measure_own_3d.own_poses(person))
    true = measure_own_3d.limbs(np.asarray(normalize_keypoints_3d(poses)))
    np.testing.assert_allclose(own, true, atol=1e-5)


def test_a_mean_of_two_directions_lies_between_them(tool, poses, person):
    measure_own_3d = tool('measure_own_3d')
    # Ours has the left arm, two of eight limbs, 40 degrees too low.
    low = turn_keypoints(poses, 11, [12, 13], np.array([1.0, 0, 0]), 40.0)
    result = SimpleNamespace(normalized_poses=np.asarray(normalize_keypoints_3d(low)))
    view = SimpleNamespace(keypoints_world=poses)
    ours, _, mean, own = measure_own_3d.measure(lambda _: result, person, view)
    np.testing.assert_allclose([ours, mean, own], [10, 5, 0], atol=0.05)


def test_a_file_without_3d_is_told(tool, person):
    person.world_keypoints = None
    with pytest.raises(ValueError, match='hold no 3D of the detector'):
        tool('measure_own_3d').own_poses(person)
