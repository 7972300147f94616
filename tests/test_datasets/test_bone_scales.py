import numpy as np

from mmposenorm.datasets.bone_scales import draw_bone_scales
from mmposenorm.skeletons import H36M_LEFT, H36M_RIGHT


def test_scales_are_symmetric_and_in_range():
    scales = draw_bone_scales(1000, np.random.default_rng(0))
    assert scales.shape == (1000, 17)
    assert scales.dtype == np.float32
    np.testing.assert_array_equal(scales[:, H36M_LEFT], scales[:, H36M_RIGHT])
    assert scales[:, 1:].min() >= 0.75
    assert scales[:, 1:].max() <= 1.25
    assert np.ptp(scales[:, 1:]) > 0.48


def test_scales_change_every_50_frames():
    scales = draw_bone_scales(120, np.random.default_rng(0))
    changes = np.flatnonzero((np.diff(scales, axis=0) != 0).any(axis=1)) + 1
    assert changes.tolist() == [50, 100]


def test_one_seed_gives_one_body():
    one, same, other = (
        draw_bone_scales(7, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one, same)
    assert (one[:, 1:] != other[:, 1:]).all()
