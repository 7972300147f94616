import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import kendalltau

from mmposenorm.evaluation.progress import (
    KendallsTau,
    kendalls_tau,
    progress_taus,
    with_context,
)


@pytest.mark.parametrize(
    ('matches', 'tau'),
    [
        ([0, 3, 5, 9], 1),
        ([9, 5, 3, 0], -1),
        ([0, 2, 1, 3], (5 - 1) / 6),
        # One of six pairs is tied.
        ([0, 1, 1, 3], 5 / np.sqrt(6 * 5)),
        ([4, 4, 4, 4], np.nan),
        ([4], np.nan),
    ],
)
def test_tau_by_hand(matches, tau):
    [found] = kendalls_tau(np.array(matches)[:, None])
    assert found == pytest.approx(tau, nan_ok=True)


def test_tau_of_many_columns_is_that_of_scipy():
    matches = np.random.default_rng(0).integers(0, 12, (30, 20))
    expected = [kendalltau(np.arange(30), column).statistic for column in matches.T]
    np.testing.assert_allclose(kendalls_tau(matches), expected)


def test_matches_may_be_unsigned():
    matches = np.array([[2], [1], [0]], dtype=np.uint8)
    assert kendalls_tau(matches) == [-1]


@pytest.mark.parametrize('stride', [1, 2, 3])
def test_progress_is_that_of_a_plain_loop(stride):
    generator = np.random.default_rng(1)
    clips = [
        np.linspace(0, 3, frames)[:, None] + generator.normal(size=(frames, 3))
        for frames in (21, 30, 24, 16)
    ]
    taus = progress_taus(clips, stride)
    assert np.isnan(np.diag(taus)).all()
    for i, a in enumerate(clips):
        for j, b in enumerate(clips):
            if i != j:
                nearest = cdist(a[::stride], b[::stride]).argmin(axis=1)
                expected = kendalltau(np.arange(len(nearest)), nearest).statistic
                assert taus[i, j] == pytest.approx(expected)


def test_a_clip_and_its_reverse():
    clip = np.linspace(0, 1, 9)[:, None]
    np.testing.assert_allclose(
        progress_taus([clip, clip[::-1]], stride=1), [[np.nan, -1], [-1, np.nan]]
    )


def test_frames_around_a_frame_are_put_beside_it():
    clip = np.arange(5)[:, None] * [1, 10]
    found = with_context(clip, (-2, 0, 1))
    assert found[2].tolist() == [0, 0, 2, 20, 3, 30]
    assert found[0].tolist() == [0, 0, 0, 0, 1, 10]  # the first frame is repeated
    assert found[4].tolist() == [2, 20, 4, 40, 4, 40]
    # A fifth of five frames is one.
    shares = with_context(clip, (-0.4, 0, 0.2), in_clip_lengths=True)
    np.testing.assert_array_equal(shares, found)


def test_context_tells_up_from_down():
    there_and_back = np.concatenate([np.arange(10), np.arange(9)[::-1]])[:, None]
    slower = np.repeat(there_and_back, 2, axis=0)

    def tau(offsets):
        clips = [with_context(c, offsets) for c in (there_and_back, slower)]
        return progress_taus(clips, stride=1)[0, 1]

    assert abs(tau((0,))) < 0.1
    assert tau((-3, 0, 3)) > 0.8


def sample(name, action, values):
    poses = np.asarray(values, dtype=float)[:, None]
    return {
        'clip_id': name,
        'action': action,
        'pred_instances': {'poses': poses, 'noise': 0 * poses},
    }


def measure(metric, samples):
    metric.process(None, samples)
    return metric.evaluate(len(samples))


UP = np.arange(8)


def test_the_metric_averages_over_pairs_and_then_over_actions():
    samples = [
        sample('3', 'squat', UP),
        sample('2', 'jump_rope', UP),
        sample('1', 'jump_rope', UP),
        sample('0', 'squat', UP[::-1]),
        sample('4', 'squat', UP + 1),
        sample('5', 'bowl', UP),
        sample('6', 'bowl', UP),
    ]
    # Of the six ordered pairs of squats, two are backwards. In the other four, the last
    # frame has no counterpart, so that two frames share a match: two such pairs are
    # in order, two backwards.
    metric = KendallsTau(['poses', {'features': 'noise', 'weight': 9}], stride=1)
    found = measure(metric, samples)
    # Pairs of the first squat, which goes down, with the first bowl; and of the second
    # ones, which both go up.
    assert found.pop('progress/unlike') == 0
    assert found == pytest.approx(
        {'progress/bowl': 1, 'progress/squat': -2 / 6, 'progress/mean': (1 - 2 / 6) / 2}
    )


def test_pairs_without_a_tau_are_left_out():
    samples = [
        sample('0', 'squat', UP),
        sample('1', 'squat', 0 * UP),  # its frames all have one match
        sample('2', 'squat', UP),
        sample('3', 'bowl', UP),  # alone
    ]
    found = measure(KendallsTau(['poses'], stride=1), samples)
    # The first squat and the bowl are a pair of different actions.
    assert found == {'progress/squat': 1, 'progress/mean': 1, 'progress/unlike': 1}


def test_a_single_action_has_no_pair_of_different_ones():
    samples = [sample('0', 'squat', UP), sample('1', 'squat', UP)]
    found = measure(KendallsTau(['poses'], offsets=(-1, 1), stride=1), samples)
    assert set(found) == {'progress/squat', 'progress/mean'}


def test_wrong_options_are_refused():
    with pytest.raises(
        ValueError, match='stride must be a whole number of 1 or more, but is 0'
    ):
        KendallsTau(['poses'], stride=0)
    with pytest.raises(ValueError, match='No action has two clips'):
        measure(KendallsTau(['poses']), [sample('0', 'squat', UP)])
