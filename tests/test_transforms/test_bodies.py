import pytest
import torch

from mmposenorm.geometry.cameras import look_at, project, world_to_camera
from mmposenorm.geometry.kinematics import root_frame
from mmposenorm.skeletons import H36M_PARENTS
from mmposenorm.transforms import (
    LabelFootContact,
    MirrorClip,
    RenderTwice,
    ScaleBones,
    ViewClip,
)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def clips():
    """Two clips of random bodies that drift, (2, 6, 17, 3)."""
    generator = torch.Generator().manual_seed(1)
    body = torch.randn(2, 1, 17, 3, generator=generator)
    return body + torch.randn(2, 6, 1, 3, generator=generator) * 0.1


def bone_lengths(keypoints):
    parents = list(H36M_PARENTS[1:])
    return (keypoints[..., 1:, :] - keypoints[..., parents, :]).norm(dim=-1)


def camera_before(clips):
    position = torch.tensor([[1.0, 2, 9]] * len(clips))
    rotation, translation = look_at(position, clips[:, 0, 0])
    return {
        'rotation': rotation,
        'translation': translation,
        'focal': torch.tensor([[1100.0, 1200]] * len(clips)),
        'center': torch.tensor([[500.0, 510]] * len(clips)),
        'radial': torch.tensor([[0.1, -0.05, 0.01]] * len(clips)),
        'tangential': torch.tensor([[0.01, 0.02]] * len(clips)),
    }


def test_scaled_bones_keep_symmetry_and_stay_the_same_all_clip(clips, generator):
    scaled = ScaleBones((0.75, 1.25))({'keypoints_world': clips}, generator)
    ratio = bone_lengths(scaled['keypoints_world']) / bone_lengths(clips)
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio))
    assert ratio.min() >= 0.7499
    assert ratio.max() <= 1.2501
    assert ratio.std() > 0.05
    for left, right in ((4, 1), (5, 2), (6, 3), (11, 14), (12, 15), (13, 16)):
        torch.testing.assert_close(ratio[..., left - 1], ratio[..., right - 1])


def test_scaling_by_one_changes_nothing(clips, generator):
    scaled = ScaleBones((1, 1))({'keypoints_world': clips}, generator)
    torch.testing.assert_close(scaled['keypoints_world'], clips)


def test_a_mirrored_clip_swaps_sides(clips, generator):
    mirrored = MirrorClip(prob=1)({'keypoints_world': clips}, generator)
    keypoints = mirrored['keypoints_world']
    left_wrist, right_wrist = 13, 16
    torch.testing.assert_close(
        keypoints[..., left_wrist, :],
        clips[..., right_wrist, :] * torch.tensor([-1.0, 1, 1]),
    )


def test_mirroring_twice_is_nothing(clips, generator):
    inputs = {'keypoints_world': clips, 'camera': camera_before(clips)}
    inputs = ViewClip()(inputs, generator)
    del inputs['lifting_target']
    twice = MirrorClip(prob=1)(MirrorClip(prob=1)(inputs, generator), generator)
    torch.testing.assert_close(twice, inputs)


def test_the_mirrored_camera_sees_the_mirrored_picture(clips, generator):
    inputs = {'keypoints_world': clips, 'camera': camera_before(clips)}
    inputs = ViewClip()(inputs, generator)
    mirrored = MirrorClip(prob=1)(inputs, generator)
    seen = project(
        world_to_camera(mirrored['keypoints_world'], mirrored['camera']),
        mirrored['camera'],
    )
    torch.testing.assert_close(seen, mirrored['keypoints'], atol=1e-2, rtol=1e-5)
    assert (mirrored['keypoints'] - inputs['keypoints']).abs().max() > 1


def test_prob_zero_mirrors_nothing(clips, generator):
    inputs = {'keypoints_world': clips}
    torch.testing.assert_close(MirrorClip(prob=0)(inputs, generator), inputs)


def test_a_mirrored_body_still_faces_forward(generator):
    # Facing +z before and after: front stays front, left and right change places.
    rest = torch.zeros(1, 1, 17, 3)
    rest[..., 4, 0], rest[..., 1, 0], rest[..., 8, 1] = 1, -1, 1
    mirrored = MirrorClip(prob=1)({'keypoints_world': rest}, generator)
    torch.testing.assert_close(
        root_frame(mirrored['keypoints_world'])[0, 0], torch.eye(3)
    )


def test_a_standing_foot_is_in_contact_and_a_swinging_one_is_not(generator):
    # 50 fps; the right foot rests at 0.08 m, the left swings at 0.3 m with 2 m/s.
    world = torch.zeros(1, 10, 17, 3)
    world[..., 3, 1] = 0.08
    world[..., 6, 1] = 0.3
    world[..., 6, 2] = torch.arange(10) * 2 / 50
    inputs = {'keypoints_world': world, 'fps': torch.tensor([50.0])}
    contact = LabelFootContact()(inputs, generator)['foot_contact']
    assert contact.shape == (1, 10, 2)
    assert (contact[..., 0] == 1).all()
    assert (contact[..., 1] == 0).all()


def test_a_low_foot_that_slides_is_not_in_contact(generator):
    # 0.3 m/s at the height of the floor, over the limit of 0.25 m/s.
    world = torch.zeros(1, 10, 17, 3)
    world[..., 2] = torch.arange(10)[:, None] * 0.3 / 50
    inputs = {'keypoints_world': world, 'fps': torch.tensor([50.0])}
    assert LabelFootContact()(inputs, generator)['foot_contact'].sum() == 0


def test_rendering_twice_pairs_a_clip_with_itself(clips, generator):
    twice = RenderTwice()({'keypoints_world': clips}, generator)['keypoints_world']
    torch.testing.assert_close(twice[:2], clips)
    torch.testing.assert_close(twice[2:], clips)


def test_a_clip_that_has_a_camera_cannot_be_rendered_twice(clips, generator):
    with pytest.raises(ValueError, match='motion capture'):
        RenderTwice()({'keypoints_world': clips, 'camera': {}}, generator)
