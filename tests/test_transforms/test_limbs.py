import math

import pytest
import roma
import torch

from mmposenorm.geometry.kinematics import bone_vectors, root_frame
from mmposenorm.transforms import ExchangeLimbs, TurnLimbs

LEGS, RIGHT_ARM, LEFT_ARM = [2, 3, 5, 6], [15, 16], [12, 13]
TRUNK = [0, 1, 4, 7, 8, 9, 10, 11, 14]


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def clips():
    """Six clips of random bodies that move, (6, 5, 17, 3)."""
    generator = torch.Generator().manual_seed(1)
    body = torch.randn(6, 1, 17, 3, generator=generator, dtype=torch.float64)
    clips = body + torch.randn(6, 5, 17, 3, generator=generator) * 0.1
    clips[:, :, 0] = (clips[:, :, 1] + clips[:, :, 4]) / 2
    return clips


def legs_from_the_hips(clips):
    """Directions of the leg bones in the root frame, (B, T, 4, 3)."""
    bones = (bone_vectors(clips) @ root_frame(clips))[..., LEGS, :]
    return bones / bones.norm(dim=-1, keepdim=True)


def arm_from_the_shoulders(clips, arm):
    """Directions of an arm's bones in the frame of the shoulders and the trunk."""
    # A root frame needs hips: here, a line between them like that of the shoulders.
    hung = clips - clips[:, :, :1]
    across = clips[:, :, 11] - clips[:, :, 14]
    hung[:, :, 4], hung[:, :, 1] = across / 2, -across / 2
    bones = (bone_vectors(clips) @ root_frame(hung))[..., arm, :]
    return bones / bones.norm(dim=-1, keepdim=True)


def exchange(clips, generator, prob=1.0):
    return ExchangeLimbs(prob)({'keypoints_world': clips}, generator)['keypoints_world']


def givers(after, before):
    """Which clip of ``before`` each of ``after`` equals, (B,)."""
    equal = torch.isclose(after[:, None], before[None], atol=1e-9).flatten(2).all(-1)
    assert (equal.sum(dim=1) == 1).all()
    return equal.long().argmax(dim=1)


def test_limbs_move_as_in_another_clip_of_the_batch(clips, generator):
    mixed = exchange(clips, generator)
    limbs = [(legs_from_the_hips(clips), legs_from_the_hips(mixed))] + [
        (arm_from_the_shoulders(clips, arm), arm_from_the_shoulders(mixed, arm))
        for arm in (RIGHT_ARM, LEFT_ARM)
    ]
    drawn = [givers(after, before) for before, after in limbs]
    for giver in drawn:
        assert giver.sort().values.tolist() == list(range(6))
    assert len({tuple(giver.tolist()) for giver in drawn}) == 3  # each on its own


def test_bodies_and_trunks_stay(clips, generator):
    mixed = exchange(clips, generator)
    torch.testing.assert_close(
        bone_vectors(mixed).norm(dim=-1), bone_vectors(clips).norm(dim=-1)
    )
    torch.testing.assert_close(mixed[..., TRUNK, :], clips[..., TRUNK, :])


def test_a_clip_alone_gives_itself_its_own_limbs(clips, generator):
    torch.testing.assert_close(exchange(clips[:1], generator), clips[:1])


def test_none_are_exchanged_at_probability_zero(clips, generator):
    torch.testing.assert_close(exchange(clips, generator, prob=0.0), clips)


def test_half_of_the_limbs_are_exchanged_by_default(generator):
    clips = torch.randn(2000, 1, 17, 3, generator=generator)
    mixed = exchange(clips, generator, prob=0.5)
    for limb in (LEGS, RIGHT_ARM, LEFT_ARM):
        moved = (mixed - clips)[:, 0, limb].abs().amax(dim=(1, 2)) > 1e-3
        assert 0.46 < moved.double().mean() < 0.54


def test_turned_limbs_keep_their_lengths_and_the_rest_stays(clips, generator):
    turned = TurnLimbs(30)({'keypoints_world': clips}, generator)['keypoints_world']
    torch.testing.assert_close(
        bone_vectors(turned).norm(dim=-1), bone_vectors(clips).norm(dim=-1)
    )
    torch.testing.assert_close(turned[..., TRUNK, :], clips[..., TRUNK, :])


def test_the_lower_half_turns_with_the_upper_and_once_more(clips, generator):
    turned = TurnLimbs(30)({'keypoints_world': clips}, generator)['keypoints_world']
    for upper, lower in ((2, 3), (5, 6), (12, 13), (15, 16)):
        before, after = (
            (bone_vectors(poses)[..., upper, :] * bone_vectors(poses)[..., lower, :])
            for poses in (clips, turned)
        )
        assert (before.sum(-1) - after.sum(-1)).abs().amax(dim=1).min() > 1e-3


def test_a_bone_turns_by_one_rotation_all_clip(clips, generator):
    turned = TurnLimbs(30)({'keypoints_world': clips}, generator)['keypoints_world']
    for joint in (2, 3, 5, 6, 12, 13, 15, 16):
        before, after = (
            (bone_vectors(poses)[..., None, joint, :] @ root_frame(poses))[..., 0, :]
            for poses in (clips, turned)
        )
        # The rotation is found from three frames and must fit all five.
        turn = torch.linalg.solve(before[:, :3], after[:, :3])
        torch.testing.assert_close(before @ turn, after)
        torch.testing.assert_close(
            turn @ turn.mT, torch.eye(3, dtype=turn.dtype).expand(6, 3, 3)
        )


def test_all_limbs_at_once_turn_as_one_after_another(clips, generator):
    turned = TurnLimbs(30)({'keypoints_world': clips}, generator)['keypoints_world']
    draws = torch.randn(8, 6, 3, generator=torch.Generator().manual_seed(0))
    frames = root_frame(clips)
    expected = clips.clone()
    whole, lower = ((2, 3), (5, 6), (12, 13), (15, 16)), ((3,), (6,), (13,), (16,))
    for limb, vectors in zip(whole + lower, math.radians(30) * draws, strict=True):
        turns = roma.rotvec_to_rotmat(vectors.double())[:, None]
        turns = frames @ turns @ frames.mT
        hung_on = expected[:, :, [limb[0] - 1]].clone()
        from_there = expected[:, :, list(limb)] - hung_on
        expected[:, :, list(limb)] = hung_on + from_there @ turns.mT
    torch.testing.assert_close(turned, expected)


def test_limbs_turn_by_the_asked_angle(generator):
    # An arm that stands out: turns about its own axis do not move it, those about the
    # other two do, by 8 degrees each.
    clips = torch.zeros(4000, 1, 17, 3)
    clips[..., 4, 0], clips[..., 1, 0] = 0.1, -0.1
    clips[..., [8, 9, 10, 11, 12, 13, 14, 15, 16], 1] = 0.5
    clips[..., 12, 0], clips[..., 13, 0] = 0.3, 0.6
    clips[..., [3, 6], 1], clips[..., [2, 5], 1] = -0.8, -0.4
    turned = TurnLimbs(8)({'keypoints_world': clips}, generator)['keypoints_world']
    bone = turned[:, 0, 12] - turned[:, 0, 11]
    angles = torch.acos(bone[:, 0] / bone.norm(dim=-1)).rad2deg()
    rms = angles.square().mean().sqrt().item()
    assert rms == pytest.approx(8 * 2**0.5, rel=0.05)
