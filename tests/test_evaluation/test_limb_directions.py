import math

import numpy as np
import pytest

from mmposenorm.evaluation.limb_directions import (
    LimbDirectionError,
    limb_direction_errors,
)


def pair_of_poses(degrees):
    """Two poses that differ in the right shin alone, by an angle about x."""
    truth = np.random.default_rng(0).normal(size=(4, 17, 3))
    truth[:, 3] = truth[:, 2] + (0, -0.4, 0)
    angle = math.radians(degrees)
    poses = truth.copy()
    poses[:, 3] = truth[:, 2] + np.array([0, -math.cos(angle), math.sin(angle)])
    return poses, truth


def test_only_the_shin_that_is_turned_is_off():
    errors = limb_direction_errors(*pair_of_poses(24))
    expected = np.zeros((4, 8))
    expected[:, 1] = 24
    np.testing.assert_allclose(errors, expected, atol=1e-5)


def test_trunk_and_head_do_not_count():
    poses, truth = pair_of_poses(0)
    poses[:, [7, 8, 9, 10]] += 0.3
    np.testing.assert_allclose(limb_direction_errors(poses, truth), 0, atol=1e-5)


def sample(degrees, frames, variant='original'):
    poses, truth = (some[:frames] for some in pair_of_poses(degrees))
    return {
        'variant': variant,
        'pred_instances': {'normalized_poses': poses},
        'gt_instances': {'normalized_poses': truth},
    }


def test_means_over_frames_and_over_clips():
    metric = LimbDirectionError()
    metric.process(None, [sample(80, 3), sample(16, 1), sample(90, 4, 'bone_scaled')])
    # One limb of eight is off: 10 degrees in three frames, 2 degrees in one.
    assert metric.compute_metrics(metric.results) == {
        'limb_degrees': pytest.approx(8),
        'limb_degrees_clips': pytest.approx(6),
    }


def test_an_unknown_knee_leaves_out_thigh_and_shin():
    poses, truth = pair_of_poses(24)
    visible = np.ones((4, 17))
    visible[0, 2] = 0  # right knee
    truth[0, 2] = np.nan
    errors = limb_direction_errors(poses, truth, visible)
    assert np.isnan(errors[0]).tolist() == [True, True] + [False] * 6
    np.testing.assert_allclose(errors[1:, 1], 24, atol=1e-5)


def test_the_metric_leaves_out_what_is_not_known():
    unknown = sample(80, 2)
    visible = np.ones((2, 17))
    visible[:, 4] = 0  # left hip: the left thigh does not count
    unknown['gt_instances']['lifting_target_visible'] = visible
    metric = LimbDirectionError()
    metric.process(None, [unknown])
    assert metric.compute_metrics(metric.results)['limb_degrees'] == pytest.approx(
        80 / 7
    )


def test_what_cannot_be_measured_is_refused():
    poses, truth = pair_of_poses(0)
    with pytest.raises(ValueError, match=r'\(3, 17, 3\) and targets \(4, 17, 3\)'):
        limb_direction_errors(poses[:3], truth)
    with pytest.raises(ValueError, match=r'visible has shape \(4, 16\)'):
        limb_direction_errors(poses, truth, np.ones((4, 16)))
    poses[0, 3] = np.nan
    with pytest.raises(ValueError, match='NaN or infinite values in limbs that count'):
        limb_direction_errors(poses, truth)
    metric = LimbDirectionError()
    metric.process(None, [sample(0, 1, 'bone_scaled')])
    with pytest.raises(ValueError, match='none of 1 is such a sample'):
        metric.compute_metrics(metric.results)
