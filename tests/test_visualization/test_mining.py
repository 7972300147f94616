import numpy as np
import pytest

from mmposenorm.skeletons import default_bone_lengths, extended_skeleton
from mmposenorm.visualization.mining import MinedAnchor, plot_mining

DISTANCES = np.array([0.1, np.nan, 0.2, 0.9, 0.8])


@pytest.fixture(scope='module')
def parts():
    """The two parts of the picture for each of two stages."""
    stages = [
        MinedAnchor(title, 1, DISTANCES, (0.0, 0.25), (0.7, 1.0), positives, negatives)
        for title, positives, negatives in (
            ('easy', [0], [3]),
            ('hard', [0, 2], [3, 4]),
        )
    ]
    body = extended_skeleton(default_bone_lengths())
    poses = np.zeros((5, 17, 3)) + np.cumsum(body.bone_offsets[:17], axis=0)
    return plot_mining(poses, stages).subfigs


def test_each_stage_shows_its_distances_ranges_and_draws(parts):
    for part, positives, negatives in zip(
        parts, ([0], [0, 2]), ([3], [3, 4]), strict=True
    ):
        curve, of_positives, of_negatives, anchor = part.axes[0].lines
        np.testing.assert_array_equal(curve.get_ydata(), DISTANCES)
        np.testing.assert_array_equal(of_positives.get_xdata(), positives)
        np.testing.assert_array_equal(of_negatives.get_ydata(), DISTANCES[negatives])
        assert anchor.get_xdata()[0] == 1
        ranges = [patch.get_extents().height for patch in part.axes[0].patches]
        # of 0.25 and 0.3 on the same axis
        assert ranges[1] / ranges[0] == pytest.approx(0.3 / 0.25, rel=1e-3)
    assert [part.axes[0].get_title() for part in parts] == ['easy', 'hard']


def test_poses_of_the_anchor_and_the_triplets_are_named_by_their_frames(parts):
    assert [axes.get_title() for axes in parts[1].axes[1:]] == [
        'anchor\n1',
        *('positive\n0', 'positive\n2'),
        *('negative\n3', 'negative\n4'),
    ]
    assert all(len(axes.lines) == 16 for axes in parts[1].axes[1:])
