import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from mmposenorm.geometry.kinematics import (
    bone_vectors,
    forward_kinematics,
    inverse_kinematics,
    unit_vectors,
)
from mmposenorm.skeletons import default_bone_lengths, extended_skeleton
from mmposenorm.transforms import SynthesizeMotion
from mmposenorm.transforms.synthetic_motion import _move

SKELETON = extended_skeleton(default_bone_lengths())
ROOT_AND_HIPS = [0, 1, 4]
# Upper and lower halves of the limbs, by the keypoints at the ends of their bones.
LIMBS = {'right leg': (2, 3), 'left leg': (5, 6), 'left arm': (12, 13)}
LIMBS['right arm'] = (15, 16)


def poses_of(num_poses, seed=1):
    """Random poses of one body with moderate angles, (N, 17, 3)."""
    vectors = np.random.default_rng(seed).normal(0, 0.5, (num_poses, 20, 3))
    rotations = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_quat(scalar_first=True)
    joints = forward_kinematics(
        rotations.reshape(num_poses, 20, 4), SKELETON.bone_offsets, SKELETON.parents
    )
    return torch.from_numpy(joints[:, list(SKELETON.keypoint_joints)])


def still_clips(num_clips, num_frames):
    """Clips of persons who do not move, each in another pose."""
    return poses_of(num_clips)[:, None].repeat(1, num_frames, 1, 1)


@pytest.fixture
def clips():
    """Eight clips of random poses on bodies of their own, (8, 20, 17, 3)."""
    sizes = torch.linspace(0.7, 1.3, 8)[:, None, None, None].double()
    return sizes * poses_of(160).unflatten(0, (8, 20))


def synthesize(clips, seed=0, share=1.0, fps=50.0, **options):
    inputs = {'keypoints_world': clips, 'fps': torch.full((len(clips),), fps)}
    generator = torch.Generator().manual_seed(seed)
    return SynthesizeMotion(share, **options)(inputs, generator)['keypoints_world']


def directions(clips, bone):
    return unit_vectors(bone_vectors(clips)[..., bone, :])


def angles(a, b):
    """Angles between unit vectors in degrees."""
    return torch.atan2(torch.linalg.cross(a, b).norm(dim=-1), (a * b).sum(-1)).rad2deg()


def bends(clips, limb):
    """Angles between the halves of a limb in degrees, 0 if it is straight, (B, T)."""
    upper, lower = LIMBS[limb]
    return angles(directions(clips, upper), directions(clips, lower))


def test_bone_lengths_root_and_hips_stay(clips):
    made = synthesize(clips)
    torch.testing.assert_close(
        bone_vectors(made).norm(dim=-1), bone_vectors(clips).norm(dim=-1)
    )
    torch.testing.assert_close(
        made[:, :, ROOT_AND_HIPS], clips[:, :, ROOT_AND_HIPS], rtol=0, atol=1e-9
    )


def test_where_all_poses_are_the_same_nothing_changes():
    clips = poses_of(1)[:, None].repeat(4, 6, 1, 1)
    torch.testing.assert_close(synthesize(clips), clips)


def test_joints_bend_no_further_than_in_the_batch(clips):
    made = synthesize(clips)
    for limb in LIMBS:
        assert bends(made, limb).max() <= bends(clips, limb).max() + 1e-6
        assert bends(made, limb).max() > bends(clips, limb).median()


def test_thighs_and_arms_swing_no_further_than_in_the_batch():
    # Of one body and with straight trunks: all frames then are those of the root.
    clips = poses_of(160).unflatten(0, (8, 20))
    rotations = inverse_kinematics(clips, SKELETON)
    names = SKELETON.joint_names
    trunk = ['spine_root', 'spine', 'thorax', 'left_clavicle', 'right_clavicle']
    rotations[..., [0, *map(names.index, trunk)], :] = torch.eye(4).double()[0]
    clips = forward_kinematics(
        rotations, torch.from_numpy(SKELETON.bone_offsets), SKELETON.parents
    )[..., list(SKELETON.keypoint_joints), :]
    swings = [
        2 * inverse_kinematics(poses, SKELETON)[..., 0].clamp(max=1).acos()
        for poses in (clips, synthesize(clips))
    ]
    for joint in ('right_hip', 'left_hip', 'right_shoulder', 'left_shoulder'):
        recorded, made = (swing[..., names.index(joint)].max() for swing in swings)
        assert made <= recorded + 1e-6


@pytest.mark.parametrize(
    ('bones', 'highest'), [((7, 8, 9, 10, 11, 14), 200.0), ((2, 5), 600.0)]
)
def test_bones_are_no_faster_than_people_are(bones, highest):
    made = synthesize(still_clips(12, 40), interval=(1e-3, 1e-3))
    for bone in bones:
        pointing = directions(made, bone)
        speeds = 50 * angles(pointing[:, 1:], pointing[:, :-1])
        assert speeds.max() <= highest + 1e-6
    fastest = [directions(made, bone) for bone in bones]
    speeds = torch.stack([50 * angles(d[:, 1:], d[:, :-1]) for d in fastest])
    assert speeds.max() > 0.5 * highest  # the limit is used


def test_knees_and_elbows_are_no_faster_than_people_are():
    made = synthesize(still_clips(12, 40), interval=(1e-3, 1e-3))
    for limb, highest in zip(LIMBS, (600, 600, 800, 800), strict=True):
        assert 50 * bends(made, limb).diff(dim=1).abs().max() <= highest + 1e-6


def test_motion_is_smooth():
    # 1,000 frames/s: in each, the speed changes by what acceleration allows. The
    # highest of a minimum-jerk movement is 5.774 times the way over the squared time.
    made = synthesize(still_clips(12, 60), fps=1000.0, interval=(0.3, 0.3))
    for bone in (2, 5, 7, 8):
        pointing = directions(made, bone)
        second_differences = 1e6 * pointing.diff(n=2, dim=1).norm(dim=-1)
        # Turning at up to 600 degrees/s also bends the way of the bone's end.
        allowed = 5.774 * math.pi / 0.3**2 + math.radians(600) ** 2
        assert second_differences.max() <= allowed


def test_minimum_jerk_by_hand():
    keys = torch.zeros(3, 14, 1, 3)
    keys[0, :, 0] = torch.tensor([0.0, 1, 3])
    times = torch.tensor([0.0, 0.25, 0.5, 1, 1.5, 2, 7]).expand(5, 1, 7)
    # 10 s^3 - 15 s^4 + 6 s^5 is 53 / 512 at 1/4 and 1/2 at 1/2; after the last key
    # pose there is no more to do.
    expected = torch.tensor([0, 53 / 512, 0.5, 1, 2, 3, 3]).expand(14, 7)
    torch.testing.assert_close(_move(keys, times)[0, :, 0], expected)


def test_each_limb_moves_on_its_own():
    # Recorded people bend all limbs alike.
    rotations = torch.zeros(10, 20, 4).double()
    half = torch.linspace(0.1, 0.9, 10).double()
    rotations[..., 0] = 1
    for name, axis in zip(
        ('right_knee', 'left_knee', 'right_elbow', 'left_elbow'),
        (1, 1, 2, 2),
        strict=True,
    ):
        joint = SKELETON.joint_names.index(name)
        rotations[:, joint, 0] = half.cos()
        rotations[:, joint, axis] = half.sin()
    poses = forward_kinematics(
        rotations, torch.from_numpy(SKELETON.bone_offsets), SKELETON.parents
    )[:, list(SKELETON.keypoint_joints)]
    clips = poses[:, None].repeat(1, 4, 1, 1)
    recorded = torch.stack([bends(clips, limb) for limb in LIMBS])
    torch.testing.assert_close(recorded[1:], recorded[:-1])
    made = torch.stack([bends(synthesize(clips), limb) for limb in LIMBS])
    apart = (made[:, None] - made[None]).abs().mean(dim=(2, 3))
    assert apart[~torch.eye(4, dtype=torch.bool)].min() > 3


@pytest.mark.parametrize(
    ('share', 'expected'), [(0.0, 0), (0.06, 0), (0.25, 2), (0.5, 4), (1.0, 8)]
)
def test_a_share_of_the_clips_is_replaced_and_the_rest_stays(clips, share, expected):
    made = synthesize(clips, share=share)
    changed = (made != clips).flatten(1).any(dim=1)
    assert changed.sum() == expected


def test_the_clips_that_are_replaced_are_drawn(clips):
    replaced = [
        (synthesize(clips, seed, share=0.25) != clips).flatten(1).any(dim=1)
        for seed in range(20)
    ]
    assert torch.stack(replaced).any(dim=0).all()


def test_a_seed_gives_the_same_motion(clips):
    torch.testing.assert_close(synthesize(clips, 3), synthesize(clips, 3))
    assert not torch.equal(synthesize(clips, 3), synthesize(clips, 4))


def test_one_frame_and_one_clip_do():
    clip = poses_of(1)[:, None]
    torch.testing.assert_close(synthesize(clip), clip)


@pytest.mark.parametrize(
    'options', [{'share': 1.5}, {'interval': (0, 1)}, {'interval': (1, 0.5)}]
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match='Check SynthesizeMotion in your config'):
        SynthesizeMotion(**options)


def test_clips_with_2d_keypoints_are_refused(clips):
    inputs = {'keypoints_world': clips, 'keypoints': clips[..., :2]}
    with pytest.raises(ValueError, match='Use it with motion capture'):
        SynthesizeMotion()(inputs, torch.Generator())
