import numpy as np
import pytest
from scipy.io import loadmat

from mmposenorm.datasets.synthetic import write_synthetic_penn_action


@pytest.fixture
def labels(tmp_path):
    """The fields of the files, in order."""
    write_synthetic_penn_action(tmp_path, 4, num_frames=60, actions=('bowl', 'squat'))
    return [loadmat(path) for path in sorted((tmp_path / 'labels').iterdir())]


def test_actions_and_splits_take_turns(labels):
    actions = [label['action'].item() for label in labels]
    assert actions == ['bowl'] * 4 + ['squat'] * 4
    assert [label['train'].item() for label in labels] == [1, -1] * 4


def test_about_22_per_cent_of_the_joints_are_invisible(labels):
    visible = np.stack([label['visibility'] for label in labels])
    assert visible.shape == (8, 60, 13)
    assert (1 - visible).mean() == pytest.approx(0.22, abs=0.03)


def test_what_is_seen_lies_mostly_in_the_image_and_the_rest_often_in_its_corner(labels):
    for label in labels:
        seen = label['visibility'] == 1
        inside = (np.abs(label['x'] - 240) < 240) & (np.abs(label['y'] - 135) < 135)
        assert inside[seen].mean() > 0.9
        corner = (label['x'][~seen] == 1) & (label['y'][~seen] == 1)
        assert 0.1 < corner.mean() < 0.6


def test_joints_of_one_action_swing_alike_and_of_two_do_not(labels):
    def swing(label):
        moved = np.where(label['visibility'] == 1, label['x'], np.nan)
        return np.nanstd(moved, axis=0)

    bowl, bowl_again, squat = (swing(labels[i]) for i in (0, 1, 4))
    assert np.corrcoef(bowl, bowl_again)[0, 1] > 0.8
    assert np.corrcoef(bowl, squat)[0, 1] < 0.8
