"""From the people in each frame to one person over the whole clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmposenorm.keypoints.people import FramePeople, box_overlap

# Seconds for which a person who is not found may come back as the same one.
_MEMORY = 2.0
# How far a joint may be from where it was, by the size of the body: at once, and more
# for each second that has passed. Size is the root of the box's area, so half to
# three quarters of the height; a runner makes about 4 of it a second.
_SPREAD, _SPREAD_PER_SECOND, _LARGEST_SPREAD = 0.1, 1.5, 1.0
# Who is gone when somebody new is there, not quite out of the old box, was seen wrongly
# or moved oddly: as far as in this many seconds they may be from where they were.
_JUMP_SECONDS = 0.5
# Below this similarity it is somebody else; 0.1 is 2.1 spreads away.
_LEAST_SIMILARITY = 0.1
# A track shorter than this share of the longest is a mistake of the detector.
_LEAST_SHARE = 0.05

# A person while being linked: in which frames, and where among the people there.
_Members = list[tuple[int, int]]


@dataclass(frozen=True)
class Track:
    """One person over time.

    Args:
        track_id: Number, from 1 in the order of appearance.
        frame_ids: Frames in which the person was found, increasing, (N,) int.
        keypoints: Pixels, (N, K, 2).
        scores: In [0, 1], (N, K).
        boxes: Left, top, right, bottom in pixels, (N, 4).
    """

    track_id: int
    frame_ids: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray

    @property
    def areas(self) -> np.ndarray:
        """Areas of the boxes in square pixels, (N,)."""
        return np.prod(self.boxes[:, 2:] - self.boxes[:, :2], axis=1)

    @property
    def first_position(self) -> tuple[int, int]:
        """Middle of the first box in pixels."""
        x, y = (self.boxes[0, :2] + self.boxes[0, 2:]) / 2
        return round(float(x)), round(float(y))

    def __str__(self) -> str:
        x, y = self.first_position
        height = np.median(self.boxes[:, 3] - self.boxes[:, 1])
        return (
            f'person {self.track_id} (frames {self.frame_ids[0]}-{self.frame_ids[-1]}, '
            f'first at {x},{y}, {height:.0f} pixels tall)'
        )


def link_people(frames: Sequence[FramePeople], fps: float) -> list[Track]:
    """Find out who in one frame is who in the next.

    Each frame's people are assigned to those seen before so that the sum of their
    similarities is largest; the longer a person has not been seen, the farther they
    may have moved. People do not appear out of nothing: somebody new takes up the
    track of who is gone, if their boxes overlap at all.

    Args:
        frames: The people in each frame.
        fps: Frames a second.

    Returns:
        The tracks in the order of appearance, without those that are much shorter
        than the longest.
    """
    growing: list[_Members] = []
    for frame_id, people in enumerate(frames):
        seen = [track for track in growing if track[-1][0] == frame_id - 1]
        lost = [
            track for track in growing if 1 < frame_id - track[-1][0] <= _MEMORY * fps
        ]
        free = list(range(len(people)))
        # Those seen just now come first, so that nobody who was lost some time ago,
        # and may be anywhere, takes their place.
        for tracks, jumped in ((seen, False), (lost, False), (seen, True)):
            gone = [track for track in tracks if track[-1][0] < frame_id]
            for track, index in _assign(gone, free, frames, frame_id, fps, jumped):
                track.append((frame_id, index))
                free.remove(index)
        growing += [[(frame_id, index)] for index in free]
    longest = max(map(len, growing), default=0)
    kept = [track for track in growing if len(track) >= _LEAST_SHARE * longest]
    return [_track(number, frames, track) for number, track in enumerate(kept, start=1)]


def check_person(person: str | int) -> None:
    """Refuse what names nobody in any clip.

    Args:
        person: See :func:`choose_track`.

    Raises:
        ValueError: If it is none of the ways to name a person.
    """
    numbers = str(person).split(',')
    is_place = len(numbers) <= 2 and all(map(_is_number, numbers))
    if person not in ('largest', 'longest') and not is_place:
        raise ValueError(
            "person must be 'largest', 'longest', a number of a track or a point "
            f"'x,y' in pixels, but is {person!r}."
        )


def choose_track(tracks: Sequence[Track], person: str | int = 'largest') -> Track:
    """Choose one person of a clip.

    Args:
        tracks: Everybody.
        person: ``'largest'``: who fills most of the picture, summed over the clip;
            ``'longest'``: who is seen in most frames; a number: that track's;
            ``'x,y'``: who is at that point, in pixels, when they first appear.

    Returns:
        The track.

    Raises:
        ValueError: If there is nobody, or nobody who answers to ``person``.
    """
    check_person(person)
    if not tracks:
        raise ValueError(
            'No person was found in any frame. Check that a whole body is visible, '
            'at least a tenth of the picture tall.'
        )
    if person == 'largest':
        return max(tracks, key=lambda track: track.areas.sum())
    if person == 'longest':
        return max(tracks, key=lambda track: len(track.frame_ids))
    numbers = str(person).split(',')
    chosen = (
        [track for track in tracks if track.track_id == float(numbers[0])]
        if len(numbers) == 1
        else _at_point(tracks, np.array([float(number) for number in numbers]))
    )
    if not chosen:
        there = '; '.join(map(str, tracks))
        raise ValueError(f'There is no person {person}. Found: {there}.')
    return chosen[0]


def fill_track(
    track: Track, frame_count: int, longest_gap: int
) -> tuple[np.ndarray, np.ndarray]:
    """Spread a track over the frames of its clip and fill the short gaps.

    Args:
        track: The person.
        frame_count: Number of frames of the clip, T.
        longest_gap: Frames in a row, at most, that are filled; longer gaps stay
            missing. So do the frames before the first and after the last.

    Returns:
        keypoints: Pixels, (T, K, 2) float32; zero where missing.
        visible: (T, K) float32; 0 where missing, half the lower of the two ends' where
            filled.
    """
    joints = track.keypoints.shape[1]
    keypoints = np.zeros((frame_count, joints, 2), np.float32)
    visible = np.zeros((frame_count, joints), np.float32)
    keypoints[track.frame_ids] = track.keypoints
    visible[track.frame_ids] = track.scores
    keypoints[visible == 0] = 0
    for joint in range(joints):
        seen = np.flatnonzero(visible[:, joint])
        for start, end in pairwise(seen):
            if 1 < end - start <= longest_gap + 1:
                inside = np.arange(start + 1, end)
                part = ((inside - start) / (end - start))[:, None]
                ends = keypoints[start, joint], keypoints[end, joint]
                keypoints[inside, joint] = (1 - part) * ends[0] + part * ends[1]
                visible[inside, joint] = visible[[start, end], joint].min() / 2
    return keypoints, visible


def _assign(
    tracks: list[_Members],
    free: list[int],
    frames: Sequence[FramePeople],
    frame_id: int,
    fps: float,
    jumped: bool,
) -> list[tuple[_Members, int]]:
    """Pair tracks with those people of a frame that are still free."""
    people = frames[frame_id]
    similarity = np.zeros((len(tracks), len(free)))
    for row, track in enumerate(tracks):
        last_frame, index = track[-1]
        before = frames[last_frame]
        seconds = _JUMP_SECONDS if jumped else (frame_id - last_frame) / fps
        alike = _similarity(before, index, people, seconds)
        if jumped:
            alike *= box_overlap(before.boxes[index], people.boxes) > 0
        similarity[row] = alike[free]
    pairs = zip(*linear_sum_assignment(similarity, maximize=True), strict=True)
    return [
        (tracks[row], free[column])
        for row, column in pairs
        if similarity[row, column] >= _LEAST_SIMILARITY
    ]


def _similarity(
    before: FramePeople, index: int, people: FramePeople, seconds: float
) -> np.ndarray:
    """Say how alike one person and each of a later frame are, in [0, 1], (P,).

    The larger of object keypoint similarity, which tells apart people who are close
    together, and overlap of the boxes, which holds on while a body folds up quickly.
    Joints that only one of the two has count as wrong.
    """
    common = np.minimum(before.scores[index], people.scores)
    either = np.maximum(before.scores[index], people.scores)
    apart = np.linalg.norm(people.keypoints - before.keypoints[index], axis=-1)
    boxes = np.concatenate([before.boxes[index : index + 1], people.boxes])
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    sizes = np.sqrt(np.maximum(areas[0], areas[1:])).clip(min=1)
    spread = min(_SPREAD + _SPREAD_PER_SECOND * seconds, _LARGEST_SPREAD)
    near = np.exp(-0.5 * (apart / (spread * sizes[:, None])) ** 2)
    oks = (common * near).sum(axis=1) / either.sum(axis=1).clip(min=1e-6)
    return np.maximum(oks, box_overlap(before.boxes[index], people.boxes))


def _track(number: int, frames: Sequence[FramePeople], members: _Members) -> Track:
    return Track(
        track_id=number,
        frame_ids=np.array([frame for frame, _ in members]),
        keypoints=np.stack([frames[frame].keypoints[i] for frame, i in members]),
        scores=np.stack([frames[frame].scores[i] for frame, i in members]),
        boxes=np.stack([frames[frame].boxes[i] for frame, i in members]),
    )


def _at_point(tracks: Sequence[Track], point: np.ndarray) -> list[Track]:
    """Those whose first box holds the point, the one centred nearest to it first."""
    inside = [
        track
        for track in tracks
        if (track.boxes[0, :2] <= point).all() and (point <= track.boxes[0, 2:]).all()
    ]
    return sorted(inside, key=lambda t: np.linalg.norm(t.first_position - point))


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
