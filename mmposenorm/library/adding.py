"""Adding a file to a library: what one process does, or any of many."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import Detector
from mmposenorm.library.people import entries_of, read_people
from mmposenorm.library.shards import Entry
from mmposenorm.library.sources import Source
from mmposenorm.library.store import Store


def add_source(
    store: Store,
    source: Source,
    inferencer: PoseNormInferencer,
    get_detector: Callable[[], Detector],
    *,
    layout: str | None = None,
    fps: float | None = None,
    show_progress: bool = True,
) -> int:
    """Write the entries of a file into a library, whole or not at all.

    Several processes may do so at once. What they write counts at once, and becomes
    part of the index by :meth:`mmposenorm.library.PoseLibrary.save`.

    Args:
        store: The library's files.
        source: The file as it was when it was found.
        inferencer: Computes pose features, with the library's weights.
        get_detector: Called for videos only, to get a detector.
        layout: Layout of a keypoint file that does not tell it.
        fps: Frames a second of a file that does not tell it.
        show_progress: Whether to show how far a video is read.

    Returns:
        How many people were found.

    Raises:
        ValueError: If it cannot be read, or changes while it is read.
        OSError: If it cannot be read, or the library cannot be written to.
    """
    entries = source_entries(
        source,
        inferencer,
        get_detector,
        store.manifest.feature_size,
        layout=layout,
        fps=fps,
        show_progress=show_progress,
    )
    store.write_pending(source.key, entries)
    return count_people(entries)


def source_entries(
    source: Source,
    inferencer: PoseNormInferencer,
    get_detector: Callable[[], Detector],
    feature_size: int,
    *,
    layout: str | None = None,
    fps: float | None = None,
    show_progress: bool = True,
) -> list[Entry]:
    """Compute the entries of a file.

    Args:
        source: See :func:`add_source`, as the others.
        inferencer: See there.
        get_detector: See there.
        feature_size: Length of a feature.
        layout: See there.
        fps: See there.
        show_progress: See there.

    Returns:
        An entry for each person; an empty one if nobody is found.

    Raises:
        ValueError: If it cannot be read, or changes while it is read.
        OSError: If it cannot be read.
    """
    people = read_people(source, get_detector, layout, show_progress)
    if people is not None and people.fps is None and people.frame_times is None:
        people = replace(people, fps=fps)
    path, key = str(source.path), source.key
    return entries_of(people, path, key, inferencer, feature_size)


def count_people(entries: Iterable[Entry]) -> int:
    """Count the people among the entries of a file."""
    return sum(entry.person > 0 for entry in entries)
