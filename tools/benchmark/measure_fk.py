"""The row ``fk`` of tools/benchmark: forward kinematics and its gradient."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from row import Row, in_turns
from torch import Tensor, nn

from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.geometry.rotations import quaternion_to_matrix
from mmposenorm.models.fk_head import FKHead
from mmposenorm.skeletons import default_bone_lengths, extended_skeleton

SKELETON = extended_skeleton(default_bone_lengths())


def measure_fk(batch: tuple[int, int] = (64, 64), turns: int = 15) -> list[Row]:
    """Compare forward kinematics, forward and backward, with a loop over the joints.

    Args:
        batch: Clips and frames of each.
        turns: Number of turns.
    """

    def differentiate(pose: Callable[[Tensor], Tensor], quaternions: Tensor) -> None:
        quaternions.grad = None
        pose(quaternions).square().sum().backward()

    rows = []
    for what, functions in fk_functions(batch).items():
        quaternions = draw_quaternions(batch)
        runs = {n: partial(differentiate, f, quaternions) for n, f in functions.items()}
        seconds = in_turns(runs, turns)
        figures = {f'{name}, ms': 1000 * times for name, times in seconds.items()}
        (ours, our_seconds), (loop, loop_seconds) = seconds.items()
        figures[f'ratio {loop} / {ours}'] = loop_seconds / our_seconds
        conditions = (
            f'{batch[0]} x {batch[1]} poses of the extended skeleton (J = 20), each '
            f'with its own bone lengths, float32, CPU; {turns} turns.'
        )
        rows.append(Row(f'fk: {what}', figures, conditions))
    return rows


def fk_functions(
    batch: tuple[int, int],
) -> dict[str, dict[str, Callable[[Tensor], Tensor]]]:
    """Return the functions to compare, ours and the loop, by name.

    All take unit quaternions (*batch, J, 4) and return positions in metres: of the
    joints of one skeleton or, as the losses need them, of the 17 keypoints on two.
    """
    scales = torch.empty(*batch, SKELETON.num_joints).uniform_(0.75, 1.25)
    mean = torch.tensor(SKELETON.bone_offsets).float().expand(*batch, -1, -1)
    skeletons = (scales[..., None] * mean, mean)
    keypoints, parents = list(SKELETON.keypoint_joints), SKELETON.parents
    lengths = [offsets.norm(dim=-1)[..., keypoints] for offsets in skeletons]
    head = FKHead(1, SKELETON, rotation='quaternion')
    head.linear = nn.Identity()

    def pose_with_head(quaternions: Tensor) -> Tensor:
        posed = head(quaternions[..., head.rotating, :].flatten(-2))
        return torch.stack([posed.place(length) for length in lengths])

    def pose_with_loop(quaternions: Tensor) -> Tensor:
        poses = [loop_over_joints(quaternions, s, parents) for s in skeletons]
        return torch.stack(poses)[..., keypoints, :]

    return {
        'one skeleton': {
            'forward_kinematics': lambda q: forward_kinematics(
                q, skeletons[0], parents
            ),
            'loop': lambda q: loop_over_joints(q, skeletons[0], parents),
        },
        'the same rotations on two skeletons': {
            'FKHead, PosedBones.place': pose_with_head,
            'loop': pose_with_loop,
        },
    }


def draw_quaternions(batch: tuple[int, int]) -> Tensor:
    """Draw unit quaternions that require a gradient, (*batch, J, 4)."""
    numbers = torch.randn(*batch, SKELETON.num_joints, 4)
    return nn.functional.normalize(numbers, dim=-1).requires_grad_()


def loop_over_joints(
    joint_rotations: Tensor, bone_offsets: Tensor, parents: Sequence[int]
) -> Tensor:
    """Compute forward kinematics one joint after another.

    Args:
        joint_rotations: Unit quaternions wxyz, local to the parent, (*batch, J, 4).
        bone_offsets: Offset from the parent in metres, (*batch, J, 3).
        parents: Parent of each joint, J.

    Returns:
        Joint positions relative to the root, in metres, (*batch, J, 3).
    """
    rot_mats = quaternion_to_matrix(joint_rotations)
    rotations = [rot_mats[..., 0, :, :]]
    positions = [torch.zeros_like(bone_offsets[..., 0, :])]
    for joint, parent in enumerate(parents[1:], start=1):
        bone = (rotations[parent] @ bone_offsets[..., joint, :, None])[..., 0]
        positions.append(positions[parent] + bone)
        rotations.append(rotations[parent] @ rot_mats[..., joint, :, :])
    return torch.stack(positions, dim=-2)
