"""What a reader hands on: the poses in a file, and how they become people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from mmposenorm.keypoints.layout_detection import detect_layout, detect_openpose
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
    16: 'mpii',
    18: 'openpose_coco18',
    25: 'openpose_body25',
    26: 'halpe26',
    33: 'mediapipe',
    133: 'coco',
    136: 'halpe26',
}
COCO_LAYOUTS = USUAL_LAYOUTS | {17: 'coco'}
_BODY_JOINTS = {133: 17, 136: 26}
_BLOCK = 4096
# Enough to tell layouts apart by the proportions of the body.
_PEOPLE_LOOKED_AT = 2000
_LARGEST_FRACTION = 2.0
# Pixels from the origin beyond which a position is none.
_FARTHEST = 1e9


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
        frames: Name or number of each frame, and the people in it; a name may come
            again with more people.
        about: Further fields of :class:`Poses`.

    Returns:
        The poses. What is not finite has score 0.

    Raises:
        ValueError: If nobody is in them, people have different numbers of joints, or
            the frame numbers leave gaps of hours.
    """
    places: dict[Any, int] = {}
    members: list[int] = []
    stack = _Stack()
    for name, people in frames:
        place = places.setdefault(name, len(places))
        for pose in people:
            members.append(place)
            stack.add(pose)
    if not members:
        raise ValueError(f'there is no person in any of {len(places)} frames.')
    numbers = frame_numbers([*places], about.get('fps'))
    keypoints, scores, boxes = stack.arrays()
    if stack.joints in _BODY_JOINTS:
        about['layout'] = USUAL_LAYOUTS[stack.joints]
    return Poses(
        keypoints,
        scores,
        numbers[members],
        first_frame=int(numbers.min()),
        last_frame=int(numbers.max()),
        boxes=boxes,
        **about,
    )


class _Stack:
    """Arrays that grow person by person, without hands and faces."""

    def __init__(self) -> None:
        self.joints = 0
        self._poses: list[Pose] = []
        self._blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray | None]] = []

    def add(self, pose: Pose) -> None:
        joints = len(pose.keypoints)
        self.joints = self.joints or joints
        if joints != self.joints:
            raise ValueError(
                f'it mixes people of {self.joints} and {joints} keypoints; expected as '
                'many for everybody.'
            )
        self._poses.append(pose)
        if len(self._poses) == _BLOCK:
            self._close_block()

    def _close_block(self) -> None:
        kept = _BODY_JOINTS.get(self.joints, self.joints)
        boxes = [pose.box for pose in self._poses if pose.box is not None]
        block = (
            np.stack([one.keypoints[:kept] for one in self._poses], dtype=np.float32),
            np.stack([one.scores[:kept] for one in self._poses], dtype=np.float32),
            np.stack(boxes) if len(boxes) == len(self._poses) else None,
        )
        self._blocks.append(block)
        self._poses = []

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return keypoints, scores and, if everybody has one, boxes."""
        if self._poses:
            self._close_block()
        keypoints, scores, boxes = zip(*self._blocks, strict=True)
        known = [one for one in boxes if one is not None]
        return (
            np.concatenate(keypoints),
            np.concatenate(scores),
            np.concatenate(known) if len(known) == len(boxes) else None,
        )


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
    finite = np.isfinite(keypoints).all(axis=-1)
    if not finite.any():
        raise ValueError(
            'all its positions are NaN or infinite. Check how they were made.'
        )
    scores = np.where(finite, scores, 0)
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
    if boxes is None or not (np.abs(boxes) < _FARTHEST).all():
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
    # The comparison is false for NaN.
    found = (np.abs(poses.keypoints) < _FARTHEST).all(axis=-1)
    found &= np.isfinite(poses.scores)
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
        _check_names(poses.joint_names, poses.keypoints.shape[1])
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


def _check_names(names: Any, joints: int) -> None:
    known = isinstance(names, list | tuple) and all(isinstance(n, str) for n in names)
    if not known or len(names) != joints:
        raise ValueError(
            f'it does not name its {joints} joints; expected as many names. Name the '
            'layout, or write it again.'
        )


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
    if known.get(joints) == 'openpose_body25':
        return detect_openpose(*_some(poses))
    if joints in known:
        return LAYOUTS[known[joints]]
    if joints == 17 and poses.layouts is None:
        return detect_layout(*_some(poses), poses.fallback)
    counts = ', '.join(map(str, sorted(known)))
    raise ValueError(
        f'no layout is known for {joints} joints of {tool}; known: {counts} joints a '
        'person. Name the layout if it is another one, or convert the file to npz with '
        'keypoints (T, K, 2) and layout.'
    )


def _some(poses: Poses) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints of some people from all over the clip, and whether they were seen."""
    some = np.linspace(0, len(poses.keypoints) - 1, _PEOPLE_LOOKED_AT, dtype=int)
    some = np.unique(some)
    return hide_unseen(poses.keypoints[some], poses.scores[some])


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
        fitting = [n for n, one in LAYOUTS.items() if len(one.joint_names) == joints]
        known = f', as in {" and ".join(fitting)}' if fitting else ''
        raise ValueError(
            f'layout {layout.name} has {len(layout.joint_names)} joints, and each '
            f'person in it {joints}{known}. Pass the layout of these joints '
            '(--layout), or leave it out.'
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
