import numpy as np
import pytest

from mmposenorm.keypoints.linking import Linker, link_members
from mmposenorm.keypoints.people import no_people


def frames_of(tracks):
    """Return the frames that each of the linked people is in."""
    return [[frame for frame, _ in track] for track in tracks]


def test_a_runner_who_is_hidden_for_a_second_runs_on(people_at):
    # 12 pixels a frame are 1.8 heights a second: far out of reach of the last place.
    runner = [people_at((100 + 12 * t, 100)) for t in range(90)]
    runner[30:60] = [no_people(17)] * 30
    (found,) = link_members(runner, fps=30)
    assert len(found) == 60


def test_one_who_is_hidden_behind_another_keeps_the_number(people_at):
    frames = [people_at((100 + 8 * t, 100), (400, 90, 1.2)) for t in range(90)]
    for t in range(25, 50):  # behind the second
        frames[t] = people_at((400, 90, 1.2))
    walker, other = link_members(frames, fps=30)
    assert frames_of([walker, other]) == [
        [*range(25), *range(50, 90)],
        list(range(90)),
    ]


def test_a_camera_that_pans_evenly_splits_nobody(people_at):
    # Standing people, and a picture that moves by a third of a body a frame.
    frames = [people_at((2000 - 20 * t, 100), (2600 - 20 * t, 100)) for t in range(60)]
    frames[20:45] = [people_at((2600 - 20 * t, 100)) for t in range(20, 45)]
    first, second = link_members(frames, fps=30)
    assert (len(first), len(second)) == (35, 60)


def test_a_camera_that_jerks_splits_nobody_who_is_not_alone(people_at):
    places = [(100, 100), (500, 120), (800, 90)]
    frames = [people_at(*places)] * 20
    frames += [people_at(*((x + 1000, y + 40) for x, y in places[::-1]))] * 20
    assert frames_of(link_members(frames, fps=30)) == [list(range(40))] * 3


def test_two_others_are_not_taken_for_a_jerk(people_at):
    frames = [people_at((100, 100), (500, 120))] * 20
    frames += [people_at((1500, 100), (2500, 120))] * 20
    assert len(link_members(frames, fps=30)) == 4


@pytest.mark.parametrize(('known', 'people'), [(False, 2), (True, 1)])
def test_one_alone_moves_with_the_picture(people_at, known, people):
    frames = [people_at((100, 100))] * 20 + [people_at((900, 100))] * 20
    shifts = np.zeros((40, 2))
    shifts[20] = [800, 0]
    assert len(link_members(frames, 30, shifts if known else None)) == people


def test_a_camera_that_follows_a_runner_does_not_shift_the_runner(people_at):
    frames = [people_at((100, 100))] * 40
    assert len(link_members(frames, 30, np.full((40, 2), [90.0, 0]))) == 1


def test_a_linker_that_forgets_links_alike_and_stays_small(people_at):
    frames = [people_at((100 + 12 * t, 100), (400, 90, 1.2)) for t in range(300)]
    frames[30:60] = [no_people(17)] * 30
    linker = Linker(fps=30)
    last = []
    for people in frames:
        linker.add(people)
        linker.forget()
        last = [track[-1] for track in linker.growing]
    assert last == [track[-1] for track in link_members(frames, fps=30)]
    assert len(linker.frames) < 20
    assert max(map(len, linker.growing)) < 20


@pytest.mark.parametrize('shift', [None, (3.0, -1.0)])
def test_who_surely_stays_alone_is_linked_as_by_assignment(
    people_at, monkeypatch, shift
):
    places = [(100 + 3 * t, 100 + (t % 7) * 20) for t in range(200)]
    frames = [people_at(place) for place in places]
    frames[50:60] = [people_at()] * 10
    frames[100:120] = [people_at(place, (900, 100)) for place in places[100:120]]
    frames[150:] = [people_at((2000, 300))] * 50
    shifts = None if shift is None else np.tile(shift, (200, 1))
    quickly = link_members(frames, 30, shifts)
    monkeypatch.setattr(
        'mmposenorm.keypoints.linking._stays_alone', lambda *_: np.zeros(200, bool)
    )
    assert quickly == link_members(frames, 30, shifts)
    assert len(quickly) == 3
