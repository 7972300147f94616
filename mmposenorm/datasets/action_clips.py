"""Clips of 2D keypoints with the names of their actions.

``T`` frames, 17 keypoints in Human3.6M's order, pixels.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.keypoints import extract_person, to_h36m
from mmposenorm.registry import DATASETS
from mmposenorm.resampling import check_fps
from mmposenorm.skeletons import H36M_KEYPOINTS
from mmposenorm.transforms.base import build_clip_transforms

_SUFFIXES = ('.npz', '.json')
_USUAL_FPS = 30.0


@dataclass(frozen=True)
class ActionClip:
    """One person's clip of one action, as a camera saw it.

    Args:
        clip_id: Name of the motion; the same for all views of it.
        action: Name of the action.
        keypoints: Image positions in pixels, (T, 17, 2) float32; 0 where not seen.
        keypoints_visible: Confidence in [0, 1], (T, 17) float32.
        fps: Frames per second.
        subject: Name of the person, empty if not known.
        view: Name of the camera, empty if not known.
        split: ``'train'``, ``'test'`` or empty.
        image_size: Width and height in pixels, if known.
    """

    clip_id: str
    action: str
    keypoints: np.ndarray
    keypoints_visible: np.ndarray
    fps: float
    subject: str = ''
    view: str = ''
    split: str = ''
    image_size: tuple[int, int] | None = None

    def to_sample(self) -> dict[str, Any]:
        """Make the dict that a pipeline starts from.

        If the image size is known, ``camera`` holds the centre of the image, which
        mmpose's lifters scale by.
        """
        sample = {**vars(self), 'variant': 'original'}
        if self.image_size is not None:
            sample['camera'] = {'center': torch.tensor(self.image_size) / 2}
        return sample


class ActionClipDataset(Dataset):
    """Whole clips of 2D keypoints with their actions, for testing.

    Metrics read the split of each clip, by its name, from :attr:`metainfo`.

    Args:
        clips: The clips; see :class:`ActionClip`.
        pipeline: Transforms, or their configs, that each item goes through.

    Raises:
        ValueError: If there is no clip, or two have the same name and view.
    """

    def __init__(
        self,
        clips: Sequence[ActionClip],
        pipeline: Sequence[dict | Callable] = (),
    ) -> None:
        if not clips:
            raise ValueError(
                f'{type(self).__name__} has no clip; expected at least one. Check '
                'data_root and the options that select clips.'
            )
        views = Counter((clip.clip_id, clip.view) for clip in clips)
        [((clip_id, view), count)] = views.most_common(1)
        if count > 1:
            raise ValueError(
                f"There are {count} clips named '{clip_id}' with view '{view}'; "
                'expected one. Name them, or their views, differently.'
            )
        self.clips = list(clips)
        self.pipeline = build_clip_transforms(pipeline)

    @property
    def metainfo(self) -> dict[str, Any]:
        """What MMEngine passes on to metrics and visualizers."""
        return {
            'dataset_name': type(self).__name__,
            'keypoint_names': H36M_KEYPOINTS,
            'splits': {clip.clip_id: clip.split for clip in self.clips},
        }

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Any:
        """Return a clip."""
        results = self.clips[index].to_sample()
        for transform in self.pipeline:
            results = transform(results)
        return results


@DATASETS.register_module()
class ActionClips(ActionClipDataset):
    """Clips from a folder, each in a file of its own, npz or JSON.

    A file contains ``keypoints`` (T, K, 2) and ``action``. Optional are ``visible``
    (T, K), ``layout`` (default ``'h36m'``), ``fps`` (default 30), ``subject``,
    ``view``, ``split``, ``image_size`` and ``clip_id`` (default: the path in the
    folder).

    A file without ``action`` takes the name of its folder. A file without
    ``keypoints`` may have any format that
    :func:`mmposenorm.keypoints.extract_person` reads; its largest person is taken.

    Args:
        data_root: The folder, which is searched with its subfolders.
        pipeline: See :class:`ActionClipDataset`.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If there is no npz or JSON file, or one is invalid.
    """

    def __init__(
        self, data_root: str | Path, pipeline: Sequence[dict | Callable] = ()
    ) -> None:
        root = Path(data_root)
        if not root.is_dir():
            raise FileNotFoundError(
                f'{root} not found; expected a folder of npz or JSON files, one for '
                'each clip, with its keypoints and its action. Check data_root.'
            )
        files = sorted(f for f in root.rglob('*') if f.suffix.lower() in _SUFFIXES)
        if not files:
            raise ValueError(
                f'{root} contains no npz or JSON file; expected one for each clip, '
                'with its keypoints and its action. Check data_root.'
            )
        super().__init__([load_action_clip(file, root) for file in files], pipeline)


def load_action_clip(file: Path, root: Path) -> ActionClip:
    """Read a file of :class:`ActionClips`.

    Args:
        file: The file.
        root: The folder of the data set, which contains the file.

    Returns:
        The clip.

    Raises:
        ValueError: If there is no action, the keypoints do not fit the layout, or the
            frame rate or image size is invalid.
    """
    fields = _read_fields(file)
    if 'action' not in fields and file.parent == root:
        raise ValueError(
            f'{file} has no `action`. Add one to the file, or move the file to a '
            'folder that is named after its action.'
        )
    try:
        if 'keypoints' not in fields:
            person = extract_person(file)
            fields |= {'keypoints': person.keypoints, 'visible': person.visible}
            fields |= {'layout': person.layout, 'fps': person.fps or _USUAL_FPS}
        keypoints, visible = to_h36m(
            fields['keypoints'],
            fields.get('visible'),
            str(fields.get('layout', 'h36m')),
        )
        fps = _read_fps(fields.get('fps', _USUAL_FPS))
        image_size = _read_image_size(fields.get('image_size'))
    except ValueError as error:
        raise ValueError(f'{file} is not a valid clip: {error}') from error
    return ActionClip(
        clip_id=str(fields.get('clip_id', file.relative_to(root).with_suffix(''))),
        action=str(fields.get('action', file.parent.name)),
        keypoints=keypoints,
        keypoints_visible=visible,
        fps=fps,
        subject=str(fields.get('subject', '')),
        view=str(fields.get('view', '')),
        split=str(fields.get('split', '')),
        image_size=image_size,
    )


def _read_fps(value: Any) -> float:
    fps = np.asarray(value).tolist()
    with suppress(TypeError, ValueError):  # check_fps refuses what is not a number
        fps = float(fps)
    check_fps(fps)
    return fps


def _read_image_size(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    size = np.asarray(value).tolist()
    try:
        width, height = (int(length) for length in size)
    except (TypeError, ValueError, OverflowError):  # the last for infinity
        width = height = 0
    if min(width, height) < 1:
        raise ValueError(
            f'image_size must be the width and height in pixels, but is {size!r}. '
            'Correct it, or leave it out if it is not known.'
        )
    return width, height


def _read_fields(file: Path) -> dict[str, Any]:
    if file.suffix.lower() == '.npz':
        with open_npz(file) as arrays:
            return dict(arrays)
    try:
        content = json.loads(file.read_bytes())
    except ValueError as error:
        raise ValueError(
            f'{file} is not valid JSON ({error}). Write it again.'
        ) from error
    return content if isinstance(content, dict) else {}
