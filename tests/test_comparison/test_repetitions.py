import numpy as np
import pytest
from stick_figures import bump, clip_of, stick_figure

import mmposenorm
from mmposenorm.comparison.repetitions import find_repetitions


def squats(lengths, pauses, depth=100):
    """Return the knees' angles of squats, and the first and last frame of each."""
    angles, spans = [np.zeros(pauses[0])], []
    for length, pause in zip(lengths, pauses[1:], strict=True):
        first = sum(map(len, angles))
        spans.append((first, first + length - 1))
        angles += [depth * bump(length), np.zeros(pause)]
    return np.concatenate(angles), np.array(spans)


def assert_close(found, expected, share=0.2):
    """Each end is off by at most a share of the repetition."""
    assert found.shape == expected.shape
    lengths = expected[:, 1] - expected[:, 0] + 1
    assert (np.abs(found - expected) <= share * lengths[:, None]).all()


@pytest.mark.parametrize('fps', [25, 50, 60])
def test_repetitions_are_found_at_any_tempo_and_with_pauses(fps):
    lengths = np.array([1.6, 2.4, 1.2, 2.0, 1.8])
    pauses = np.array([0.5, 0, 1.0, 0.4, 2.0, 0.6])
    knees, spans = squats((lengths * fps).astype(int), (pauses * fps).astype(int))
    found = find_repetitions(clip_of(stick_figure(knees), fps))
    assert_close(found.spans, spans)
    assert found.spans.dtype == int
    assert found.complete.all()
    assert len(found) == 5


def test_two_movements_that_alternate_are_one_repetition():
    lift, nothing = 90 * bump(60), np.zeros(60)
    left = np.concatenate([lift, nothing] * 4)
    right = np.concatenate([nothing, lift] * 4)
    found = find_repetitions(clip_of(stick_figure(np.zeros(480), left, right)))
    starts = 120 * np.arange(4)
    assert_close(found.spans, np.stack([starts, starts + 119], axis=1))


def test_first_and_last_repetition_may_be_cut_off():
    knees, spans = squats([80] * 5, [0, 20, 20, 20, 20, 0])
    # A quarter of the first and nearly all of the last are missing.
    knees, spans = knees[20:415], spans - 20
    spans[0, 0] = 0
    found = find_repetitions(clip_of(stick_figure(knees)))
    assert_close(found.spans, spans[:4])
    np.testing.assert_array_equal(found.complete, [False, True, True, True])


def test_other_movements_around_repetitions_are_left_out():
    knees, spans = squats([70] * 6, [20] * 7)
    walk_in, walk_out = 160 * bump(90)[:45], 120 * bump(80)[40:]
    left = np.concatenate([walk_in[::-1], np.zeros(len(knees)), 0 * walk_out])
    right = np.concatenate([0 * walk_in, np.zeros(len(knees)), walk_out[::-1]])
    around = (len(walk_in), len(walk_out))
    poses = stick_figure(np.pad(knees, around), left, right)
    assert_close(find_repetitions(clip_of(poses)).spans, spans + len(walk_in))


def test_pose_features_are_used_where_there_are_any():
    knees, spans = squats([70] * 4, [20] * 5)
    features = np.stack([np.cos(np.radians(knees)), np.sin(np.radians(knees))], axis=1)
    # The poses alone do not repeat.
    poses = stick_figure(np.linspace(0, 40, len(knees)))
    found = find_repetitions(clip_of(poses, features=features))
    assert_close(found.spans, spans)


def test_one_movement_is_one_span():
    knees, spans = squats([80], [100, 60])
    assert_close(find_repetitions(clip_of(stick_figure(knees))).spans, spans)


def test_a_movement_that_never_comes_back_is_one_span():
    ramp = np.concatenate([np.zeros(50), np.linspace(0, 110, 150), np.full(40, 110)])
    found = find_repetitions(clip_of(stick_figure(ramp)))
    assert_close(found.spans, np.array([[50, 199]]))


def test_a_still_clip_has_none():
    rng = np.random.default_rng(0)
    poses = stick_figure(np.full(300, 20.0)) + 0.005 * rng.standard_normal((300, 17, 3))
    found = find_repetitions(clip_of(poses))
    assert found.spans.shape == (0, 2)
    assert len(found.complete) == 0


@pytest.mark.parametrize('frames', [1, 20])
def test_a_clip_that_is_too_short_has_none(frames):
    knees = np.linspace(0, 100, frames)
    assert len(find_repetitions(clip_of(stick_figure(knees)))) == 0


def test_frames_in_which_nobody_is_seen_do_not_count():
    knees, spans = squats([70] * 4, [20] * 5)
    poses = stick_figure(knees)
    gap = 40  # in the second pause, with poses that mean nothing
    at = spans[1, 1] + 10
    poses = np.insert(poses, [at] * gap, stick_figure(np.array([170.0])), axis=0)
    visible = np.ones((len(poses), 17))
    visible[at : at + gap] = 0
    spans[2:] += gap
    assert_close(find_repetitions(clip_of(poses, visible=visible)).spans, spans)


def test_nobody_seen_at_all_gives_none():
    clip = clip_of(stick_figure(np.zeros(100)), visible=np.zeros((100, 17)))
    assert len(find_repetitions(clip)) == 0


def test_a_clip_without_times_is_taken_to_have_30_frames_a_second():
    knees, spans = squats([50] * 5, [10] * 6)
    assert_close(find_repetitions(clip_of(stick_figure(knees), None)).spans, spans)


def test_the_package_offers_it():
    assert mmposenorm.find_repetitions is find_repetitions
