import math

import torch

from mmposenorm.geometry.cameras import world_to_camera
from mmposenorm.transforms import ViewClip, VirtualCamera


def walking_clips(num_clips, seed=0):
    generator = torch.Generator().manual_seed(seed)
    body = torch.randn(num_clips, 1, 17, 3, generator=generator) * 0.3
    body[:, :, 0] = 0
    start = torch.randn(num_clips, 1, 1, 3, generator=generator)
    steps = torch.linspace(0, 2, 9)[None, :, None, None] * torch.tensor([1.0, 0, 0])
    return start + steps + body


def see(clips, seed=0, **options):
    inputs = {'keypoints_world': clips}
    return VirtualCamera(**options)(inputs, torch.Generator().manual_seed(seed))


def test_the_camera_keeps_its_distance_from_the_whole_path():
    clips = walking_clips(200)
    camera = see(clips, distance=(3, 5))['camera']
    roots = world_to_camera(clips, camera)[:, :, 0].norm(dim=-1)
    # Its aim moves, it does not: 3 m from every place of the path.
    assert roots.min() >= 3 - 1e-4


def test_yaw_goes_all_around_and_pitch_stays_in_its_limits():
    clips = walking_clips(400)
    camera = see(clips, pitch=(-10, 20), off_axis=(0, 0), roll=0)['camera']
    forward = camera['rotation'][:, 2]
    down = torch.rad2deg(torch.asin(-forward[:, 1]))
    assert down.min() >= -10.01
    assert down.max() <= 20.01
    yaw = torch.atan2(forward[:, 0], forward[:, 2])
    quarters = torch.histc(yaw, 4, -math.pi, math.pi)
    assert quarters.min() > 60  # 100 expected in each


def test_without_offset_the_middle_of_the_path_is_in_the_middle():
    clips = walking_clips(5)
    inputs = see(clips, off_axis=(0, 0), roll=0)
    middle = (clips[:, :1, :1] + clips[:, -1:, :1]) / 2
    seen = world_to_camera(middle, inputs['camera'])[:, 0, 0]
    torch.testing.assert_close(seen[:, :2], torch.zeros(5, 2), atol=1e-5, rtol=0)


def test_the_same_generator_gives_the_same_cameras():
    clips = walking_clips(3)
    torch.testing.assert_close(see(clips, 7), see(clips, 7))
    first, second = see(clips, 7)['camera'], see(clips, 8)['camera']
    assert (first['rotation'] - second['rotation']).abs().max() > 0.1


def test_view_clip_sees_everything_of_a_clip_without_2d():
    inputs = see(walking_clips(2))
    seen = ViewClip()(inputs, torch.Generator())
    assert seen['keypoints'].shape == (2, 9, 17, 2)
    assert (seen['keypoints_visible'] == 1).all()
    assert (seen['lifting_target'][..., 2] > 0).all()


def test_view_clip_keeps_2d_that_came_with_the_clip():
    inputs = see(walking_clips(2)) | {
        'keypoints': torch.full((2, 9, 17, 2), 3.0),
        'keypoints_visible': torch.zeros(2, 9, 17),
    }
    seen = ViewClip()(inputs, torch.Generator())
    assert (seen['keypoints'] == 3).all()
    assert (seen['keypoints_visible'] == 0).all()
