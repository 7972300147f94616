import numpy as np
import pytest
import torch

from mmposenorm.evaluation.calibration import (
    DirectionCalibration,
    calibration_by_decile,
)
from mmposenorm.geometry.distances import bone_angles_between


def test_deciles_by_hand():
    # Twenty predictions 1 to 20 in mixed order; real errors are twice as large.
    predicted = np.random.default_rng(0).permutation(np.arange(1.0, 21))
    means, real = calibration_by_decile(predicted, 2 * predicted)
    np.testing.assert_allclose(means, np.arange(1.5, 20, 2))
    np.testing.assert_allclose(real, 2 * means)


def test_too_few_values_are_refused():
    with pytest.raises(ValueError, match='There are 9 predicted errors'):
        calibration_by_decile(np.ones(9), np.ones(9))


def sample(sigma_factor, variant='original'):
    """Poses with random bones whose expected errors are the real ones, scaled."""
    generator = torch.Generator().manual_seed(0)
    truth = torch.randn(40, 17, 3, generator=generator)
    poses = truth + 0.1 * torch.randn(40, 17, 3, generator=generator)
    return {
        'variant': variant,
        'pred_instances': {
            'normalized_poses': poses,
            'direction_sigma': sigma_factor * bone_angles_between(poses, truth),
        },
        'gt_instances': {'normalized_poses': truth},
    }


@pytest.mark.parametrize(('factor', 'error'), [(1.0, 0.0), (1.2, 0.2), (0.5, 0.5)])
def test_the_largest_relative_difference_is_reported(factor, error):
    metric = DirectionCalibration()
    metric.process(None, [sample(factor), sample(9.0, variant='bone_scaled')])
    figures = metric.compute_metrics(metric.results)
    assert figures['calibration_error'] == pytest.approx(error, abs=1e-5)
    assert figures['error_ratio'] > 5


def test_models_that_do_not_know_are_refused():
    unknown = sample(1.0)
    del unknown['pred_instances']['direction_sigma']
    with pytest.raises(ValueError, match='predicts no direction_sigma'):
        DirectionCalibration().process(None, [unknown])


def test_the_hips_do_not_count():
    # Their line is the x axis of the root frame: whatever is expected, the error is 0.
    seen = sample(1.0)
    for poses in (
        seen['pred_instances']['normalized_poses'],
        seen['gt_instances']['normalized_poses'],
    ):
        poses[:, [1, 4]] = torch.tensor([[-0.1, 0, 0], [0.1, 0, 0]])
        poses[:, 0] = 0
    predicted = seen['pred_instances']
    predicted['direction_sigma'] = bone_angles_between(
        predicted['normalized_poses'], seen['gt_instances']['normalized_poses']
    )
    predicted['direction_sigma'][:, [0, 3]] = 0.01
    metric = DirectionCalibration()
    metric.process(None, [seen])
    figures = metric.compute_metrics(metric.results)
    assert figures['calibration_error'] == pytest.approx(0, abs=1e-5)
