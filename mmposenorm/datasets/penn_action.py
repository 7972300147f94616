"""Penn Action: 2,326 videos of 15 actions with hand-marked 2D joints.

Source:
    Zhang, Zhu and Derpanis, "From actemes to action" (ICCV 2013).
"""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from mmposenorm.datasets.action_clips import ActionClip, ActionClipDataset
from mmposenorm.fields import Fps
from mmposenorm.keypoints import to_h36m
from mmposenorm.parsing import parsing
from mmposenorm.registry import DATASETS

SPLITS = {1: 'train', -1: 'test'}

_FIELDS = ('action', 'x', 'y', 'visibility', 'train', 'dimensions')
_NUM_JOINTS = 13
# What scipy raises if a file is damaged.
_UNREADABLE = (
    *(MatReadError, EOFError, IndexError, KeyError, NotImplementedError, OSError),
    *(TypeError, ValueError, zlib.error),
)


@DATASETS.register_module()
class PennAction(ActionClipDataset):
    """The clips of Penn Action, read from its ``labels/NNNN.mat``.

    Its 13 joints become Human3.6M's 17: root and thorax are the midpoints of hips and
    shoulders, spine and neck base are missing. Joints that are labelled as invisible
    (22 % in the training split) are missing too, because their coordinates are guesses.
    A clip in which nothing is ever visible (1516) is kept, with all joints missing.

    The number of frames is taken from the coordinates, because ``nframes`` is a single
    byte in most files. ``bbox`` is not read, because its format differs between files.

    Args:
        data_root: The folder that contains ``labels``.
        split: ``'train'`` (1,258 clips), ``'test'`` (1,068) or ``'all'``.
        fps: Frames per second. The data set does not say; most of its videos are from
            the web, at 25 to 30. Affects playback only.
        pipeline: See :class:`ActionClipDataset`.

    Raises:
        FileNotFoundError: If there are no label files.
        ValueError: If a label file is invalid, or the split is unknown or has no clip.
    """

    def __init__(
        self,
        data_root: str | Path,
        split: str = 'train',
        fps: Fps = 30.0,
        pipeline: Sequence[dict | Callable] = (),
    ) -> None:
        if split not in (*SPLITS.values(), 'all'):
            raise ValueError(
                f"split must be 'train', 'test' or 'all', but is {split!r}."
            )
        folder = Path(data_root) / 'labels'
        files = sorted(folder.glob('*.mat'))
        if not files:
            raise FileNotFoundError(
                f'{folder} has no .mat file. Unpack Penn_Action.tar.gz and set '
                'data_root to its folder, or write a synthetic data set with '
                'tools/dataset_converters/synthetic.py.'
            )
        clips = [read_penn_label(file, fps) for file in files]
        clips = [clip for clip in clips if split in (clip.split, 'all')]
        super().__init__(clips, pipeline)


def read_penn_label(file: str | Path, fps: float = 30.0) -> ActionClip:
    """Read a label file of Penn Action.

    Args:
        file: ``NNNN.mat``.
        fps: Frames per second, which the file does not say.

    Returns:
        The clip, named ``NNNN``.

    Raises:
        ValueError: If the file is damaged, lacks a field, or has fields of different
            lengths.
    """
    file = Path(file)
    fields = _load(file)
    missing = [name for name in _FIELDS if name not in fields]
    if missing:
        raise ValueError(
            f'{file} lacks {", ".join(missing)}; expected a label file of Penn Action '
            f'with {", ".join(_FIELDS)}. Unpack the data set again.'
        )
    with parsing(file, 'a label file of Penn Action'):
        return _parse(fields, file, fps)


def _parse(fields: dict[str, Any], file: Path, fps: float) -> ActionClip:
    positions = [np.atleast_2d(fields[name]) for name in ('x', 'y', 'visibility')]
    shapes = [array.shape for array in positions]
    if len(set(shapes)) > 1 or shapes[0][1] != _NUM_JOINTS or not shapes[0][0]:
        raise ValueError(
            f'{file} has x, y and visibility of shapes {shapes[0]}, {shapes[1]} and '
            f'{shapes[2]}; expected (frames, {_NUM_JOINTS}), the same for all three. '
            'Unpack the data set again.'
        )
    split = SPLITS.get(int(fields['train'].squeeze()))
    if split is None:
        raise ValueError(
            f'{file} has train = {fields["train"].squeeze()}; expected 1 or -1. Unpack '
            'the data set again.'
        )
    x, y, visible = positions
    try:
        keypoints, visible = to_h36m(
            np.stack([x, y], axis=-1), visible > 0, 'penn_action'
        )
    except ValueError as error:
        raise ValueError(f'{file}: {error}') from error
    height, width = fields['dimensions'].ravel()[:2]
    if not min(height, width) >= 1:
        raise ValueError(
            f'{file} has images of {width} x {height} pixels; expected at least one. '
            'Unpack the data set again.'
        )
    return ActionClip(
        clip_id=file.stem,
        action=str(np.squeeze(fields['action'])),
        keypoints=keypoints,
        keypoints_visible=visible,
        fps=fps,
        split=split,
        image_size=(int(width), int(height)),
    )


def _load(file: Path) -> dict[str, Any]:
    try:
        return loadmat(file)
    except _UNREADABLE as error:
        raise ValueError(
            f'{file} is not a .mat file, or is damaged ({error}). Unpack the data set '
            'again.'
        ) from error
