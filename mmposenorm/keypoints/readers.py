"""Reading keypoints from the files that others write.

================  ==========================================================  ==========
kind              recognised by                                               frame rate
================  ==========================================================  ==========
ours              npz that tools/extract_keypoints.py wrote                   kept
keypoints npz     ``keypoints`` (T, K, 2 or 3); may hold ``visible`` (T, K),  ``fps``
                  ``layout`` (default ``h36m``), ``fps``
Human3.6M npz     mmpose's annotations: ``part`` (T, 17, 3)                   --
mmpose JSON       list of ``{frame_id, instances}``, alone or under           --
                  ``instance_info``; or a folder of lists of instances
COCO JSON         ``annotations``, or list of ``{image_id, keypoints}``;      --
                  17 keypoints or, for Halpe (also AlphaPose's), 26
OpenPose          folder of ``{people: [{pose_keypoints_2d}]}``, BODY_25      --
================  ==========================================================  ==========
"""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .layouts import check_keypoints, get_layout, guess_layout
from .people import (
    FramePeople,
    People,
    frame_people,
    is_saved_people,
    load_people,
    no_people,
)

_OPENPOSE_KEY = 'pose_keypoints_2d'
_VISIBLE_KEYS = ('visible', 'keypoints_visible', 'keypoint_scores', 'scores')


def is_keypoint_path(path: str | os.PathLike) -> bool:
    """Tell keypoint files and folders from videos, by their kind and suffix."""
    path = Path(path)
    return path.is_dir() or path.suffix.lower() in {'.json', '.npz'}


def read_keypoints(path: str | os.PathLike) -> People:
    """Read the people of each frame from a file or folder of keypoints.

    Args:
        path: One of the kinds in the table above; recognised by its content.

    Returns:
        The people; ``str()`` of it says what was found.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If it is empty, damaged, of another kind, or holds no person.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f'{path} is not there. Check the path.')
    try:
        if path.is_dir():
            people = _read_folder(path)
        elif path.read_bytes()[:2] == b'PK':  # npz files are zip files
            people = _read_npz(path)
        else:
            people = _read_json_file(path)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(
            f'{path} has not the structure of any keypoint file that we know '
            f'({type(error).__name__}: {error}). Known kinds: mmpose, COCO or Halpe '
            'JSON, OpenPose folder, npz.'
        ) from error
    if not any(map(len, people.frames)):
        raise ValueError(
            f'{path} holds no person in any of {len(people.frames)} frames.'
        )
    _refuse_nan(path, people)
    return people


def _read_folder(path: Path) -> People:
    """Read OpenPose's or mmpose's folder, in which each frame has its own file."""
    files = sorted(path.glob('*.json'))
    if not files:
        raise ValueError(
            f'{path} holds no .json file; expected a folder of OpenPose or mmpose '
            'with one for each frame.'
        )
    contents = [_load_json(file) for file in files]
    numbers = _frame_numbers([file.stem for file in files])
    if isinstance(contents[0], dict) and 'people' in contents[0]:
        return _from_openpose(path, contents, numbers)
    return _from_instances(path, dict(zip(numbers, contents, strict=True)))


def _read_json_file(path: Path) -> People:
    content = _load_json(path)
    if isinstance(content, dict) and 'people' in content:
        return _from_openpose(path, [content], [0])
    if isinstance(content, dict) and 'instance_info' in content:
        names = content.get('meta_info', {}).get('keypoint_id2name')
        return _from_instances(
            path, _by_frame_id(content['instance_info']), names and list(names.values())
        )
    if isinstance(content, dict):
        return _from_coco(path, content)
    if not content:
        raise ValueError(f'{path} is an empty list; expected the people of each frame.')
    if 'instances' in content[0]:
        return _from_instances(path, _by_frame_id(content))
    if 'image_id' in content[0]:
        return _from_coco(path, {'annotations': content})
    return _from_instances(path, {0: content})


def _load_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:  # of JSON or of its encoding
        size = path.stat().st_size
        what = 'is empty (0 bytes)' if size == 0 else f'is no JSON or damaged ({error})'
        raise ValueError(f'{path} {what}; expected keypoints.') from error


def _from_openpose(path: Path, contents: list[dict], numbers: Sequence[int]) -> People:
    people = {
        number: _triples(path, [person[_OPENPOSE_KEY] for person in content['people']])
        for number, content in zip(numbers, contents, strict=True)
    }
    counts = {len(frame[0]) for frame in people.values() if len(frame)} or {25}
    if counts != {25}:
        raise ValueError(
            f'{path} holds OpenPose people of {sorted(counts)} keypoints; expected 25. '
            'Run OpenPose with --model_pose BODY_25.'
        )
    frames = {
        n: frame_people(p[..., :2], p[..., 2]) for n, p in people.items() if len(p)
    }
    return People(
        _all_frames(frames, numbers, 25), 'openpose_body25', f'OpenPose folder {path}'
    )


def _by_frame_id(frames: list[dict]) -> dict[int, list[dict]]:
    return {int(frame['frame_id']): frame['instances'] for frame in frames}


def _from_instances(
    path: Path, frames: dict[int, list[dict]], joint_names: list[str] | None = None
) -> People:
    """Read mmpose's instances, a list of them for each frame."""
    people = {}
    for number, instances in frames.items():
        if not instances:
            continue
        keypoints = np.array([one['keypoints'] for one in instances], np.float64)
        scores = np.array([one['keypoint_scores'] for one in instances], np.float64)
        if keypoints.shape[-1:] != (2,):
            raise ValueError(
                f'{path} holds keypoints of shape {keypoints.shape[1:]} a person; '
                'expected (K, 2). Give the predictions of a 2D model.'
            )
        boxes = None
        if all('bbox' in one for one in instances):
            # mmpose writes a tuple around each box.
            boxes = np.array([one['bbox'] for one in instances]).reshape(-1, 4)
        people[number] = frame_people(keypoints, scores, boxes)
    return _assemble(path, 'mmpose JSON', people, list(frames), joint_names)


def _from_coco(path: Path, content: dict) -> People:
    """Read COCO's or Halpe's annotations, or results in their format."""
    annotations = [one for one in content['annotations'] if one.get('keypoints')]
    images = content.get('images') or [
        {'id': image, 'file_name': str(image)}
        for image in dict.fromkeys(one['image_id'] for one in annotations)
    ]
    numbers = _frame_numbers([Path(str(image['file_name'])).stem for image in images])
    number_of = {image['id']: n for image, n in zip(images, numbers, strict=True)}
    triples = _triples(path, [one['keypoints'] for one in annotations])
    scores = _confidence(triples[..., 2])
    found: dict[int, list[int]] = {}
    for index, one in enumerate(annotations):
        found.setdefault(number_of[one['image_id']], []).append(index)
    frames = {
        number: frame_people(triples[indices][..., :2], scores[indices])
        for number, indices in found.items()
    }
    categories = content.get('categories') or [{}]
    names = categories[0].get('keypoints')
    return _assemble(path, 'COCO JSON', frames, numbers, names)


def _assemble(
    path: Path,
    kind: str,
    frames: dict[int, FramePeople],
    numbers: Sequence[int],
    joint_names: list[str] | None,
) -> People:
    """Put frames in order, find out their layout, and keep its keypoints only."""
    if not frames:
        raise ValueError(f'{path} holds no person in any of {len(numbers)} frames.')
    counts = {frame.keypoints.shape[1] for frame in frames.values()}
    if len(counts) > 1:
        raise ValueError(f'{path} mixes people of {sorted(counts)} keypoints.')
    try:
        layout = guess_layout(counts.pop(), joint_names)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error
    kept = len(layout.joint_names)
    frames = {
        number: FramePeople(one.keypoints[:, :kept], one.scores[:, :kept], one.boxes)
        for number, one in frames.items()
    }
    return People(_all_frames(frames, numbers, kept), layout.name, f'{kind} {path}')


def _all_frames(
    frames: dict[int, FramePeople], numbers: Sequence[int], joint_count: int
) -> list[FramePeople]:
    """Lay frames out from the first number to the last, empty where there is none."""
    nobody = no_people(joint_count)
    return [frames.get(n, nobody) for n in range(min(numbers), max(numbers) + 1)]


def _frame_numbers(names: Sequence[str]) -> list[int]:
    """Find the number of each frame in its name, or count where that makes no sense.

    The number is the last in the name, as in ``walk_000000000012_keypoints``. Numbers
    that repeat, or that leave out more frames than there are, are ids of images.
    """
    found = [re.findall(r'\d+', name) for name in names]
    numbers = [int(digits[-1]) for digits in found if digits]
    sensible = len(set(numbers)) == len(names) and max(numbers) - min(
        numbers
    ) < 2 * len(numbers)
    return numbers if sensible else list(range(len(names)))


def _triples(path: Path, flat: list[list[float]]) -> np.ndarray:
    """Turn x, y, score, x, y, score, ... of each person into (P, K, 3)."""
    lengths = {len(one) for one in flat}
    if len(lengths) > 1 or any(length % 3 for length in lengths):
        raise ValueError(
            f'{path} holds people of {sorted(lengths)} numbers; expected x, y and '
            'score of each keypoint, as many for everybody.'
        )
    return np.array(flat, np.float64).reshape(len(flat), -1, 3)


def _confidence(values: np.ndarray) -> np.ndarray:
    """Take COCO's flags 0, 1 (hidden), 2 (visible) as 0, 0.5, 1; scores stay."""
    is_flag = np.isin(values, (0, 1, 2)).all() and (values == 2).any()
    return values / 2 if is_flag else values


def _read_npz(path: Path) -> People:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if is_saved_people(arrays):
                return load_people(arrays)
            return _from_arrays(path, dict(arrays))
    except (BadZipFile, EOFError, OSError) as error:
        raise ValueError(f'{path} is damaged ({error}); write it again.') from error


def _from_arrays(path: Path, arrays: dict[str, np.ndarray]) -> People:
    if 'part' in arrays:
        clips = {str(name).rpartition('_')[0] for name in arrays.get('imgname', [])}
        if len(clips) > 1:
            raise ValueError(
                f'{path} holds {len(clips)} clips, {min(clips)} among them; expected '
                'one. Cut one out.'
            )
        kind, keypoints = 'Human3.6M npz', arrays['part']
    elif 'keypoints' in arrays:
        kind, keypoints = 'keypoints npz', arrays['keypoints']
    else:
        raise ValueError(
            f'{path} holds {", ".join(arrays) or "nothing"}; expected keypoints '
            '(T, K, 2), or part (T, 17, 3) as in mmpose.'
        )
    if keypoints.ndim != 3 or keypoints.shape[2] not in (2, 3):
        raise ValueError(
            f'{path} holds keypoints of shape {keypoints.shape}; expected (T, K, 2), '
            'or (T, K, 3) with the score last.'
        )
    given = [arrays[key] for key in _VISIBLE_KEYS if key in arrays]
    if keypoints.shape[2] == 3:
        given.append(keypoints[..., 2])
    visible = given[0] if given else np.ones(keypoints.shape[:2])
    layout = str(arrays.get('layout', 'h36m'))
    keypoints, visible = check_keypoints(
        keypoints[..., :2], visible, get_layout(layout)
    )
    return People(
        [
            frame_people(k[None], v[None]) if v.any() else no_people(len(v))
            for k, v in zip(keypoints, visible, strict=True)
        ],
        layout,
        f'{kind} {path}',
        fps=float(arrays['fps']) if 'fps' in arrays else None,
    )


def _refuse_nan(path: Path, people: People) -> None:
    for number, frame in enumerate(people.frames):
        if not np.isfinite(frame.keypoints).all():
            raise ValueError(
                f'{path}: keypoints of frame {number} are not finite. Where a joint '
                'was not seen, its score must be 0.'
            )
