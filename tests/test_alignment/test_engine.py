import time

import numpy as np
import pytest
import torch

from mmposenorm.alignment import align
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.skeletons import H36M_MIRRORED

BOTH_OPEN = {'open_begin': True, 'open_end': True}


def motion(frames, seed=0, size=8):
    """Draw a smooth curve that does not repeat itself, (frames, size)."""
    rng = np.random.default_rng(seed)
    time_ = np.linspace(0, 1, frames)[:, None, None]
    frequency, phase = rng.uniform(1, 4, (5, size)), rng.uniform(0, 6, (5, size))
    return np.sin(frequency * 2 * time_ + phase).sum(axis=1)


def poses(frames, seed=0):
    return motion(frames, seed, 17 * 3).reshape(frames, 17, 3)


def warped_times(frames, length):
    """Play a clip at a smoothly changing speed, 0.4 to 2.5 times the usual one."""
    speed = np.exp(0.9 * np.sin(np.linspace(0, 9, length)))
    times = np.cumsum(speed) - speed[0]
    return times / times[-1] * (frames - 1)


def at(clip, times):
    """Interpolate a clip at times given in frames."""
    before = np.minimum(times.astype(int), len(clip) - 2)
    share = (times - before).reshape(-1, *[1] * (clip.ndim - 1))
    return clip[before] * (1 - share) + clip[before + 1] * share


@pytest.mark.parametrize('clip', [motion(40), poses(40)], ids=['features', 'poses'])
@pytest.mark.parametrize('options', [{}, {'diagonal_weight': 2}, BOTH_OPEN])
def test_equal_clips_give_the_diagonal_and_zero(clip, options):
    alignment = align(clip, clip, **options)
    np.testing.assert_array_equal(alignment.path, np.arange(40)[:, None].repeat(2, 1))
    np.testing.assert_array_equal(alignment.matches, np.arange(40))
    assert alignment.distance == alignment.mean_distance == 0
    assert len(alignment.unmatched_a) == len(alignment.unmatched_b) == 0


@pytest.mark.parametrize('weight', [1, 1.5, 2])
def test_path_goes_from_the_first_frames_to_the_last_in_single_steps(weight):
    alignment = align(motion(30), motion(45, seed=1), diagonal_weight=weight)
    assert alignment.path.dtype.kind == 'i'
    assert isinstance(alignment.distance, float)
    np.testing.assert_array_equal(alignment.path[[0, -1]], [[0, 0], [29, 44]])
    steps = {tuple(step) for step in np.diff(alignment.path, axis=0)}
    assert steps <= {(1, 0), (0, 1), (1, 1)}


@pytest.mark.parametrize('weight', [1, 1.5, 2])
def test_distance_is_the_weighted_sum_along_the_path(weight):
    a, b = motion(30), motion(45, seed=1)
    alignment = align(a, b, diagonal_weight=weight)
    along = np.linalg.norm(a[alignment.path[:, 0]] - b[alignment.path[:, 1]], axis=1)
    diagonal = [True, *(np.diff(alignment.path, axis=0).sum(axis=1) == 2)]
    assert alignment.distance == pytest.approx(
        sum(along * np.where(diagonal, weight, 1))
    )
    np.testing.assert_allclose(alignment.path_distances, along, rtol=1e-6)
    assert alignment.mean_distance == pytest.approx(along.mean())


@pytest.mark.parametrize('options', [{}, {'diagonal_weight': 1.5}, BOTH_OPEN])
def test_swapping_the_clips_swaps_the_path_and_keeps_the_distance(options):
    a, b = motion(30), motion(45, seed=1)
    one, other = align(a, b, **options), align(b, a, **options)
    assert one.distance == pytest.approx(other.distance)
    np.testing.assert_array_equal(one.path, other.path[:, ::-1])
    np.testing.assert_array_equal(one.unmatched_a, other.unmatched_b)


def test_a_slowed_copy_costs_nothing():
    clip = motion(20)
    alignment = align(np.repeat(clip, 3, axis=0), clip)
    assert alignment.distance == 0
    np.testing.assert_array_equal(alignment.matches, np.repeat(np.arange(20), 3))


def test_agrees_with_dtaidistance():
    dtw_ndim = pytest.importorskip('dtaidistance.dtw_ndim')
    a, b = motion(30), motion(45, seed=1)
    distance = dtw_ndim.distance(a, b, inner_dist='euclidean')
    assert align(a, b).distance == pytest.approx(distance)
    # Their window of w leaves |i - j| <= w - 1, more for clips of unequal length.
    banded = dtw_ndim.distance(a, b[:30], inner_dist='euclidean', window=4)
    assert align(a, b[:30], band=3).distance == pytest.approx(banded)


def test_band_keeps_the_frames_of_a_pair_together():
    early, late = motion(60)[:50], motion(60)[10:]
    free, banded = align(early, late), align(early, late, band=4)
    assert np.abs(np.subtract(*free.path.T)).max() > 4
    assert np.abs(np.subtract(*banded.path.T)).max() == 4
    assert banded.distance > free.distance


@pytest.mark.parametrize('clip', [motion(100), poses(100)], ids=['features', 'poses'])
@pytest.mark.parametrize('weight', [1, 1.5])
def test_open_ends_recover_a_trimmed_overlap(clip, weight):
    alignment = align(clip[:90], clip[12:], diagonal_weight=weight, **BOTH_OPEN)
    np.testing.assert_array_equal(alignment.path[:, 0], np.arange(12, 90))
    np.testing.assert_array_equal(alignment.path[:, 1], np.arange(78))
    np.testing.assert_array_equal(alignment.unmatched_a, np.arange(12))
    np.testing.assert_array_equal(alignment.unmatched_b, np.arange(78, 88))
    np.testing.assert_array_equal(alignment.matches[:12], -1)
    assert np.isnan(alignment.match_distances[:12]).all()
    assert not alignment.match_distances[12:].any()


def test_open_ends_recover_half_an_overlap_but_for_a_few_frames():
    clip = motion(120)
    alignment = align(clip[:80], clip[40:], **BOTH_OPEN)
    np.testing.assert_allclose(alignment.path[0], [40, 0], atol=4)
    np.testing.assert_allclose(alignment.path[-1], [79, 39], atol=4)
    np.testing.assert_array_equal(alignment.matches[40:80], np.arange(40))


def test_open_ends_recover_an_overlap_under_noise():
    rng, clip = np.random.default_rng(0), motion(150)
    noisy = clip + rng.normal(scale=0.1, size=(2, *clip.shape))
    alignment = align(noisy[0, :120], noisy[1, 30:], diagonal_weight=1.5, **BOTH_OPEN)
    np.testing.assert_allclose(alignment.path[0], [30, 0], atol=3)
    np.testing.assert_allclose(alignment.path[-1], [119, 89], atol=3)


def test_each_end_opens_by_itself():
    clip = motion(60)
    begun_late = align(clip[9:], clip, open_begin=True)
    np.testing.assert_array_equal(begun_late.path[[0, -1]], [[0, 9], [50, 59]])
    ended_early = align(clip, clip[:52], open_end=True)
    np.testing.assert_array_equal(ended_early.path[[0, -1]], [[0, 0], [51, 51]])


def test_still_clips_are_matched_whole_despite_open_ends():
    alignment = align(np.ones((10, 4)), np.ones((10, 4)), **BOTH_OPEN)
    np.testing.assert_array_equal(alignment.matches, np.arange(10))


def test_a_high_skip_cost_leaves_no_frame_out():
    clip = motion(100)
    alignment = align(clip[:80], clip[25:], skip_cost=1e6, **BOTH_OPEN)
    assert len(alignment.unmatched_a) == len(alignment.unmatched_b) == 0


def test_subsequence_finds_a_planted_clip():
    short, long = motion(20), motion(100, seed=1)
    long[37:57] = short
    alignment = align(short, long, mode='subsequence')
    assert alignment.distance == 0
    np.testing.assert_array_equal(alignment.matches, np.arange(37, 57))
    np.testing.assert_array_equal(alignment.unmatched_b, [*range(37), *range(57, 100)])


def test_nearest_neighbour_ignores_order_and_takes_the_first_on_ties():
    numbers = np.array([[3.0], [1.0], [0.4]])
    alignment = align(numbers, np.array([[0.0], [1.0], [1.0], [3.5]]), mode='nn')
    np.testing.assert_array_equal(alignment.matches, [3, 1, 0])
    np.testing.assert_array_equal(alignment.path, [[0, 3], [1, 1], [2, 0]])
    np.testing.assert_array_equal(alignment.unmatched_b, [2])
    assert alignment.distance == pytest.approx(0.5 + 0 + 0.4)


@pytest.mark.parametrize('mode', ['dtw', 'nn', 'subsequence'])
def test_a_left_hander_is_found_in_the_mirror(mode):
    clip = poses(40)
    mirrored = clip[:, H36M_MIRRORED] * [-1, 1, 1]
    assert not align(mirrored, clip, mode=mode).mirrored
    alignment = align(mirrored, clip, mode=mode, mirror=True, keep_cost_matrix=True)
    assert alignment.mirrored
    assert alignment.distance == 0
    assert not alignment.cost_matrix.diagonal().any()
    assert not align(clip, clip, mode=mode, mirror=True).mirrored


def test_mirrored_features_are_tried_with_open_ends():
    clip, other = motion(100), motion(100, seed=1)
    alignment = align(other[:90], clip[12:], mirrored_a=clip[:90], **BOTH_OPEN)
    assert alignment.mirrored
    np.testing.assert_array_equal(alignment.path[[0, -1]], [[12, 0], [89, 77]])


def test_of_several_pairs_a_frame_is_matched_with_the_nearest():
    alignment = align(np.array([[0.0], [9.0]]), np.array([[0.2], [0.1], [9.0]]))
    np.testing.assert_array_equal(alignment.path, [[0, 0], [0, 1], [1, 2]])
    np.testing.assert_array_equal(alignment.matches, [1, 2])
    np.testing.assert_allclose(alignment.match_distances, [0.1, 0], rtol=1e-6)


def test_times_of_the_matches():
    clip = motion(60)
    alignment = align(clip, clip[8:], frame_times_b=np.arange(52) / 25, **BOTH_OPEN)
    assert np.isnan(alignment.match_times[:8]).all()
    np.testing.assert_allclose(alignment.match_times[8:], np.arange(52) / 25)
    assert align(clip, clip).match_times is None


@pytest.mark.parametrize('mode', ['dtw', 'nn', 'subsequence'])
def test_cost_matrix_on_request(mode):
    a, b = motion(30), motion(45, seed=1)
    matrix = align(a, b, mode=mode, keep_cost_matrix=True).cost_matrix
    expected = np.linalg.norm(a[:, None] - b, axis=2)
    np.testing.assert_allclose(matrix, expected, rtol=1e-6)
    assert matrix.dtype == np.float32
    assert align(a, b, mode=mode).cost_matrix is None


@pytest.mark.parametrize(
    'options',
    [{}, {'mode': 'nn'}, {'mode': 'subsequence'}, {'band': 90}, BOTH_OPEN],
    ids=str,
)
def test_low_memory_changes_nothing(options):
    a, b = motion(180), motion(240)
    full, frugal = align(a, b, **options), align(a, b, low_memory=True, **options)
    assert frugal.distance == pytest.approx(full.distance)
    np.testing.assert_array_equal(frugal.path, full.path)


@pytest.mark.parametrize('weight', [1, 1.5])
def test_a_smooth_warp_is_recovered(weight):
    clip = motion(200)
    times = warped_times(200, 150)
    rng = np.random.default_rng(0)
    noisy = at(clip, times) + rng.normal(scale=0.1, size=(150, clip.shape[1]))
    alignment = align(noisy, clip, diagonal_weight=weight)
    assert np.median(np.abs(alignment.matches - times)) <= 1


def test_a_smooth_warp_of_real_motion_is_recovered(shared_data):
    with np.load(shared_data / 'cmu_h36m17' / 'test.npz') as trials:
        clip = normalize_keypoints_3d(trials[min(trials)])
    times = warped_times(len(clip), int(1.3 * len(clip)))
    alignment = align(at(clip, times), clip, **BOTH_OPEN)
    errors = np.abs(alignment.matches - times)[alignment.matches >= 0]
    assert np.median(errors) <= 1
    assert len(alignment.unmatched_a) < len(clip) / 20


@pytest.mark.parametrize('frames', [(1, 1), (1, 9), (9, 1), (2, 2)])
@pytest.mark.parametrize('mode', ['dtw', 'nn', 'subsequence'])
def test_very_short_clips(frames, mode):
    a, b = (motion(9)[:count] for count in frames)
    alignment = align(a, b, mode=mode)
    assert alignment.matches[0] == 0
    assert len(alignment.matches) == frames[0]


def test_a_thousand_frames_take_a_small_fraction_of_a_second():
    a, b = motion(1000, size=64), motion(1000, seed=1, size=64)
    durations = []
    for _ in range(3):
        start = time.process_time()
        align(a, b)
        durations.append(time.process_time() - start)
    assert min(durations) < 0.25  # measured 0.022


@pytest.mark.parametrize(
    ('a', 'b', 'message'),
    [
        (np.zeros((0, 4)), np.zeros((5, 4)), 'features_a .*nothing to align'),
        (np.zeros((5, 0)), np.zeros((5, 0)), 'features_a .*nothing to align'),
        (np.zeros((5, 4)), np.zeros((5, 3)), 'frames of both must have the same shape'),
        (np.zeros((5, 51)), np.zeros((5, 17, 3)), 'do not mix features and poses'),
        (np.zeros(5), np.zeros(5), r'expected pose features \(T, E\) or poses'),
        (np.zeros((5, 4)), np.full((5, 4), np.nan), 'features_b has NaN .*frame 0'),
    ],
)
def test_clips_that_cannot_be_aligned_are_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        align(a, b)


def test_what_is_no_array_is_named():
    with pytest.raises(ValueError, match='features_a is of type Result; expected'):
        align(type('Result', (), {})(), motion(9))


@pytest.mark.parametrize(
    ('clip', 'message'),
    [
        (np.full((5, 4), 1e300), r'has values up to 1e\+300; expected at most 1e\+100'),
        (np.full((5, 4), np.inf), 'has NaN or infinite values in 5 of 5 frames'),
        (np.full((5, 4), np.longdouble('1e4000')), 'has NaN or infinite values'),
        ([[10**400] * 4] * 5, 'is of type list; expected an array'),
        (np.ones((5, 4), complex), 'is of type ndarray with values of type complex128'),
        (np.ones((5, 4), bool), 'with values of type bool; expected an array'),
        (np.ones((5, 4), 'M8[s]'), r'with values of type datetime64\[s\]; expected'),
        (np.ones((5, 4), 'm8[s]'), r'with values of type timedelta64\[s\]; expected'),
        (np.full((5, 4), '1.5'), 'with values of type <U3; expected'),
        (np.ones((5, 4), object), 'is of type ndarray; expected an array'),
        ([[1, 2], [3]], 'is of type list; expected an array'),
        (np.ones((5, 4), 'f8,f8'), 'with values of type .*; expected an array'),
        (np.ma.masked_equal(np.eye(5, 4), 1), 'has NaN or infinite values in 4 of 5'),
        (None, 'is of type NoneType; expected an array'),
        ('a.npz', 'is of type str with values of type <U5; expected an array'),
        (torch.ones(5, 4, requires_grad=True), 'is of type Tensor; expected an array'),
    ],
)
def test_what_holds_no_numbers_is_refused(clip, message):
    with pytest.raises(ValueError, match=f'^features_b .*{message}'):
        align(np.zeros((5, 4)), clip)


@pytest.mark.parametrize('kind', [np.uint8, np.int64, np.float16, np.longdouble, list])
def test_numbers_of_every_type_are_aligned(kind):
    clip = np.arange(20).reshape(5, 4)
    clip = clip.tolist() if kind is list else clip.astype(kind)
    assert align(clip, clip).matches.tolist() == [0, 1, 2, 3, 4]


def test_the_largest_values_are_aligned():
    clip = 1e100 * np.linspace(-1, 1, 20).reshape(5, 4)
    assert align(clip, clip, diagonal_weight=2).matches.tolist() == [0, 1, 2, 3, 4]


def test_a_missing_frame_is_named():
    clip = motion(9)
    clip[[4, 7], 2] = np.nan
    with pytest.raises(ValueError, match='2 of 9 frames, the first being frame 4'):
        align(clip, clip)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'mode': 'DTW'}, "mode must be one of .*'subsequence'.* is 'DTW'"),
        ({'band': 2}, 'band=2 is too narrow.*5 and 9 frames.*at least 4'),
        ({'band': 2, 'open_begin': True}, 'band=2 is too narrow'),
        ({'band': -1}, 'band must be a whole number'),
        ({'band': 0.1}, 'band must be a whole number'),
        ({'diagonal_weight': 0}, 'diagonal_weight must be above 0'),
        ({'diagonal_weight': np.nan}, 'diagonal_weight must be a number, but is nan'),
        ({'diagonal_weight': '1'}, "diagonal_weight must be a number, but is '1'"),
        ({'band': True}, 'band must be a whole number'),
        ({'open_end': 'no'}, "open_end must be True or False, but is 'no'"),
        ({'mode': 3}, 'mode must be a text, but is 3'),
        ({'skip_cost': np.inf, 'open_end': True}, 'skip_cost must be a number or None'),
        ({'frame_times_b': ['a'] * 9}, 'frame_times_b is of type list with values'),
        ({'frame_times_b': [np.nan] * 9}, 'frame_times_b has 9 times that are NaN'),
        ({'skip_cost': 1.0}, 'Set open_begin or open_end'),
        ({'skip_cost': 0.0, 'open_end': True}, 'skip_cost must be a positive number'),
        ({'mode': 'nn', 'band': 5}, "band: no meaning with mode='nn'"),
        ({'mode': 'subsequence', 'band': 0}, 'band: no meaning'),
        ({'mode': 'nn', 'diagonal_weight': 2}, 'diagonal_weight has no meaning'),
        ({'mode': 'subsequence', 'open_end': True}, 'open_end: no meaning'),
        ({'mirror': True}, 'Give the features of the mirrored clip as mirrored_a'),
        ({'mirrored_a': np.zeros((4, 3))}, r'expected that of features_a, \(5, 3\)'),
        ({'mirrored_a': np.full((5, 3), np.inf)}, 'mirrored_a has NaN or infinite'),
        ({'frame_times_b': np.arange(5)}, r'each of the 9 frames of features_b'),
        ({'low_memory': True, 'keep_cost_matrix': True}, 'Use one of them'),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        align(np.zeros((5, 3)), np.zeros((9, 3)), **options)
