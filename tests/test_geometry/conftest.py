import pytest
import torch

from mmposenorm import forward_kinematics
from mmposenorm.skeletons import default_bone_lengths, extended_skeleton


@pytest.fixture
def random_rotations():
    """Return a function that draws unit quaternions, (*shape, 4)."""

    def draw(*shape, seed=0):
        generator = torch.Generator().manual_seed(seed)
        q = torch.randn(*shape, 4, generator=generator, dtype=torch.float64)
        return q / q.norm(dim=-1, keepdim=True)

    return draw


@pytest.fixture
def skeleton():
    return extended_skeleton(default_bone_lengths())


@pytest.fixture
def poses(skeleton, random_rotations):
    """Random poses of the extended skeleton as keypoints, (6, 17, 3)."""
    joints = forward_kinematics(
        random_rotations(6, skeleton.num_joints),
        torch.from_numpy(skeleton.bone_offsets),
        skeleton.parents,
    )
    return joints[:, list(skeleton.keypoint_joints)]
