from math import inf

import numpy as np
import pytest

from mmposenorm.alignment.options import (
    PathOptions,
    check_same_kind,
    checked_clip,
    checked_times,
)


def options(**changed):
    plain = {'mode': 'dtw', 'diagonal_weight': 1.0, 'band': None, 'skip_cost': None}
    return PathOptions(**plain | {'open_begin': False, 'open_end': False} | changed)


def test_closed_ends_cost_any_frame_left_out_everything():
    rules = options().rules(skip_cost=0.5)
    assert (rules.begin_a, rules.begin_b, rules.end_a, rules.end_b) == (inf,) * 4
    assert (rules.lowest, rules.highest) == (-inf, inf)


def test_an_open_end_costs_its_frames_alone():
    rules = options(open_end=True, diagonal_weight=1.5, band=7).rules(skip_cost=0.5)
    assert (rules.begin_a, rules.begin_b, rules.end_a, rules.end_b) == (
        *(inf, inf),
        *(0.5, 0.5),
    )
    assert (rules.lowest, rules.highest, rules.diagonal_weight) == (-7, 7, 1.5)


def test_a_subsequence_begins_and_ends_anywhere_in_b_and_has_all_of_a():
    rules = options(mode='subsequence').rules(skip_cost=inf)
    assert (rules.begin_a, rules.begin_b, rules.end_a, rules.end_b) == (
        *(inf, 0),
        *(inf, 0),
    )


@pytest.mark.parametrize('band', [0, 4, np.int64(4)])
def test_a_band_is_any_whole_number(band):
    assert options(band=band).band == band


def test_a_band_must_reach_the_last_pair_unless_the_end_is_open():
    options(band=4).check_lengths(5, 9)
    options(band=3, open_end=True).check_lengths(5, 9)
    with pytest.raises(ValueError, match=r'band=3 is too narrow.*at least 4'):
        options(band=3).check_lengths(5, 9)


def test_several_options_without_meaning_are_all_named():
    with pytest.raises(ValueError, match='band, skip_cost, open_begin: no meaning'):
        options(mode='nn', band=1, skip_cost=1.0, open_begin=True)


@pytest.mark.parametrize('shape', [(4, 64), (4, 17, 3)])
def test_whole_numbers_become_floats_of_the_same_shape(shape):
    clip = checked_clip('features_a', np.ones(shape, int))
    assert (clip.shape, clip.dtype) == (shape, np.float64)


def test_clips_of_any_length_but_one_kind_can_be_compared():
    check_same_kind('features_b', np.zeros((4, 64)), np.zeros((9, 64)))
    with pytest.raises(ValueError, match=r'\(4, 64\) and mirrored \(4, 17, 3\)'):
        check_same_kind('mirrored', np.zeros((4, 64)), np.zeros((4, 17, 3)))


def test_there_is_a_time_for_each_frame_or_none():
    assert checked_times(None, 3) is None
    np.testing.assert_array_equal(checked_times([0, 1, 2], 3), [0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match=r'shape \(2,\); expected .* the 3 frames'):
        checked_times([0, 1], 3)
