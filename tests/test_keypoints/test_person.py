from dataclasses import replace

import numpy as np
import pytest

from mmposenorm.keypoints.people import People, no_people, save_people
from mmposenorm.keypoints.person import (
    extract_person,
    follow,
    follow_everybody,
    warn_if_same,
)


@pytest.fixture
def walk(people_at):
    """Give a walker who is away for frames 10-13, beside a smaller bystander."""
    frames = [people_at((100 + 3 * t, 100), (400, 120, 0.5)) for t in range(30)]
    for t in range(10, 14):
        frames[t] = people_at((400, 120, 0.5))
    times = np.arange(30) / 30
    return People(frames, 'coco', 'test', 30.0, times, (640, 480))


def test_a_person_has_as_many_frames_as_the_clip(walk, body):
    person = follow(walk)
    expected = np.stack([body(100 + 3 * t, 100) for t in range(30)])
    # Even motion: filling the gap and smoothing change nothing.
    np.testing.assert_allclose(person.keypoints, expected, atol=1e-3)
    assert person.visible.shape == (30, 17)
    assert (person.visible[10:14] == 0.5).all()
    assert (np.delete(person.visible, np.s_[10:14], axis=0) == 1).all()
    assert (person.layout, person.fps, person.image_size) == ('coco', 30, (640, 480))
    np.testing.assert_array_equal(person.frame_times, walk.frame_times)


def test_the_other_one_can_be_chosen(walk):
    person = follow(walk)
    assert (person.track_id, [other.track_id for other in person.others]) == (1, [2])
    assert person.describe() == (
        'Following person 1 (frames 0-29, first at 130,200, 200 pixels tall) by test. '
        'There is also person 2 (frames 0-29, first at 415,170, 100 pixels tall): '
        'to follow one of them, give the number or the point as `person` '
        '(--person-a, --person-b).'
    )
    for choice in ('2', '415,170'):
        assert follow(walk, choice).track_id == 2


def test_alone_there_is_no_choice(people_at):
    person = follow(People([people_at((5, 5))] * 3, 'coco', 'test'))
    assert person.others == ()
    assert person.describe().endswith('by test.')
    assert person.fps is None


def test_everybody_is_followed_only_while_they_are_there(people_at):
    frames = [people_at((100 + 3 * t, 100), (600, 120, 0.5)) for t in range(40)]
    for t in [*range(12), *range(30, 40)]:
        frames[t] = people_at((100 + 3 * t, 100))
    clip = People(frames, 'coco', 'test', 30.0, np.arange(40) / 30, first_frame=7)
    for number, first, end in ((1, 0, 40), (2, 12, 30)):
        everybody = follow_everybody(clip)
        found, whole = everybody[number - 1], follow(clip, str(number))
        assert (found.track_id, found.first_frame) == (number, 7 + first)
        for name in ('keypoints', 'visible', 'frame_times'):
            expected = getattr(whole, name)[first:end]
            np.testing.assert_array_equal(getattr(found, name), expected)
        np.testing.assert_array_equal(found.track.frame_ids, np.arange(first, end))
        assert not np.delete(whole.visible, np.s_[first:end], axis=0).any()


def test_a_long_absence_stays_missing(people_at):
    frames = [people_at((100, 100))] * 10 + [no_people(17)] * 20
    frames += [people_at((110, 100))] * 10
    person = follow(People(frames, 'coco', 'test', 30.0))
    assert (person.visible[10:30] == 0).all()
    assert (person.keypoints[10:30] == 0).all()
    assert (person.visible[30:] == 1).all()


@pytest.mark.parametrize('frames', [1, 2])
def test_a_clip_of_hardly_any_frames_works(people_at, frames):
    person = follow(People([people_at((5, 5))] * frames, 'coco', 'test', 30.0))
    assert person.keypoints.shape == (frames, 17, 2)


def test_a_keypoint_file_needs_no_detector(tmp_path, walk):
    save_people(tmp_path / 'walk.npz', walk)
    person = extract_person(tmp_path / 'walk.npz', detector='no-such-model')
    np.testing.assert_allclose(person.keypoints, follow(walk).keypoints)


def test_a_video_goes_through_the_detector_that_is_given(make_video, people_at):
    class Detector:
        layout, name = 'coco', 'fake'

        def reset(self):
            pass

        def __call__(self, frame):
            return people_at((10, 10))

    person = extract_person(
        make_video(frames=4, size=(128, 256)), Detector(), 'longest'
    )
    assert person.keypoints.shape == (4, 17, 2)
    assert person.source.startswith('fake on ')


def test_a_video_without_people_is_said_so(make_video):
    class Blind:
        layout, name = 'coco', 'blind'

        def reset(self):
            pass

        def __call__(self, frame):
            return no_people(17)

    with pytest.raises(ValueError, match='No person was found in any frame'):
        extract_person(make_video(), Blind())


def test_a_wrong_path_is_noticed_before_a_model_is_loaded(tmp_path):
    with pytest.raises(FileNotFoundError, match='not found'):
        extract_person(tmp_path / 'a.mp4', detector='no-such-model')


def test_what_the_file_does_not_tell_can_be_given(tmp_path, walk):
    save_people(tmp_path / 'walk.npz', replace(walk, image_size=None))
    person = extract_person(
        tmp_path / 'walk.npz', fps=60, layout='H36M', size=(800, 600), speed=0.25
    )
    assert (person.fps, person.layout, person.speed) == (60, 'h36m', 0.25)
    assert person.image_size == (800, 600)
    assert person.frame_times is None
    # Sixty frames a second, played at a quarter of the speed: filmed at 240.
    np.testing.assert_allclose(person.motion_times, np.arange(30) / 240)


def test_slow_motion_is_smoothed_like_the_motion_it_shows(people_at):
    # 3 Hz of motion, eightfold slowed down to 0.375 Hz, and 10 Hz of jitter in it.
    times = np.arange(240) / 240
    places = 100 + 20 * np.sin(2 * np.pi * 3 * times)
    jitter = 4 * np.sin(2 * np.pi * 40 * times)
    frames = [people_at((x, 100)) for x in places + jitter]
    person = follow(People(frames, 'coco', 'test', 30.0), speed=0.125)
    left = person.keypoints[60:180, 0, 0] - places[60:180]
    assert np.abs(left).max() < 1
    plain = follow(People(frames, 'coco', 'test', 30.0))
    assert np.abs(plain.keypoints[60:180, 0, 0] - places[60:180]).max() > 2


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (
            {'layout': 'halpe26'},
            'each person in it 17, as in h36m and coco',
        ),
        ({'fps': 0}, 'fps must be between'),
        ({'size': (0, 0)}, 'size must be'),
        ({'speed': -1}, 'speed must be'),
        ({'speed': 0.5}, 'speed needs the frame rate'),
    ],
)
def test_arguments_that_do_not_fit_are_refused(tmp_path, walk, arguments, said):
    save_people(tmp_path / 'walk.npz', replace(walk, fps=None, frame_times=None))
    with pytest.raises(ValueError, match=said):
        extract_person(tmp_path / 'walk.npz', **arguments)


def test_the_same_person_twice_is_warned_of(walk, monkeypatch):
    said = []
    monkeypatch.setattr(
        'mmposenorm.keypoints.messages.print_log',
        lambda text, logger, level: said.append(text),
    )
    warn_if_same(follow(walk), follow(walk, '2'))
    assert not said
    warn_if_same(follow(walk), follow(walk, '1'))
    assert said[0].startswith('A and B are the same: person 1 (frames 0-29')


def test_the_detectors_own_3d_is_kept_with_the_person(people_at):
    rng = np.random.default_rng(0)
    world = rng.normal(size=(30, 1, 17, 3)).astype(np.float32)
    frames = [
        replace(people_at((100 + t, 100)), world_keypoints=world[t]) for t in range(30)
    ]
    frames[12] = no_people(17)
    person = follow(People(frames, 'coco', 'test', 30.0))
    expected = world[:, 0]
    expected[12] = np.nan
    np.testing.assert_array_equal(person.world_keypoints, expected)
    assert follow(People([people_at((5, 5))], 'coco', 'test')).world_keypoints is None
