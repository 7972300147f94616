"""What a reader hands on: the poses in a file, and how they become people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from mmposenorm.keypoints.layout_detection import detect_layout
from mmposenorm.keypoints.layouts import LAYOUTS, Layout, get_layout
from mmposenorm.keypoints.people import (
    FramePeople,
    People,
    keypoint_boxes,
    no_people,
)
from mmposenorm.keypoints.readers.joint_names import canonical_names, to_named_layout
from mmposenorm.keypoints.readers.numbering import frame_numbers
from mmposenorm.keypoints.unseen import hide_unseen

# Layouts by their number of joints. Of hands and faces nothing is used.
USUAL_LAYOUTS = {
    18: 'openpose_coco18',
    25: 'openpose_body25',
    26: 'halpe26',
    33: 'mediapipe',
    133: 'coco',
    136: 'halpe26',
}
COCO_LAYOUTS = USUAL_LAYOUTS | {17: 'coco'}
_BODY_JOINTS = {133: 17, 136: 26}
# Enough to tell layouts apart by the proportions of the body.
_PEOPLE_LOOKED_AT = 2000
_LARGEST_FRACTION = 2.0


class Pose(NamedTuple):
    """One person in one frame.

    Args:
        keypoints: Positions, (K, 2); NaN where not found.
        scores: (K,); 0 where not found.
        box: Left, top, right and bottom, (4,), or ``None``.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    box: np.ndarray | None = None


@dataclass(frozen=True)
class Poses:
    """Everybody in a file.

    Args:
        keypoints: Positions of all N people of all frames, (N, K, 2).
        scores: In [0, 1], (N, K); 0 where a joint was not found.
        numbers: Number of the frame that each of them is in, (N,).
        first_frame: Number of the first frame of the file.
        last_frame: Number of the last one.
        boxes: (N, 4), or ``None``.
        layout: Name of the layout, if the file or its format says it.
        joint_names: Names of the K joints, if the file says them.
        layouts: Else the layouts of the tool by their number of joints.
        fallback: Layout of 17 joints whose proportions do not tell.
        fps: See :class:`People`.
        frame_times: See :class:`People`.
        image_size: See :class:`People`.
        normalized: See :class:`People`.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    numbers: np.ndarray
    first_frame: int
    last_frame: int
    boxes: np.ndarray | None = None
    layout: str | None = None
    joint_names: Sequence[str] | None = None
    layouts: Mapping[int, str] | None = None
    fallback: str = 'coco'
    fps: float | None = None
    frame_times: np.ndarray | None = None
    image_size: tuple[int, int] | None = None
    normalized: bool = False


def poses_of_frames(
    frames: Iterable[tuple[Any, Sequence[Pose]]], **about: Any
) -> Poses:
    """Put the people of all frames together.

    Args:
        frames: Name or number of each frame, and the people in it.
        about: Further fields of :class:`Poses`.

    Returns:
        The poses. What is not finite has score 0.

    Raises:
        ValueError: If nobody is in them, people have different numbers of joints, or
            the frame numbers leave gaps of hours.
    """
    names: list[Any] = []
    members: list[int] = []
    poses: list[Pose] = []
    for index, (name, people) in enumerate(frames):
        names.append(name)
        members += [index] * len(people)
        poses += people
    if not poses:
        raise ValueError(f'there is no person in any of {len(names)} frames.')
    numbers = frame_numbers(names, about.get('fps'))
    keypoints, scores, body = _stacked(poses)
    boxes = None
    if all(pose.box is not None for pose in poses):
        boxes = np.array([pose.box for pose in poses], np.float32).reshape(-1, 4)
    return Poses(
        keypoints,
        scores,
        numbers[members],
        first_frame=int(numbers.min()),
        last_frame=int(numbers.max()),
        boxes=boxes,
        **(about | body),
    )


def _stacked(
    poses: Sequence[Pose],
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Stack people; hands and faces are left out."""
    counts = {len(pose.keypoints) for pose in poses}
    if len(counts) > 1:
        raise ValueError(
            f'it mixes people of {", ".join(map(str, sorted(counts)))} keypoints; '
            'expected as many for everybody.'
        )
    (count,) = counts
    body = {'layout': USUAL_LAYOUTS[count]} if count in _BODY_JOINTS else {}
    kept = _BODY_JOINTS.get(count, count)
    keypoints = np.stack([pose.keypoints[:kept] for pose in poses], dtype=np.float32)
    scores = np.stack([pose.scores[:kept] for pose in poses], dtype=np.float32)
    return keypoints, scores, body


def array_poses(
    keypoints: np.ndarray, scores: np.ndarray | None = None, **about: Any
) -> Poses:
    """Take an array of the poses of one person, or of P people, in all frames.

    Args:
        keypoints: (T, K, 2) or (T, P, K, 2); NaN where not found.
        scores: (T, K) or (T, P, K); ``None`` if all that is finite was found.
        about: Further fields of :class:`Poses`, such as ``first_frame``.

    Returns:
        The poses; people of whom nothing was found are left out.
    """
    if scores is None:
        scores = np.ones(keypoints.shape[:-1], np.float32)
    scores = np.where(np.isfinite(keypoints).all(axis=-1), scores, 0)
    frames, joints = len(keypoints), keypoints.shape[-2]
    scores = scores.reshape(frames, -1, joints)
    found = scores.any(axis=-1)
    if not found.any():
        raise ValueError(f'there is no person in any of {frames} frames.')
    first = about.pop('first_frame', 0)
    return Poses(
        keypoints.reshape(frames, -1, joints, 2)[found],
        scores[found],
        first + np.nonzero(found)[0],
        first_frame=first,
        last_frame=first + frames - 1,
        **about,
    )


def to_people(poses: Poses, tool: str, layout: str | None = None) -> People:
    """Find out the layout, and lay the people out over all frames.

    Args:
        poses: What was read.
        tool: What it was read from, in words.
        layout: Name of the layout, if the user gave it.

    Returns:
        The people of each frame from the first to the last; frames that the file
        leaves out are empty.

    Raises:
        ValueError: If no layout fits, or the scores are no scores.
    """
    poses = _cleaned(poses, tool)
    poses, found = _in_layout(poses, tool, layout)
    boxes = poses.boxes
    if boxes is None:
        boxes = keypoint_boxes(poses.keypoints, poses.scores)
    order = np.argsort(poses.numbers, kind='stable')
    arrays = [one[order] for one in (poses.keypoints, poses.scores, boxes)]
    count = poses.last_frame - poses.first_frame + 1
    frames = [no_people(len(found.joint_names))] * count
    numbers, starts = np.unique(poses.numbers[order], return_index=True)
    ends = [*starts[1:], len(order)]
    for number, start, end in zip(numbers, starts, ends, strict=True):
        frames[number - poses.first_frame] = FramePeople(
            *(one[start:end] for one in arrays)
        )
    return People(
        frames,
        found.name,
        tool,
        fps=poses.fps,
        frame_times=poses.frame_times,
        image_size=poses.image_size,
        first_frame=poses.first_frame,
        normalized=poses.normalized,
    )


def _cleaned(poses: Poses, tool: str) -> Poses:
    """Give what is not finite score 0, and bring the scores to [0, 1]."""
    found = np.isfinite(poses.keypoints).all(axis=-1) & np.isfinite(poses.scores)
    scores = np.where(found, poses.scores, 0).astype(np.float32)
    if (scores < 0).any() and not np.isin(scores[scores < 0], -1).all():
        raise ValueError(
            f'the third value of each keypoint should be a score from 0 to 1, but '
            f'reaches from {scores.min():.3g} to {scores.max():.3g}: these look like '
            f'3D positions. Give the 2D keypoints that {tool} found.'
        )
    scores = _flags_to_scores(scores).clip(0, 1)
    keypoints = np.where(scores[..., None] > 0, poses.keypoints, 0)
    return replace(poses, keypoints=keypoints.astype(np.float32), scores=scores)


def _flags_to_scores(values: np.ndarray) -> np.ndarray:
    """Take COCO's flags 0, 1 (hidden), 2 (visible) as 0, 0.5, 1; scores stay."""
    is_flag = (values == 2).any() and np.isin(values, (0, 1, 2)).all()
    return values / 2 if is_flag else values


def _in_layout(poses: Poses, tool: str, named: str | None) -> tuple[Poses, Layout]:
    if named is None and poses.layout is None and poses.joint_names is not None:
        layout = _exactly_named(poses.joint_names)
        if layout is None:
            keypoints, scores, layout = to_named_layout(
                poses.keypoints, poses.scores, poses.joint_names
            )
            return replace(poses, keypoints=keypoints, scores=scores), layout
    else:
        layout = _layout_of(poses, tool, named)
    kept = len(layout.joint_names)
    cut = replace(
        poses, keypoints=poses.keypoints[:, :kept], scores=poses.scores[:, :kept]
    )
    return cut, layout


def _exactly_named(names: Sequence[str]) -> Layout | None:
    """Find the layout that has these joints in this order."""
    found = canonical_names(names)
    for layout in LAYOUTS.values():
        count = len(layout.joint_names)
        if len(found) == count and found == canonical_names(layout.joint_names):
            return layout
    return None


def _layout_of(poses: Poses, tool: str, named: str | None) -> Layout:
    joints = poses.keypoints.shape[1]
    name = named or poses.layout
    if name is not None:
        return layout_of_joints(name, joints)
    known = USUAL_LAYOUTS if poses.layouts is None else poses.layouts
    if joints in known:
        return LAYOUTS[known[joints]]
    if joints == 17 and poses.layouts is None:
        some = np.linspace(0, len(poses.keypoints) - 1, _PEOPLE_LOOKED_AT, dtype=int)
        some = np.unique(some)
        seen = hide_unseen(poses.keypoints[some], poses.scores[some])
        return detect_layout(*seen, poses.fallback)
    counts = ', '.join(map(str, sorted(known)))
    raise ValueError(
        f'No layout is known for {joints} joints of {tool}; known: {counts} joints a '
        'person. Name the layout if it is another one, or convert the file to npz with '
        'keypoints (T, K, 2) and layout.'
    )


def layout_of_joints(name: str, joints: int) -> Layout:
    """Look up a layout for so many joints.

    Args:
        name: Its name; that of a whole body also holds for its first joints alone,
            since hands and faces are left out when files are read.
        joints: Number of joints, K.

    Returns:
        The layout.

    Raises:
        ValueError: If there is no such layout, or it has another number of joints.
    """
    layout = get_layout(name)
    if len(layout.joint_names) in _BODY_JOINTS and joints < len(layout.joint_names):
        layout = LAYOUTS[COCO_LAYOUTS[_BODY_JOINTS[len(layout.joint_names)]]]
    if joints != len(layout.joint_names):
        raise ValueError(
            f'layout {layout.name} has {len(layout.joint_names)} joints, but a person '
            f'in it has {joints}. Give the layout of these joints.'
        )
    return layout


def are_fractions(keypoints: np.ndarray, scores: np.ndarray) -> bool:
    """Tell whether positions are fractions of the image, not pixels.

    Args:
        keypoints: (..., K, 2).
        scores: (..., K); what has score 0 is left out.

    Returns:
        Whether those found lie about the image's width and height or less.
    """
    found = (scores > 0) & np.isfinite(keypoints).all(axis=-1)
    return bool(found.any()) and bool(
        np.abs(keypoints[found]).max() <= _LARGEST_FRACTION
    )
