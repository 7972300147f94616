"""What ``mmposenorm live`` does."""

import csv
import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np

from mmposenorm.atomic_files import atomic_path, check_folder
from mmposenorm.cli.options import detector_arguments
from mmposenorm.cli.people import find_people, open_clips
from mmposenorm.comparison.sentences import say_position, say_what
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import People, Video, build_detector
from mmposenorm.keypoints.checks import check_people
from mmposenorm.live import LiveGuide, LiveState
from mmposenorm.live.picture import MOST_SAID, draw_state
from mmposenorm.live.pose_stream import LOOK_AHEAD
from mmposenorm.live.source import (
    LiveSource,
    camera_source,
    is_camera,
    keypoint_source,
    video_source,
)
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.resampling import check_fps
from mmposenorm.visualization import write_video

_COLUMNS = 'time', 'reference_time', 'phase', 'ahead', 'distance', 'off'
_WINDOW, _ESCAPE = 'mmposenorm live', 27
_SAY_EVERY = 1.0  # seconds

Followed = tuple[np.ndarray, LiveState | None]


def follow(args: Namespace) -> None:
    """Follow the person, say where they are, and write what is asked for."""
    if args.fps is not None:
        check_fps(args.fps)
    for path in args.out:
        check_folder(path.parent)
    if args.show:
        _open_window()
    paths = [args.reference]
    if not is_camera(args.source):
        paths.append(Path(args.source))
    reference, *clips = open_clips(paths, [args.person_reference], args)
    inferencer = PoseNormInferencer(
        args.config, args.checkpoint, args.device, trust=args.trust_checkpoint
    )
    (person,) = find_people([reference], ['_reference'], args)
    result = inferencer(person)
    assert isinstance(result, PoseNormResult)
    source = _source(clips[0] if clips else None, args)
    guide = LiveGuide(
        result,
        inferencer,
        source.layout,
        source.fps,
        loops=not args.once,
        look_ahead=LOOK_AHEAD if args.look_ahead is None else args.look_ahead,
    )
    with ExitStack() as stack:
        frames = _followed(source, guide)
        for path in args.out:
            if path.suffix.lower() == '.csv':
                file = stack.enter_context(
                    stack.enter_context(atomic_path(path)).open('w', newline='')
                )
                frames = _written(frames, file, result.frame_times)
        frames = _said(frames)
        if args.show:
            frames = _shown(frames)
        _run(frames, args.out, source.fps)
    for path in args.out:
        print(f'Wrote {path}.')


def _source(clip: Video | People | None, args: Namespace) -> LiveSource:
    if isinstance(clip, People):
        return keypoint_source(check_people(clip, args.size), args.fps)
    detector = build_detector(*detector_arguments(args))
    if clip is None:
        return camera_source(int(args.source), detector)
    return video_source(clip, detector)


def _followed(source: LiveSource, guide: LiveGuide) -> Iterator[Followed]:
    """Follow the person until the source ends or Ctrl-C is pressed."""
    with _ctrl_c() as stopped:
        for frame in source.frames:
            yield frame.picture, guide.add(frame.people, frame.time)
            if stopped.is_set():
                break


@contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """Yield what Ctrl-C sets, so that files are finished after it."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = signal.signal(signal.SIGINT, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _written(
    frames: Iterator[Followed], file: TextIO, times: np.ndarray | None
) -> Iterator[Followed]:
    """Write a row for each estimate."""
    rows = csv.writer(file)
    rows.writerow(_COLUMNS)
    for picture, state in frames:
        if state is not None:
            position = state.position
            frame = position.reference_frame
            rows.writerow(
                [
                    f'{state.time:.3f}',
                    frame if times is None else f'{times[frame]:.3f}',
                    f'{position.phase:.3f}',
                    '' if position.ahead is None else f'{position.ahead:.2f}',
                    f'{position.distance:.3f}',
                    '; '.join(map(say_what, state.off[:MOST_SAID])),
                ]
            )
        yield picture, state


def _said(frames: Iterator[Followed]) -> Iterator[Followed]:
    """Print what is known, once a second."""
    last = -_SAY_EVERY
    for picture, state in frames:
        if state is not None and state.time >= last + _SAY_EVERY:
            last = state.time
            said = [say_position(state.position), *map(say_what, state.off[:MOST_SAID])]
            print(f'{state.time:6.1f} s: {"; ".join(said)}', flush=True)
        yield picture, state


def _shown(frames: Iterator[Followed]) -> Iterator[Followed]:
    for picture, state in frames:
        cv2.imshow(_WINDOW, draw_state(picture, state)[..., ::-1])
        if cv2.waitKey(1) == _ESCAPE:
            break
        yield picture, state


def _run(frames: Iterator[Followed], out: list[Path], fps: float) -> None:
    """Take all frames, and draw them into a video if there is one to write."""
    videos = [path for path in out if path.suffix.lower() == '.mp4']
    if videos:
        write_video(videos[0], (draw_state(*frame) for frame in frames), fps)
    for _ in frames:
        pass


def _open_window() -> None:
    """Open the window, or say why there is none, before anything takes long."""
    needs_display = sys.platform.startswith('linux')
    has_display = os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')
    try:
        if needs_display and not has_display:
            raise cv2.error('there is no screen')
        cv2.namedWindow(_WINDOW, cv2.WINDOW_NORMAL)
    except cv2.error as error:
        raise OSError(
            'A window cannot be opened here: there is no screen, or OpenCV was built '
            'without windows (opencv-python-headless). Leave out --show, and write '
            'what it would show by --out live.mp4.'
        ) from error
