"""From the people in each frame to one person over the whole clip."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmposenorm.keypoints.linking import Members, link_members
from mmposenorm.keypoints.people import FramePeople
from mmposenorm.keypoints.proportions import is_possible_body

# A track shorter than this share of the longest is a mistake of the detector.
_LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Track:
    """One person over time.

    Args:
        track_id: Number, from 1 in the order of appearance.
        frame_ids: Frames in which the person was found, increasing, (N,) int.
        keypoints: Pixels, (N, K, 2).
        scores: In [0, 1], (N, K).
        boxes: Left, top, right, bottom in pixels, (N, 4).
        world_keypoints: The detector's own 3D estimate in metres, (N, K, 3), or
            ``None``.
    """

    track_id: int
    frame_ids: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray
    world_keypoints: np.ndarray | None = None

    @property
    def areas(self) -> np.ndarray:
        """Areas of the boxes in square pixels, (N,)."""
        return np.prod(self.boxes[:, 2:] - self.boxes[:, :2], axis=1)

    @property
    def weight(self) -> float:
        """Length of the body, standing or lying, by its score, summed over the frames.

        The length is the diagonal of the box in pixels; joints that were not found
        count as a score of 0.
        """
        lengths = np.linalg.norm(self.boxes[:, 2:] - self.boxes[:, :2], axis=1)
        return float((lengths * self.scores.mean(axis=1)).sum())

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


def link_people(
    frames: Sequence[FramePeople], fps: float, shifts: np.ndarray | None = None
) -> list[Track]:
    """Find out who in one frame is who in the next.

    Each frame's people are assigned to those seen before so that the sum of their
    similarities is largest; the longer a person has not been seen, the farther they
    may have moved. They may have stayed in their place in the picture, moved on as
    before, or moved with the picture when the camera turned. People do not appear out
    of nothing: somebody new takes up the track of who is gone, if their boxes overlap
    at all.

    Args:
        frames: The people in each frame.
        fps: Frames a second.
        shifts: How far the picture moved since the frame before, in pixels, (T, 2);
            ``None`` if not known.

    Returns:
        The tracks in the order of appearance, without those that are much shorter
        than the longest.
    """
    linked = link_members(frames, fps, shifts)
    longest = max(map(len, linked), default=0)
    kept = [track for track in linked if len(track) >= _LEAST_SHARE * longest]
    return [_track(number, frames, track) for number, track in enumerate(kept, start=1)]


def check_person(person: str | int) -> None:
    """Raise an error for an invalid choice of a person.

    Args:
        person: See :func:`choose_track`.

    Raises:
        ValueError: If it names nobody in any of these ways.
    """
    numbers = str(person).split(',')
    is_place = len(numbers) <= 2 and all(map(_is_number, numbers))
    if person not in ('largest', 'longest') and not is_place:
        raise ValueError(
            "person must be 'largest', 'longest', a number of a track or a point "
            f"'x,y' in pixels, but is {person!r}."
        )


def choose_track(
    tracks: Sequence[Track], person: str | int = 'largest', layout: str | None = None
) -> Track:
    """Choose one person of a clip.

    Args:
        tracks: Everybody.
        person: ``'largest'``: whose body is longest, surest and longest in view, see
            :attr:`Track.weight`; ``'longest'``: who is seen in most frames; a number:
            that track's; ``'x,y'``: who is at that point, in pixels, when they first
            appear.
        layout: Layout of the keypoints. If given, the largest or longest is never
            somebody whose limbs no body could have, unless there is nobody else.

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
    if person in ('largest', 'longest'):
        candidates = possible_tracks(tracks, layout)
        if person == 'largest':
            return max(candidates, key=lambda track: track.weight)
        return max(candidates, key=lambda track: len(track.frame_ids))
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


def possible_tracks(tracks: Sequence[Track], layout: str | None) -> Sequence[Track]:
    """Leave out those whose limbs no body could have.

    Args:
        tracks: Everybody.
        layout: Layout of the keypoints; if it is None, nobody is left out.

    Returns:
        Those who can be a person, or everybody if there is none.
    """
    if layout is None:
        return tracks
    return [
        track
        for track in tracks
        if is_possible_body(track.keypoints, track.scores, layout)
    ] or tracks


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
        steps = np.diff(seen)
        for gap in np.flatnonzero((steps > 1) & (steps <= longest_gap + 1)):
            start, end = seen[gap : gap + 2]
            inside = np.arange(start + 1, end)
            part = ((inside - start) / (end - start))[:, None]
            ends = keypoints[start, joint], keypoints[end, joint]
            keypoints[inside, joint] = (1 - part) * ends[0] + part * ends[1]
            visible[inside, joint] = visible[[start, end], joint].min() / 2
    return keypoints, visible


def _track(number: int, frames: Sequence[FramePeople], members: Members) -> Track:
    found = [(frames[frame], index) for frame, index in members]
    has_world = all(people.world_keypoints is not None for people, _ in found)

    def stacked(name: str) -> np.ndarray:
        return np.stack([getattr(people, name)[index] for people, index in found])

    return Track(
        track_id=number,
        frame_ids=np.array([frame for frame, _ in members]),
        keypoints=stacked('keypoints'),
        scores=stacked('scores'),
        boxes=stacked('boxes'),
        world_keypoints=stacked('world_keypoints') if has_world else None,
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
