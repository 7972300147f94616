"""From videos to files of keypoints, one after another or several at once."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import torch

from mmposenorm.keypoints.detectors import Detector, detect_people
from mmposenorm.keypoints.people import People, save_people
from mmposenorm.keypoints.video import Video

VIDEO_SUFFIXES = {
    '.avi',
    '.m4v',
    '.mkv',
    '.mov',
    '.mp4',
    '.mpeg',
    '.mpg',
    '.webm',
    '.wmv',
}
# Forked processes cannot use what libraries have started in this one.
_START_METHOD = 'spawn'

Job = tuple[Path, Path]
"""A video and the file for its keypoints."""


class Extraction(NamedTuple):
    """What became of a video.

    Attributes:
        video: The video.
        out: The file for its keypoints.
        found: What was found, in words; empty if it failed.
        error: What went wrong; empty if nothing did.
    """

    video: Path
    out: Path
    found: str = ''
    error: str = ''


def videos_to_do(
    folder: str | os.PathLike, out_dir: str | os.PathLike
) -> tuple[list[Path], list[Job]]:
    """Find the videos of a folder, and those that have no file of keypoints yet.

    Args:
        folder: A folder of videos; its subfolders are left out.
        out_dir: The folder of the files.

    Returns:
        videos: All videos.
        jobs: Those without a file, with the file that they should get. It is named
            after the video with its suffix, so that ``walk.mp4`` and ``walk.avi`` get
            two.

    Raises:
        ValueError: If it is no folder, or holds no video.
    """
    folder, out_dir = Path(folder), Path(out_dir)
    if not folder.is_dir():
        raise ValueError(f'{folder} is not a folder. Give a folder of videos.')
    videos = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES
    )
    if not videos:
        raise ValueError(
            f'{folder} contains no videos; expected '
            f'{", ".join(sorted(VIDEO_SUFFIXES))}.'
        )
    pairs = [(video, out_dir / f'{video.name}.npz') for video in videos]
    return videos, [(video, out) for video, out in pairs if not out.exists()]


def extract_keypoints(
    video: str | os.PathLike,
    out: str | os.PathLike,
    detector: Detector,
    show_progress: bool = True,
) -> People:
    """Detect the people in a video and write their keypoints to a file.

    Args:
        video: The video.
        out: The npz file to write, whole or not at all; :func:`read_keypoints` reads
            it.
        detector: What finds the people.
        show_progress: Whether to show a progress bar if it takes long.

    Returns:
        The people.

    Raises:
        FileNotFoundError: If there is no such video.
        ValueError: If it cannot be read.
        OSError: If the file cannot be written.
    """
    people = detect_people(Video(video), detector, show_progress)
    save_people(out, people)
    return people


def extract_in_turn(jobs: Iterable[Job], detector: Detector) -> Iterator[Extraction]:
    """Extract the keypoints of videos one after another.

    Args:
        jobs: Videos and their files.
        detector: What finds the people.

    Yields:
        What became of each video; one that fails does not stop the others.
    """
    for video, out in jobs:
        yield _extract(video, out, detector, show_progress=True)


def extract_in_processes(
    jobs: Iterable[Job], build: Callable[[], Detector], processes: int
) -> Iterator[Extraction]:
    """Extract the keypoints of several videos at once.

    Args:
        jobs: Videos and their files.
        build: Builds the detector of a process; it is pickled.
        processes: How many.

    Yields:
        What became of each video, as soon as it is done. A video that fails does not
        stop the others, even if its process dies.
    """
    waiting = deque(jobs)
    while waiting:
        running: dict[Future[Extraction], Job] = {}
        with ProcessPoolExecutor(
            processes, get_context(_START_METHOD), _start_process, (build, processes)
        ) as pool:
            try:
                while waiting or running:
                    while waiting and len(running) < processes:
                        running[pool.submit(_extract_here, *waiting[0])] = waiting[0]
                        waiting.popleft()
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        yield _result_of(future, running.pop(future))
            except BrokenProcessPool:  # the rest goes to new processes
                for future, job in running.items():
                    yield _result_of(future, job)


def _result_of(future: Future[Extraction], job: Job) -> Extraction:
    try:
        return future.result()
    except BrokenProcessPool:
        video, out = job
        error = (
            f'{video} was not finished, since a process died, perhaps for lack of '
            'memory. Run the command again, with fewer processes (--jobs) if it dies '
            'again.'
        )
        return Extraction(video, out, error=error)


def _extract(
    video: Path, out: Path, detector: Detector, show_progress: bool
) -> Extraction:
    try:
        people = extract_keypoints(video, out, detector, show_progress)
    except (OSError, ValueError) as error:
        return Extraction(video, out, error=str(error))
    except Exception as error:  # noqa: BLE001  (a detector's; other videos may do)
        said = f'{type(error).__name__} in {video}: {error}'
        return Extraction(video, out, error=said)
    return Extraction(video, out, found=str(people))


# Of a process of its own.
_detector: Detector


def _start_process(build: Callable[[], Detector], processes: int) -> None:
    global _detector
    threads = max(1, (os.cpu_count() or 1) // processes)
    cv2.setNumThreads(threads)
    torch.set_num_threads(threads)
    _detector = build()


def _extract_here(video: Path, out: Path) -> Extraction:
    return _extract(video, out, _detector, show_progress=False)
