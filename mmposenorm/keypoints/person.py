"""From a video or a file of keypoints to one person, ready for normalization."""

import os
from dataclasses import dataclass, replace

import numpy as np

from mmposenorm.keypoints.checks import check_people, check_size
from mmposenorm.keypoints.detectors import Detector, build_detector, detect_people
from mmposenorm.keypoints.messages import about, warn
from mmposenorm.keypoints.oddities import warn_if_odd
from mmposenorm.keypoints.people import People
from mmposenorm.keypoints.readers import is_keypoint_path, read_keypoints
from mmposenorm.keypoints.repair import drop_jumps, find_sides
from mmposenorm.keypoints.smoothing import smooth_keypoints
from mmposenorm.keypoints.tracking import (
    Track,
    choose_track,
    fill_track,
    link_people,
    possible_tracks,
)
from mmposenorm.keypoints.video import Video
from mmposenorm.resampling import check_time

# Seconds of absence that are filled in.
_LONGEST_GAP = 0.25
# Taken where a file of keypoints does not tell, for smoothing and for gaps only.
_USUAL_FPS = 30.0


@dataclass(frozen=True)
class PersonTrack:
    """One person over all frames of a clip.

    Args:
        keypoints: Smoothed positions in pixels, (T, K, 2) float32; zero where missing.
        visible: How sure each is, in [0, 1], (T, K) float32; 0 where missing, lowered
            where a short gap was filled.
        layout: Name of the keypoints' layout, see :mod:`mmposenorm.keypoints.layouts`.
        fps: Frames a second of the clip as it plays; ``None`` when not known.
        frame_times: Time of each frame in seconds from the first, (T,), or ``None``.
        image_size: Width and height in pixels, ``None`` when not known.
        track: The person as found, before any repair.
        others: Everybody else.
        source: What found the people, in which file, in words.
        speed: Speed at which the clip plays, 0.125 for eightfold slow motion.
        first_frame: Number of the first of the T frames in the file.
        world_keypoints: The detector's own 3D estimate around the hips in metres,
            (T, K, 3) float32, x right, y down and z away from the camera; NaN in
            frames in which the person was not found; ``None`` if it gives none.
    """

    keypoints: np.ndarray
    visible: np.ndarray
    layout: str
    fps: float | None
    frame_times: np.ndarray | None
    image_size: tuple[int, int] | None
    track: Track
    others: tuple[Track, ...]
    source: str
    speed: float = 1.0
    first_frame: int = 0
    world_keypoints: np.ndarray | None = None

    @property
    def motion_times(self) -> np.ndarray | None:
        """When each frame happened, in seconds from the first, (T,); None if unknown.

        It differs from ``frame_times``, when it is shown, in slow motion.
        """
        times = self.frame_times
        if times is None and self.fps is not None:
            times = np.arange(len(self.keypoints)) / self.fps
        return None if times is None else times * self.speed

    @property
    def track_id(self) -> int:
        """Number of the person in the clip, from 1."""
        return self.track.track_id

    def describe(self) -> str:
        """Say whom we follow and, if there are others, how to choose them."""
        said = f'Following {self.track} by {self.source}.'
        if self.others:
            others = '; '.join(map(str, self.others))
            said += (
                f' There {"is" if len(self.others) == 1 else "are"} also {others}: '
                'to follow one of them, give the number or the point as `person` '
                '(--person-a, --person-b).'
            )
        return said


def open_clip(path: str | os.PathLike, layout: str | None = None) -> Video | People:
    """Open a video or read a file of keypoints.

    Args:
        path: The video, or keypoints of a kind that :func:`read_keypoints` knows.
        layout: Layout of a keypoint file, if it does not tell or is wrong.

    Returns:
        The video, none of which is read yet, or the people in the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read.
    """
    if is_keypoint_path(path):
        return read_keypoints(path, layout)
    return Video(path)


def extract_person(
    clip: str | os.PathLike | Video | People,
    detector: str | Detector = 'auto',
    person: str = 'largest',
    *,
    fps: float | None = None,
    layout: str | None = None,
    size: tuple[float, float] | None = None,
    speed: float = 1.0,
) -> PersonTrack:
    """Follow one person through a video or a file of keypoints.

    Args:
        clip: A video, or keypoints of a kind that :func:`read_keypoints` knows: the
            path, or what was opened or read already.
        detector: For videos: a detector, or the name of one for
            :func:`build_detector`.
        person: ``'largest'``, ``'longest'``, a number or ``'x,y'``, see
            :func:`choose_track`.
        fps: Frames a second, if the file does not tell or is wrong.
        layout: Layout of a keypoint file that is given by its path, if it does not tell
            or is wrong; a detector has its own.
        size: Width and height of the image in pixels, for keypoint files that do not
            tell it: needed where coordinates lie between 0 and 1. Videos have theirs.
        speed: Speed at which the clip plays, 0.125 for eightfold slow motion.

    Returns:
        The person, with as many frames as the clip has. Left and right are put back
        where they were exchanged for a moment, short gaps are filled, and jitter is
        smoothed away without a lag.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read, nobody is in it, or not that person; or if an
            argument is invalid.
        ImportError: If what the detector needs is not installed.
    """
    check_size(size)
    check_time(fps, 1.0)
    if isinstance(clip, str | os.PathLike):
        clip = open_clip(clip, layout)  # before any model is loaded
    if isinstance(clip, Video):
        if isinstance(detector, str):
            detector = build_detector(detector)
        clip, size = detect_people(clip, detector), None
    people = clip
    if fps is not None:
        people = replace(people, fps=fps, frame_times=None)
    return follow(people, person, size=size, speed=speed)


def follow(
    people: People,
    person: str = 'largest',
    *,
    size: tuple[float, float] | None = None,
    speed: float = 1.0,
) -> PersonTrack:
    """Follow one of the people in a clip.

    Args:
        people: Everybody in each frame.
        person: See :func:`choose_track`.
        size: See :func:`extract_person`.
        speed: See :func:`extract_person`.

    Returns:
        The person, as from :func:`extract_person`.

    Raises:
        ValueError: If nobody was found, or not that person, or what was found cannot
            be right, see :mod:`mmposenorm.keypoints.checks`.
    """
    with about(people.source):
        try:
            return _follow(people, person, size, speed)
        except ValueError as error:
            raise ValueError(f'{people.source}: {error}') from error


def follow_everybody(
    people: People, *, size: tuple[float, float] | None = None
) -> list[PersonTrack]:
    """Follow everybody in a clip who can be a person.

    Args:
        people: Everybody in each frame.
        size: See :func:`extract_person`.

    Returns:
        Each person over the frames from their first to their last, in the order of
        appearance; ``first_frame`` says which. Detections whose limbs no body could
        have are left out, unless there is nobody else.

    Raises:
        ValueError: If what was found cannot be right, see
            :mod:`mmposenorm.keypoints.checks`.
    """
    with about(people.source):
        try:
            people = check_people(people, size)
            fps = people.fps or _USUAL_FPS
            tracks = link_people(people.frames, fps, people.shifts)
            return [
                _person(people, tracks, track, 1.0, _frames_of(track))
                for track in possible_tracks(tracks, people.layout)
            ]
        except ValueError as error:
            raise ValueError(f'{people.source}: {error}') from error


def _frames_of(track: Track) -> slice:
    first, last = track.frame_ids[[0, -1]].tolist()
    return slice(first, last + 1)


def _follow(
    people: People, person: str, size: tuple[float, float] | None, speed: float
) -> PersonTrack:
    check_time(people.fps, speed)
    people = check_people(people, size)
    fps = (people.fps or _USUAL_FPS) / speed
    tracks = link_people(people.frames, fps, people.shifts)
    chosen = choose_track(tracks, person, people.layout)
    warn_if_odd(chosen.keypoints, chosen.scores, people.layout)
    return _person(people, tracks, chosen, speed, slice(0, len(people.frames)))


def _person(
    people: People, tracks: list[Track], chosen: Track, speed: float, frames: slice
) -> PersonTrack:
    """Repair a track, and spread it over some of the clip's frames."""
    fps, count = (people.fps or _USUAL_FPS) / speed, frames.stop - frames.start
    repaired = _repaired(chosen, people.layout, fps)
    repaired = replace(repaired, frame_ids=repaired.frame_ids - frames.start)
    times = people.frame_times
    keypoints, visible = fill_track(repaired, count, round(_LONGEST_GAP * fps))
    return PersonTrack(
        keypoints=smooth_keypoints(keypoints, visible, fps),
        visible=visible,
        layout=people.layout,
        fps=people.fps,
        frame_times=None if times is None else times[frames],
        image_size=people.image_size,
        track=chosen,
        others=tuple(track for track in tracks if track is not chosen),
        source=people.source,
        speed=speed,
        first_frame=people.first_frame + frames.start,
        world_keypoints=_world_keypoints(repaired, count),
    )


def warn_if_same(person_a: PersonTrack, person_b: PersonTrack) -> None:
    """Warn if two persons to be compared are one and the same of the same clip.

    Args:
        person_a: A.
        person_b: B.
    """
    tracks = person_a.track, person_b.track
    if all(
        np.array_equal(getattr(tracks[0], name), getattr(tracks[1], name))
        for name in ('frame_ids', 'keypoints')
    ):
        warn(
            f'A and B are the same: {tracks[0]} of the same clip. Choose somebody else '
            'for one of them, or give another clip.',
        )


def _repaired(track: Track, layout: str, fps: float) -> Track:
    sizes = np.sqrt(track.areas.clip(min=1))
    sides = find_sides(
        track.keypoints, track.scores, track.frame_ids, sizes, layout, fps
    )
    keypoints = np.take_along_axis(track.keypoints, sides[..., None], axis=1)
    scores = np.take_along_axis(track.scores, sides, axis=1)
    scores = drop_jumps(keypoints, scores, sizes, fps)
    world = track.world_keypoints
    if world is not None:
        world = np.take_along_axis(world, sides[..., None], axis=1)
    return replace(track, keypoints=keypoints, scores=scores, world_keypoints=world)


def _world_keypoints(track: Track, frame_count: int) -> np.ndarray | None:
    if track.world_keypoints is None:
        return None
    _, joints, _ = track.world_keypoints.shape
    spread = np.full((frame_count, joints, 3), np.nan, np.float32)
    spread[track.frame_ids] = track.world_keypoints
    return spread
