"""From files to the entries of a library."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import (
    Detector,
    People,
    PersonTrack,
    detect_people,
    follow_everybody,
    open_clip,
    to_h36m,
)
from mmposenorm.keypoints.checks import check_clip
from mmposenorm.keypoints.video import Video
from mmposenorm.library.shards import Entry, empty_entry
from mmposenorm.library.sources import Source, make_key
from mmposenorm.skeletons import MIN_VISIBLE

# Seconds for which somebody must be seen, at least; shorter ones are mistakes mostly.
_LEAST_SECONDS = 0.5
_USUAL_RATE = 25.0


def read_people(
    source: Source,
    build_detector: Callable[[], Detector],
    layout: str | None = None,
    show_progress: bool = True,
) -> People | None:
    """Read a file of keypoints, or detect the people in a video.

    Args:
        source: The file as it was when it was found.
        build_detector: Called for videos only, to get a detector.
        layout: Layout of a keypoint file that does not tell it.
        show_progress: Whether to show how far a video is read.

    Returns:
        The people; None if there is nobody in any frame.

    Raises:
        ValueError: If it cannot be read, or changed in the meantime.
        OSError: If it cannot be read.
    """
    clip = open_clip(source.path, layout)
    if isinstance(clip, Video):
        clip = detect_people(clip, build_detector(), show_progress)
    if Source.of(source.path) != source:
        raise ValueError(
            f'{source.path} was changed while it was read. Wait until it is complete, '
            'then index the folder again.'
        )
    return clip if any(map(len, clip.frames)) else None


def entries_of(
    people: People | None,
    source: str,
    key: str,
    inferencer: PoseNormInferencer,
    feature_size: int,
) -> list[Entry]:
    """Compute what a library keeps of the people in a file.

    Args:
        people: Everybody in each frame, None if there is nobody.
        source: The file.
        key: Identifies the file as it was when it was read.
        inferencer: Computes the features.
        feature_size: Length of a feature.

    Returns:
        An entry for each person who is seen long enough, in the order of appearance;
        one that is empty if there is none.

    Raises:
        ValueError: If what was found cannot be right.
    """
    if people is None:
        return [empty_entry(key, source, feature_size)]
    entries = [
        _person_entry(person, source, key, inferencer)
        for person in follow_everybody(people)
        if _is_long(person, len(people.frames)) and _shows_body(person)
    ]
    return entries or [empty_entry(key, source, feature_size)]


def clip_entry(
    clip: Any,
    name: str,
    inferencer: PoseNormInferencer,
    visible: np.ndarray | None = None,
    layout: str | None = None,
    fps: float | None = None,
) -> Entry:
    """Compute what a library keeps of a clip that is not a file.

    Args:
        clip: A person, or keypoints, (T, K, 2).
        name: What to call it.
        inferencer: Computes the features.
        visible: Of keypoints, (T, K).
        layout: Of keypoints.
        fps: Frames a second of keypoints.

    Returns:
        The entry.

    Raises:
        ValueError: If nothing of the body is seen, or the arrays cannot be keypoints.
    """
    if isinstance(clip, PersonTrack):
        entry = _person_entry(clip, name, '', inferencer)
    else:
        embedded = inferencer.embed_moments(clip, visible, layout, fps)
        keypoints = check_clip(clip, visible, layout)
        entry = _entry(keypoints, embedded, 0, source=name, found_by='keypoints')
    return replace(entry, key=make_key(name, entry.features.tobytes().hex()))


def _person_entry(
    person: PersonTrack, source: str, key: str, inferencer: PoseNormInferencer
) -> Entry:
    return _entry(
        (person.keypoints, person.visible, person.layout),
        inferencer.embed_moments(person),
        person.first_frame,
        key=key,
        source=source,
        person=person.track_id,
        found_by=person.source,
        start=start_of(person),
        image_size=person.image_size,
    )


def _entry(
    clip: tuple[np.ndarray, np.ndarray, str],
    embedded: tuple[np.ndarray, np.ndarray, float | None],
    first_frame: int,
    *,
    source: str,
    found_by: str,
    key: str = '',
    person: int = 1,
    start: float = 0.0,
    image_size: tuple[int, int] | None = None,
) -> Entry:
    """Put the moments of a person together, with the keypoints of the nearest frames.

    Args:
        clip: Keypoints, (T, K, 2), their visibility, (T, K), and their layout.
        embedded: What :meth:`PoseNormInferencer.embed_moments` gives for them.
        first_frame: Number of the first of the T frames in the file.
        source: See :class:`Entry`, as the others.
        found_by: See there.
        key: See there.
        person: See there.
        start: See there.
        image_size: See there.
    """
    features, positions, rate = embedded
    frames = np.rint(positions).astype(np.int32)
    keypoints, visible = to_h36m(*clip)
    unseen = visible[frames] < MIN_VISIBLE
    keypoints = keypoints[frames].astype(np.float16)
    keypoints[unseen] = np.nan
    return Entry(
        key=key,
        source=source,
        person=person,
        layout=clip[2],
        found_by=found_by,
        rate=rate,
        start=start,
        image_size=image_size,
        features=features.astype(np.float16),
        seen=~unseen.all(axis=1),
        frames=frames + np.int32(first_frame),
        keypoints=keypoints,
    )


def start_of(person: PersonTrack) -> float:
    """Time at which a person is first seen in a file, in seconds."""
    if person.frame_times is not None:
        return float(person.frame_times[0])
    return 0.0 if person.fps is None else person.first_frame / person.fps


def _is_long(person: PersonTrack, frame_count: int) -> bool:
    least = _LEAST_SECONDS * (person.fps or _USUAL_RATE)
    return len(person.track.frame_ids) >= min(least, frame_count / 2)


def _shows_body(person: PersonTrack) -> bool:
    _, visible = to_h36m(person.keypoints, person.visible, person.layout)
    return bool((visible >= MIN_VISIBLE).any())
