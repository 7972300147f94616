"""How tools/tables/align_views.py warps and scores views, and that it prints them."""

import importlib
import sys

import numpy as np
import pytest
from tiny_weights import EMBEDDER, NORMALIZER, tiny_weights

from mmposenorm.datasets.synthetic import write_synthetic_mocap


@pytest.fixture
def tool(repository, monkeypatch):
    """Return a function that imports the tool or the module beside it."""
    monkeypatch.syspath_prepend(repository / 'tools' / 'tables')
    yield importlib.import_module
    for name in ('align_views', 'warped_views'):
        sys.modules.pop(name, None)


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


def test_scores_count_only_what_both_show(tool):
    align_views = tool('align_views')
    clip = np.random.default_rng(0).normal(size=(40, 6)).cumsum(axis=0)
    moments = np.arange(40.0)
    equal = align_views.score(clip, clip[10:30], moments, moments[10:30])
    assert equal == (0, 100)
    # Answers are 6 frames off: farther than 5.
    shifted = align_views.score(clip, clip, moments, moments + 6)
    assert shifted == (6, 0)


def test_the_straight_line_is_scored_by_hand(tool):
    score = tool('align_views')._score_of_line(np.array([0.0, 2, 4]), np.arange(5.0))
    assert score.error == 0
    score = tool('align_views')._score_of_line(np.array([0.0, 1, 4]), np.arange(5.0))
    assert score.error == pytest.approx((0 + 1 + 0) / 3)  # 2 in place of 1


def test_a_table_is_printed(tool, tmp_path, monkeypatch, capsys):
    align_views = tool('align_views')
    monkeypatch.setattr(align_views, '_MOCAP_TRIALS', 1)
    monkeypatch.setattr(tool('warped_views'), '_MOCAP_FRAMES', (40, 50))
    trials = tmp_path / 'test.npz'
    write_synthetic_mocap(trials, 1, 60, seed=0)
    lifter = {'type': 'SemGCN', 'channels': 8, 'num_blocks': 1}
    config = tmp_path / 'lifter.py'
    config.write_text(f"model = dict(type='LiftedPoseNormalizer', lifter={lifter})\n")
    lifter_weights = tiny_weights(
        tmp_path / 'lifter.pth', {'type': 'LiftedPoseNormalizer', 'lifter': lifter}
    )
    weights = tiny_weights(tmp_path / 'weights.pth', EMBEDDER)
    arguments = ['--movements', 'mocap', '--mocap', str(trials)]
    arguments += ['--lifter', str(config), str(lifter_weights)]
    align_views.main([*arguments, '--checkpoint', str(weights)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == 'mocap: 2 pairs of views'
    names = [line[:28].strip() for line in lines[4:]]
    assert names == [
        'straight line',
        '2D Euler angles',
        'plain 2D',
        'lifter + closed form',
        'E_Q normalized poses',
        'their limb directions, up',
        'pose features',
    ]
    for line in lines[5:]:
        error, hits, _, adapted_error, adapted_hits, _ = line[28:].split()
        assert float(error) >= 0
        assert float(adapted_error) >= 0
        assert 0 <= int(hits) <= 100
        assert 0 <= int(adapted_hits) <= 100
    weights = tiny_weights(tmp_path / 'normalizer.pth', NORMALIZER)
    with pytest.raises(SystemExit, match=r'none\.npz'):
        align_views.main(
            [*arguments[:2], '--mocap', 'none.npz', '--checkpoint', str(weights)]
        )
