"""How tools/tables/align_views.py warps and scores views, and that it prints them."""

import numpy as np
import pytest
from tiny_weights import EMBEDDER, NORMALIZER, tiny_weights

from mmposenorm.datasets.synthetic import write_synthetic_mocap


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


def test_the_table_by_hand(tool, monkeypatch):
    align_views, view = tool('align_views'), tool('warped_views').View
    # Both clips of a movement look the same, frame by frame. In the first movement they
    # show the same moments; in the second B shows moments that are 6 frames later.
    looks = {'walk': np.random.default_rng(0).normal(size=(40, 6)).cumsum(axis=0)}
    monkeypatch.setattr(align_views, 'describe', lambda *_: looks)
    moments = np.arange(40.0)
    movements = [
        [view(None, None, 50, moments), view(None, None, 50, moments + shift)]
        for shift in (0, 6)
    ]
    lines = align_views.table(align_views.measure(movements, {})).splitlines()
    assert lines[0] == '4 pairs of views'
    # Errors are 0 twice and 6 twice; of these, only the first are within 5 frames.
    assert lines[3].split() == ['straight', 'line', '3.00', '-']
    assert lines[4].split() == ['walk', '3.00', '50', '%', '3.00', '50', '%']


def test_half_a_body_lacks_the_legs(tool):
    align_views, view = tool('align_views'), tool('warped_views').View
    whole = view(np.zeros((4, 17, 2)), np.ones((4, 17)), 50, np.arange(4.0))
    half = align_views.hide(whole, align_views.UNSEEN['legs'])
    assert np.flatnonzero(half.visible[0] == 0).tolist() == [2, 3, 5, 6]
    assert whole.visible.all()


def test_a_table_is_printed(tool, tmp_path, monkeypatch, capsys):
    align_views = tool('align_views')
    monkeypatch.setattr(align_views, '_MOCAP_TRIALS', 1)
    monkeypatch.setattr(tool('warped_views'), '_MOCAP_FRAMES', (40, 50))
    # Without a warp, the straight line is the truth.
    monkeypatch.setattr(align_views, 'warp_view', lambda view, _: view)
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
        'normalized poses',
        'their limb directions, up',
        'pose features',
    ]
    assert lines[4].split() == ['straight', 'line', '0.00', '-']
    for line in lines[5:]:
        error, hits, _, adapted_error, adapted_hits, _ = line[28:].split()
        for frames, share in ((error, hits), (adapted_error, adapted_hits)):
            assert 0 <= float(frames) < 50  # of 50 frames
            assert int(share) <= 100
    weights = tiny_weights(tmp_path / 'normalizer.pth', NORMALIZER)
    with pytest.raises(SystemExit, match=r'none\.npz'):
        align_views.main(
            [*arguments[:2], '--mocap', 'none.npz', '--checkpoint', str(weights)]
        )
