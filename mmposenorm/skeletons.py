"""Skeletons: names and tree of the joints, rest directions and lengths of the bones.

A skeleton at rest stands upright, y up, facing +z, its left side at +x, as in
MotioNet: legs along -y; spine, thorax, neck and head along +y; left hip, shoulder
and arm along +x, right along -x. Lengths are metres.

Seventeen *keypoints* (K) have coordinates: those of Human3.6M, in its order. The
*joints* (J) of a skeleton carry rotations; parents come before their children.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from itertools import combinations

import numpy as np

H36M_KEYPOINTS = (
    'root',
    'right_hip',
    'right_knee',
    'right_foot',
    'left_hip',
    'left_knee',
    'left_foot',
    'spine',
    'thorax',
    'neck_base',
    'head',
    'left_shoulder',
    'left_elbow',
    'left_wrist',
    'right_shoulder',
    'right_elbow',
    'right_wrist',
)
H36M_PARENTS = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
# In pairs: H36M_LEFT[i] is the mirror image of H36M_RIGHT[i].
H36M_LEFT = (4, 5, 6, 11, 12, 13)
H36M_RIGHT = (1, 2, 3, 14, 15, 16)
# H36M_MIRRORED[k] is the keypoint that keypoint k becomes in a mirror.
H36M_MIRRORED = (0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13)
# All pairs of keypoints: the first of each, and the second.
KEYPOINT_PAIRS = tuple(zip(*combinations(range(len(H36M_KEYPOINTS)), 2), strict=True))

# Keypoints of lower visibility or confidence are treated as not seen.
MIN_VISIBLE = 0.3

_LEFT, _RIGHT, _UP, _DOWN = (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)
_REST_DIRECTIONS = {
    'root': (0, 0, 0),
    **dict.fromkeys(('right_hip', 'right_shoulder'), _RIGHT),
    **dict.fromkeys(('right_elbow', 'right_wrist'), _RIGHT),
    **dict.fromkeys(('left_hip', 'left_shoulder', 'left_elbow', 'left_wrist'), _LEFT),
    **dict.fromkeys(('right_knee', 'right_foot', 'left_knee', 'left_foot'), _DOWN),
    **dict.fromkeys(('spine', 'thorax', 'neck_base', 'head'), _UP),
}


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A tree of joints, and the direction and length of each bone at rest.

    Args:
        kind: ``'extended'`` or ``'rigid'``, see :func:`extended_skeleton` and
            :func:`rigid_skeleton`.
        joint_names: Name of each joint, J.
        parents: Index of each joint's parent, J; -1 for the root, which is first.
        rest_directions: Unit vector from the parent to the joint at rest, (J, 3);
            zero for the root and for virtual joints, which lie on their parent.
        bone_lengths: Distance of each joint from its parent in metres, (J,).
        keypoint_joints: For each of the 17 keypoints, the joint at its place, (17,).

    Raises:
        ValueError: If there is not one bone length for each joint, or a child precedes
            its parent.
    """

    kind: str
    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    rest_directions: np.ndarray = field(repr=False)
    bone_lengths: np.ndarray = field(repr=False)
    keypoint_joints: tuple[int, ...] = field(repr=False)

    def __post_init__(self) -> None:
        check_parents(self.parents)
        if self.bone_lengths.shape != (self.num_joints,):
            raise ValueError(
                f'bone_lengths has shape {self.bone_lengths.shape}; expected '
                f'({self.num_joints},), one length for each joint of the '
                f'{self.kind} skeleton.'
            )

    @property
    def num_joints(self) -> int:
        """J, the number of joints that carry rotations."""
        return len(self.parents)

    @property
    def bone_offsets(self) -> np.ndarray:
        """Offset of each joint from its parent at rest, in metres, (J, 3)."""
        return self.rest_directions * self.bone_lengths[:, None]

    @property
    def keypoint_bone_lengths(self) -> np.ndarray:
        """Length of the bone that ends at each keypoint, in metres, (17,)."""
        return self.bone_lengths[list(self.keypoint_joints)]

    @cached_property
    def aim_children(self) -> tuple[int, ...]:
        """First child of each joint, at which the joint's rotation points its bone, J.

        -1 for leaves, which need no rotation, and for the root, whose rotation is given
        by the root convention (:func:`mmposenorm.geometry.kinematics.root_frame`).
        """
        first = [-1] * self.num_joints
        for joint in reversed(range(1, self.num_joints)):
            first[self.parents[joint]] = joint
        first[0] = -1
        return tuple(first)

    @property
    def rotating_joints(self) -> tuple[int, ...]:
        """The joints whose rotation moves a bone: all except the leaves."""
        return (0, *(j for j, child in enumerate(self.aim_children) if child >= 0))


def check_parents(parents: Sequence[int]) -> None:
    """Check that the root comes first and every parent before its children."""
    if not len(parents) or parents[0] != -1:
        raise ValueError(f'parents must start with -1 for the root, but is {parents}.')
    for joint, parent in enumerate(parents[1:], start=1):
        if not 0 <= parent < joint:
            raise ValueError(
                f'Joint {joint} has parent {parent}, which does not come before it. '
                'Reorder the joints so that every parent precedes its children.'
            )


def extended_skeleton(keypoint_bone_lengths: Sequence[float] | np.ndarray) -> Skeleton:
    """Build the skeleton that can take every pose: 17 joints and 3 virtual ones.

    With rotations only at the 17 joints of Human3.6M, spine and hips form one rigid
    piece, and so do thorax and collar bones. Such a skeleton misses real poses by 13 mm
    on average (least-squares fit to four of them). One more joint of zero length at the
    root frees the spine, two at the thorax free the collar bones.

    Args:
        keypoint_bone_lengths: Length of the bone that ends at each of the 17
            keypoints, in metres; the root's is not used.

    Returns:
        The skeleton, J = 20.

    Raises:
        ValueError: If there are not 17 finite lengths, none negative.
    """
    virtual = {'spine': 'spine_root'}
    virtual |= {f'{side}_shoulder': f'{side}_clavicle' for side in ('left', 'right')}
    return _build('extended', keypoint_bone_lengths, virtual)


def rigid_skeleton(keypoint_bone_lengths: Sequence[float] | np.ndarray) -> Skeleton:
    """Build the skeleton of MotioNet and the paper, with Human3.6M's 17 joints only.

    Args:
        keypoint_bone_lengths: As in :func:`extended_skeleton`.

    Returns:
        The skeleton, J = 17.

    Raises:
        ValueError: If there are not 17 finite lengths, none negative.
    """
    return _build('rigid', keypoint_bone_lengths, {})


SKELETONS = {'extended': extended_skeleton, 'rigid': rigid_skeleton}


def default_bone_lengths() -> np.ndarray:
    """Bone lengths of the default condition skeleton, in metres, (17,).

    The mean over all frames of the CMU training clips and over both sides.
    ``tools/mean_bone_lengths.py`` writes the file they are read from.
    """
    text = files('mmposenorm').joinpath('condition_skeleton.json').read_text()
    lengths = json.loads(text)['bone_lengths']
    return np.array([lengths[name] for name in H36M_KEYPOINTS])


def mean_bone_lengths(clips: Sequence[np.ndarray]) -> np.ndarray:
    """Average the bone lengths over all frames of many clips and over both sides.

    Args:
        clips: 3D keypoints in metres, in any coordinate frame, each (T, 17, 3).

    Returns:
        Lengths in metres, (17,); 0 for the root.
    """
    bones = np.concatenate([c[:, 1:] - c[:, list(H36M_PARENTS[1:])] for c in clips])
    lengths = np.append(0, np.linalg.norm(bones.astype(float), axis=-1).mean(axis=0))
    return (lengths + lengths[list(H36M_MIRRORED)]) / 2


def _build(
    kind: str,
    keypoint_bone_lengths: Sequence[float] | np.ndarray,
    virtual: dict[str, str],
) -> Skeleton:
    lengths = np.asarray(keypoint_bone_lengths, dtype=float)
    if lengths.shape != (17,) or not (np.isfinite(lengths).all() and min(lengths) >= 0):
        raise ValueError(
            'keypoint_bone_lengths must be 17 finite lengths in metres, none negative, '
            f'in the order of H36M_KEYPOINTS, but is {keypoint_bone_lengths}.'
        )
    names: list[str] = []
    parents: list[int] = []
    directions, bone_lengths = [], []
    for name, parent, length in zip(H36M_KEYPOINTS, H36M_PARENTS, lengths, strict=True):
        parent = names.index(H36M_KEYPOINTS[parent]) if parent >= 0 else -1
        if name in virtual:
            names.append(virtual[name])
            parents.append(parent)
            directions.append((0, 0, 0))
            bone_lengths.append(0.0)
            parent = len(names) - 1
        names.append(name)
        parents.append(parent)
        directions.append(_REST_DIRECTIONS[name])
        bone_lengths.append(length if parent >= 0 else 0.0)
    return Skeleton(
        kind=kind,
        joint_names=tuple(names),
        parents=tuple(parents),
        rest_directions=np.array(directions, dtype=float),
        bone_lengths=np.array(bone_lengths),
        keypoint_joints=tuple(names.index(name) for name in H36M_KEYPOINTS),
    )
