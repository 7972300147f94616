"""Reading keypoints from the files that others write.

================  ==========================================================  ==========
kind              recognised by                                               frame rate
================  ==========================================================  ==========
ours              npz that tools/extract_keypoints.py wrote                   kept
keypoints npz     ``keypoints`` (T, K, 2 or 3); may hold ``visible`` (T, K),  ``fps``
                  ``layout`` (else found out), ``fps``
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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from mmposenorm.keypoints.layout_detection import choose_layout
from mmposenorm.keypoints.layouts import check_keypoints, get_layout, guess_layout
from mmposenorm.keypoints.people import (
    FramePeople,
    People,
    frame_people,
    is_saved_people,
    load_people,
    no_people,
)
from mmposenorm.resampling import check_fps

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
        raise FileNotFoundError(f'{path} does not exist. Check the path.')
    try:
        people = _read(path)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(
            f'No keypoints can be read from {path}: it matches no supported format '
            f'({type(error).__name__}: {error}). Supported: mmpose, COCO or Halpe '
            'JSON, OpenPose folder, npz.'
        ) from error
    except (ValueError, BadZipFile, EOFError, OSError) as error:
        raise ValueError(f'No keypoints can be read from {path}: {error}') from error
    return replace(people, source=f'{people.source} {path}')


def _read(path: Path) -> People:
    if path.is_dir():
        people = _read_folder(path)
    elif path.read_bytes()[:2] == b'PK':  # npz files are zip files
        with np.load(path, allow_pickle=False) as arrays:
            people = _from_arrays(arrays)
    else:
        people = _from_json(_load_json(path))
    if not any(map(len, people.frames)):
        raise ValueError(f'there is no person in any of {len(people.frames)} frames.')
    for number, frame in enumerate(people.frames):
        if not np.isfinite(frame.keypoints).all():
            raise ValueError(
                f'those of frame {number} are not finite. Where a joint was not seen, '
                'its score must be 0.'
            )
    return people


def _read_folder(path: Path) -> People:
    """Read OpenPose's or mmpose's folder, in which each frame has its own file."""
    files = sorted(path.glob('*.json'))
    if not files:
        raise ValueError(
            'there is no .json file in it; expected a folder of OpenPose or mmpose '
            'with one for each frame.'
        )
    contents = [_load_json(file) for file in files]
    numbers = _frame_numbers([file.stem for file in files])
    if isinstance(contents[0], dict) and 'people' in contents[0]:
        return _from_openpose(contents, numbers)
    return _from_instances(contents, numbers)


def _load_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:  # of JSON or of its encoding
        size = path.stat().st_size
        what = 'empty (0 bytes)' if size == 0 else f'damaged or no JSON ({error})'
        raise ValueError(f'{path.name} is {what}.') from error


def _from_json(content: Any) -> People:
    if isinstance(content, dict) and 'people' in content:
        return _from_openpose([content], [0])
    if isinstance(content, dict) and 'instance_info' in content:
        names = content.get('meta_info', {}).get('keypoint_id2name')
        frames = content['instance_info']
        return _from_video_instances(frames, names and list(names.values()))
    if isinstance(content, dict):
        return _from_coco(content)
    if not content:
        raise ValueError('it is an empty list; expected the people of each frame.')
    if 'instances' in content[0]:
        return _from_video_instances(content)
    if 'image_id' in content[0]:
        return _from_coco({'annotations': content})
    return _from_instances([content], [0])


def _from_openpose(contents: list[dict], numbers: Sequence[int]) -> People:
    frames = {}
    for number, content in zip(numbers, contents, strict=True):
        people = [person['pose_keypoints_2d'] for person in content['people']]
        if people:
            triples = _triples(people)
            frames[number] = frame_people(triples[..., :2], triples[..., 2])
    return _assemble('OpenPose keypoints', frames, numbers)


def _from_video_instances(
    frames: list[dict], joint_names: Sequence[str] | None = None
) -> People:
    numbers = _frame_numbers([str(frame['frame_id']) for frame in frames])
    return _from_instances([one['instances'] for one in frames], numbers, joint_names)


def _from_instances(
    contents: list[list[dict]],
    numbers: Sequence[int],
    joint_names: Sequence[str] | None = None,
) -> People:
    """Read mmpose's instances, a list of them for each frame."""
    frames = {}
    for number, instances in zip(numbers, contents, strict=True):
        if not instances:
            continue
        keypoints = np.array([one['keypoints'] for one in instances], np.float64)
        scores = np.array([one['keypoint_scores'] for one in instances], np.float64)
        if keypoints.shape[-1:] != (2,):
            raise ValueError(
                f'a person has keypoints of shape {keypoints.shape[1:]}; expected '
                '(K, 2). Give the predictions of a 2D model.'
            )
        boxes = None
        if all('bbox' in one for one in instances):
            # mmpose writes a tuple around each box.
            boxes = np.array([one['bbox'] for one in instances]).reshape(-1, 4)
        frames[number] = frame_people(keypoints, scores, boxes)
    return _assemble('mmpose JSON', frames, numbers, joint_names)


def _from_coco(content: dict) -> People:
    """Read COCO's or Halpe's annotations, or results in their format."""
    annotations = [one for one in content['annotations'] if one.get('keypoints')]
    images = content.get('images') or [
        {'id': image, 'file_name': str(image)}
        for image in dict.fromkeys(one['image_id'] for one in annotations)
    ]
    if not annotations:
        raise ValueError(f'there is no person in any of {len(images)} images.')
    numbers = _frame_numbers([Path(str(image['file_name'])).stem for image in images])
    number_of = {image['id']: n for image, n in zip(images, numbers, strict=True)}
    members: dict[int, list[int]] = {}
    for index, one in enumerate(annotations):
        members.setdefault(number_of[one['image_id']], []).append(index)
    triples = _triples([one['keypoints'] for one in annotations])
    scores = _confidence(triples[..., 2])
    frames = {
        number: frame_people(triples[indices][..., :2], scores[indices])
        for number, indices in members.items()
    }
    categories = content.get('categories') or [{}]
    return _assemble('COCO JSON', frames, numbers, categories[0].get('keypoints'))


def _assemble(
    kind: str,
    frames: dict[int, FramePeople],
    numbers: Sequence[int],
    joint_names: Sequence[str] | None = None,
) -> People:
    """Lay frames out from the first number to the last, and find out their layout."""
    if not frames:
        raise ValueError(f'there is no person in any of {len(numbers)} frames.')
    counts = {frame.keypoints.shape[1] for frame in frames.values()}
    if len(counts) > 1:
        raise ValueError(f'it mixes people of {sorted(counts)} keypoints.')
    layout = guess_layout(counts.pop(), joint_names)
    kept = len(layout.joint_names)
    cut = {
        number: FramePeople(one.keypoints[:, :kept], one.scores[:, :kept], one.boxes)
        for number, one in frames.items()
    }
    nobody = no_people(kept)
    every = range(min(numbers), max(numbers) + 1)
    return People([cut.get(number, nobody) for number in every], layout.name, kind)


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


def _triples(people: list[list[float]]) -> np.ndarray:
    """Turn x, y, score, x, y, score, ... of each person into (P, K, 3)."""
    lengths = {len(person) for person in people}
    if len(lengths) > 1 or any(length % 3 for length in lengths):
        raise ValueError(
            f'it holds people of {sorted(lengths)} numbers; expected x, y and score of '
            'each keypoint, as many for everybody.'
        )
    return np.array(people, np.float64).reshape(len(people), -1, 3)


def _confidence(values: np.ndarray) -> np.ndarray:
    """Take COCO's flags 0, 1 (hidden), 2 (visible) as 0, 0.5, 1; scores stay."""
    is_flag = np.isin(values, (0, 1, 2)).all() and (values == 2).any()
    return values / 2 if is_flag else values


def _from_arrays(arrays: Mapping[str, np.ndarray]) -> People:
    if is_saved_people(arrays):
        people = load_people(arrays)
        return replace(people, source=f'{people.source}, saved in')
    if 'part' in arrays:
        kind, keypoints = 'Human3.6M npz', arrays['part']
        clips = {str(name).rpartition('_')[0] for name in arrays.get('imgname', [])}
        if len(clips) > 1:
            raise ValueError(f'it holds {len(clips)} clips; cut out one.')
    elif 'keypoints' in arrays:
        kind, keypoints = 'keypoints npz', arrays['keypoints']
    else:
        raise ValueError(
            f'it holds {", ".join(arrays) or "nothing"}; expected keypoints (T, K, 2), '
            'or part (T, 17, 3) as in mmpose.'
        )
    visible = next((arrays[key] for key in _VISIBLE_KEYS if key in arrays), None)
    if keypoints.ndim == 3 and keypoints.shape[2] == 3:
        visible = keypoints[..., 2] if visible is None else visible
        keypoints = keypoints[..., :2]
    named = str(arrays['layout']) if 'layout' in arrays else None
    if kind == 'Human3.6M npz':
        named = named or 'h36m'
    layout = get_layout(choose_layout(keypoints, visible, named))
    keypoints, visible = check_keypoints(keypoints, visible, layout)
    frames = [
        frame_people(positions[None], scores[None])
        if scores.any()
        else no_people(len(scores))
        for positions, scores in zip(keypoints, visible, strict=True)
    ]
    fps = float(arrays['fps']) if 'fps' in arrays else None
    if fps is not None:
        check_fps(fps)
    return People(frames, layout.name, kind, fps)
