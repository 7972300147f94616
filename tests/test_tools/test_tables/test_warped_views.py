import numpy as np


def test_views_are_warped_within_limits(tool):
    warped_views = tool('warped_views')
    moments = np.arange(100.0)
    # Each keypoint is where its frame's number says.
    keypoints = np.tile(moments[:, None, None], (1, 17, 2)).astype(np.float32)
    view = warped_views.View(keypoints, np.ones((100, 17)), 60.0, moments)
    lengths = []
    for seed in range(20):
        warped = warped_views.warp_view(view, np.random.default_rng(seed))
        speeds = np.diff(warped.moments)
        assert speeds.min() >= 0.4
        assert speeds.max() <= 2.5
        assert 0 <= warped.moments[0] <= 20
        assert 79 <= warped.moments[-1] <= 99
        np.testing.assert_allclose(warped.keypoints[:, 3, 0], warped.moments, rtol=1e-5)
        lengths.append(len(warped.moments))
    assert 60 <= min(lengths) < 80
    assert 120 < max(lengths) <= 140
