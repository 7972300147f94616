"""COCO's annotations, and results in its format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmposenorm.keypoints.readers.poses import (
    COCO_LAYOUTS,
    Pose,
    Poses,
    poses_of_frames,
)
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.shapes import (
    FRAME_KEYS,
    about_clip,
    box_of,
    consumed,
    first_filled,
    keys_of,
    pose_of,
)

_Frame = tuple[Any, Sequence[Pose]]


def _is_coco(content: Any) -> bool:
    return 'annotations' in keys_of(content) or _is_list_of_people(content, 'image_id')


def _is_alphapose(content: Any) -> bool:
    first = first_filled(content)
    return _is_list_of_people(content, 'image_id') and isinstance(
        first.get('image_id'), str
    )


def _is_motionbert(content: Any) -> bool:
    return any(_is_list_of_people(content, key) for key in FRAME_KEYS) and (
        'idx' in keys_of(first_filled(content))
        or 'category_id' in keys_of(first_filled(content))
    )


def _is_list_of_people(content: Any, frame_key: str) -> bool:
    keys = keys_of(first_filled(content))
    return isinstance(content, list) and {frame_key, 'keypoints'} <= keys


@register_reader('AlphaPose JSON', 'json', _is_alphapose)
def read_alphapose(content: list[dict[str, Any]]) -> Poses:
    """Read AlphaPose's results, of 17, 26 or 136 joints.

    ::

        [{"image_id": "0.jpg", "category_id": 1, "keypoints": [x, y, score, ...],
          "score": 2.9, "box": [left, top, width, height], "idx": 1}, ...]
    """
    return _from_people(content, 'image_id')


@register_reader('COCO JSON', 'json', _is_coco)
def read_coco(content: Any) -> Poses:
    """Read COCO's annotations or results, of 17 or, for Halpe, 26 or 136 joints.

    ::

        {"images": [{"id": 70, "file_name": "walk_0001.jpg", "width": 640, ...}],
         "annotations": [{"image_id": 70, "keypoints": [x, y, flag, ...],
                          "bbox": [left, top, width, height]}],
         "categories": [{"keypoints": ["nose", ...]}]}

    or a list of ``{"image_id": 70, "keypoints": [x, y, score, ...], "score": 0.9}``,
    as ``predictions.json`` of Ultralytics. A flag is 0 (not labelled), 1 (hidden) or 2.
    """
    if isinstance(content, list):
        return _from_people(content, 'image_id')
    images = content.get('images')
    if images is None or len(images) == 0:
        return _from_people(content['annotations'], 'image_id')
    categories = content.get('categories') or [{}]
    return poses_of_frames(
        _annotated(images, content['annotations']),
        joint_names=categories[0].get('keypoints'),
        layouts=COCO_LAYOUTS,
        image_size=_common_size(images),
    )


def _annotated(images: list[Any], annotations: list[Any]) -> Iterator[_Frame]:
    named = {image['id']: _without_suffix(image['file_name']) for image in images}
    yield from ((name, []) for name in named.values())
    for one in consumed(annotations):
        if one['image_id'] not in named:
            raise ValueError(
                f'a person is in image {one["image_id"]}, which is not among images. '
                'Keep all entries of images.'
            )
        yield named[one['image_id']], _poses(one)


@register_reader('MotionBERT input', 'json', _is_motionbert)
def read_motionbert(content: list[dict[str, Any]]) -> Poses:
    """Read a list of people like AlphaPose's, with a frame number instead of a name.

    ::

        [{"frame_id": 0, "idx": 1, "keypoints": [x, y, score, ...], "score": 2.9}]
    """
    keys = keys_of(first_filled(content))
    return _from_people(content, next(key for key in FRAME_KEYS if key in keys))


def _from_people(people: list[Any], frame_key: str) -> Poses:
    frames = ((_without_suffix(o[frame_key]), _poses(o)) for o in consumed(people))
    return poses_of_frames(frames, layouts=COCO_LAYOUTS)


def _without_suffix(name: Any) -> Any:
    return str(Path(name).with_suffix('')) if isinstance(name, str) and name else name


def _poses(person: Mapping[str, Any]) -> list[Pose]:
    """Read a person; none if it is a box alone."""
    keypoints = person.get('keypoints')
    if keypoints is None or len(keypoints) == 0:
        return []
    box = box_of(person.get('bbox', person.get('box')), has_size=True)
    return [pose_of(keypoints, box)]


def _common_size(images: Iterable[Mapping[str, Any]]) -> tuple[int, int] | None:
    sizes = {about_clip(image).get('image_size') for image in images}
    return sizes.pop() if len(sizes) == 1 else None
