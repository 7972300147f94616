"""Motion capture in npz files of 3D keypoints, seen by virtual cameras."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
from mmengine.logging import print_log

from mmposenorm.datasets.clip_dataset import (
    Clip,
    ClipDataset,
    check_keypoints_world,
    warn_of_made_up_data,
)
from mmposenorm.datasets.frontal_views import (
    FRONTAL_YAWS,
    frontal_camera,
    load_view_table,
)
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.fields import Count, Fps, Seed
from mmposenorm.registry import DATASETS
from mmposenorm.resampling import (
    check_fps,
    has_rate,
    is_fps,
    resample_keypoints,
    resampled_positions,
)
from mmposenorm.skeletons import H36M_KEYPOINTS

MAX_SPEED = 20.0  # m/s; faster is a fault of the recording
_HEAD = H36M_KEYPOINTS.index('head')
_FEET = [H36M_KEYPOINTS.index(f'{side}_foot') for side in ('right', 'left')]
# m; if the head is less than the first above the feet in y, and more than the second
# along another axis, that axis points up.
_LOW, _TALL = 0.3, 1.0
# How to rotate to y up, by axis, if the axis points down and if it points up.
_TURNS = (
    ('(y, -x, z)', '(-y, x, z)'),
    ('(x, -y, -z)', ''),
    ('(x, -z, y)', '(x, z, -y)'),
)
_INDEX_FIELDS = frozenset({'key', 'fps', 'subject', 'label'})


@DATASETS.register_module()
class MocapClips(ClipDataset):
    """Clips of motion capture, e.g. of CMU's database on Human3.6M's joints.

    Trials are cut into clips where a joint is faster than 20 m/s from one frame to the
    next. Trials with a frame rate other than ``fps`` are resampled, as in
    :class:`PoseNormInferencer`. In training, clips have no camera (the model draws
    virtual ones). In testing, each clip occurs once for every yaw in ``views``, seen by
    a virtual camera: for all views of clip ``i``, the one of row ``i`` of the table in
    :mod:`mmposenorm.datasets.frontal_views`, modulo the number of rows.

    Args:
        ann_file: One or several npz files. Each array is a trial, named subject_trial,
            (T, 17, 3) in metres, y up, floor at 0.
        index_file: JSON list with ``key``, ``fps``, ``subject`` and ``label`` of the
            trials; ``index.json`` beside the (first) npz file if not given.
        pipeline: See :class:`ClipDataset`.
        test_mode: See :class:`ClipDataset`.
        views: Directions of the test cameras, in degrees from where the person faces
            on average, towards the person's left.
        variants: See :class:`ClipDataset`.
        min_frames: Shorter trials and pieces are left out, and the log says how many.
        seed: See :class:`ClipDataset`.
        fps: Frames per second of the clips, the same as the model's ``fps``.
        weights: Number of training items per frame for each file of ``ann_file``, e.g.
            0.1 for a large file of few movements; 1 if not given.
        labelled: For each file of ``ann_file`` whether its 3D poses may be learned
            from; HideTruth hides those of the others. Not needed if all may.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file or an option is invalid.
    """

    def __init__(
        self,
        ann_file: str | Path | Sequence[str | Path],
        index_file: str | Path | None = None,
        pipeline: Sequence[dict | Callable] = (),
        test_mode: bool = False,
        views: Sequence[float] = FRONTAL_YAWS,
        variants: Sequence[str] = ('original',),
        min_frames: Count = 27,
        seed: Seed = 0,
        fps: Fps = 50.0,
        weights: Sequence[float] | None = None,
        labelled: Sequence[bool] | None = None,
    ) -> None:
        check_fps(fps)
        files = [ann_file] if isinstance(ann_file, str | Path) else ann_file
        ann_files = [Path(file) for file in files]
        if not ann_files:
            raise ValueError(
                f'ann_file must name at least one npz file, but is {ann_file}. Check '
                'the data set in your config.'
            )
        index_file = Path(index_file or ann_files[0].parent / 'index.json')
        _check_files([*ann_files, index_file])
        index = _load_index(index_file)
        clips: list[Clip] = []
        weights = [1.0] * len(ann_files) if weights is None else list(weights)
        if len(weights) != len(ann_files) or not all(w > 0 for w in weights):
            raise ValueError(
                'weights must be one positive number for each file of ann_file '
                f'({len(ann_files)}), but is {weights}. Check the data set in your '
                'config.'
            )
        known = [None] * len(ann_files) if labelled is None else list(labelled)
        if len(known) != len(ann_files):
            raise ValueError(
                'labelled must be True or False for each file of ann_file '
                f'({len(ann_files)}), but is {labelled}. Check the data set in your '
                'config.'
            )
        for file, weight, truth in zip(ann_files, weights, known, strict=True):
            loaded = _load_clips(file, index, index_file, fps)
            clips.extend(replace(c, weight=weight, labelled=truth) for c in loaded)
        clips = _leave_out_short(clips, min_frames)
        if test_mode:
            clips = [view for i, c in enumerate(clips) for view in _see(c, i, views)]
        super().__init__(clips, pipeline, test_mode, variants, seed)


def split_at_jumps(
    keypoints_world: np.ndarray, fps: float, max_speed: float = MAX_SPEED
) -> list[slice]:
    """Cut a trial where a joint is too fast to be true.

    Args:
        keypoints_world: World positions in metres, (T, 17, 3).
        fps: Frames per second.
        max_speed: Highest speed of a joint between two frames, in m/s.

    Returns:
        The pieces, in order, which together make up the trial.
    """
    steps = np.linalg.norm(np.diff(keypoints_world, axis=0), axis=-1)
    cuts = np.flatnonzero((steps * fps > max_speed).any(axis=1)) + 1
    edges = [0, *cuts.tolist(), len(keypoints_world)]
    return [slice(*edge) for edge in pairwise(edges)]


def _check_files(files: Sequence[Path]) -> None:
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(
                f'{file} not found. Convert motion capture, e.g. that of '
                'mocap.cs.cmu.edu, with "python tools/dataset_converters/cmu_asf_amc.py'
                f' FOLDER {file.parent}", set ann_file and index_file to other files, '
                'or write synthetic ones with tools/dataset_converters/synthetic.py.'
            )


def _load_index(file: Path) -> dict[str, dict[str, Any]]:
    try:
        entries = json.loads(file.read_text())
    except (RecursionError, ValueError):
        entries = None
    is_list = isinstance(entries, list)
    wrong = [e for e in entries if not _is_entry(e)] if is_list else []
    if wrong or not is_list:
        got = f'contains {shorten(str(wrong[0]), 200)}' if wrong else 'is not a list'
        raise ValueError(
            f'{file} must be a JSON list of objects with {sorted(_INDEX_FIELDS)}, key '
            f'a string and fps a number from 1 to 1000, but {got}. Write it again with '
            'tools/dataset_converters/cmu_asf_amc.py.'
        )
    index = {entry['key']: entry for entry in entries}
    if len(index) < len(entries):
        [(key, count)] = Counter(entry['key'] for entry in entries).most_common(1)
        raise ValueError(
            f"{file} lists trial '{key}' {count} times; expected once. Remove the "
            'wrong entries.'
        )
    return index


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and set(entry) >= _INDEX_FIELDS
        and isinstance(entry['key'], str)
        and is_fps(entry['fps'])
    )


def _load_clips(
    file: Path, index: dict[str, dict[str, Any]], index_file: Path, fps: float
) -> Iterator[Clip]:
    heights = []
    with open_npz(file) as trials:
        for key, keypoints_world in trials.items():
            check_keypoints_world(keypoints_world, key, file)
            if key not in index:
                raise ValueError(
                    f"{index_file} does not list trial '{key}' of {file}. Set index_"
                    'file to the one that was written with it.'
                )
            heights.append(_head_above_feet(keypoints_world))
            yield from _cut(key, keypoints_world, index[key], fps)
        if any(index[key].get('made_up') for key in trials):
            warn_of_made_up_data(file)
    if heights:
        _check_y_up(np.median(heights, axis=0), file)


def _head_above_feet(keypoints_world: np.ndarray) -> np.ndarray:
    feet = keypoints_world[:, _FEET].mean(axis=1)
    return np.median(keypoints_world[:, _HEAD] - feet, axis=0)


def _check_y_up(head_above_feet: np.ndarray, file: Path) -> None:
    # Lenient, because people may crouch or lie.
    axis = int(np.abs(head_above_feet).argmax())
    height, other = head_above_feet[1], head_above_feet[axis]
    if height < _LOW and abs(other) > _TALL:
        raise ValueError(
            f'{file} is not y up as expected: by the median of its trials, the head is '
            f'{height:.2f} m above the feet in y and {other:.2f} m in {"xyz"[axis]}. '
            f'Turn (x, y, z) to {_TURNS[axis][int(other > 0)]} first.'
        )


def _cut(
    key: str, keypoints_world: np.ndarray, entry: dict[str, Any], fps: float
) -> Iterator[Clip]:
    # Before resampling, which would make a jump slower.
    pieces = split_at_jumps(keypoints_world, entry['fps'])
    for piece in pieces:
        whole = len(pieces) == 1
        yield Clip(
            clip_id=key if whole else f'{key}[{piece.start}:{piece.stop}]',
            subject=str(entry['subject']),
            action=entry['label'],
            fps=float(fps),
            keypoints_world=_resample(
                keypoints_world[piece].astype(np.float32), entry['fps'], fps
            ),
        )


def _resample(keypoints_world: np.ndarray, old_fps: float, fps: float) -> np.ndarray:
    times = np.arange(len(keypoints_world)) / old_fps
    if has_rate(times, fps):
        return keypoints_world
    visible = np.ones(keypoints_world.shape[:2], np.float32)
    positions = resampled_positions(times, fps)
    return resample_keypoints(keypoints_world, visible, positions)[0]


def _leave_out_short(clips: Sequence[Clip], min_frames: int) -> list[Clip]:
    lengths = [len(clip.keypoints_world) for clip in clips]
    short = [length for length in lengths if length < min_frames]
    if short:
        print_log(
            f'MocapClips leaves out {len(short)} of {len(clips)} clips, {sum(short)} '
            f'of {sum(lengths)} frames, because they are shorter than {min_frames} '
            'frames (min_frames; trials are cut into clips where a joint is faster '
            f'than {MAX_SPEED:g} m/s).',
            logger='current',
        )
    return [clip for clip in clips if len(clip.keypoints_world) >= min_frames]


def _see(clip: Clip, clip_index: int, views: Sequence[float]) -> Iterator[Clip]:
    table = load_view_table()
    row = table[clip_index % len(table)]
    for yaw in views:
        camera = frontal_camera(clip.keypoints_world, yaw, row)
        yield replace(clip, view=f'yaw{yaw:+g}', camera=camera)
