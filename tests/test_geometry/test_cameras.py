import pickle

import numpy as np
import pytest
import torch

from mmposenorm.geometry.cameras import (
    camera_to_world,
    look_at,
    project,
    turn_towards,
    world_to_camera,
)


def camera(**changes):
    plain = {
        'rotation': torch.eye(3),
        'translation': torch.zeros(3),
        'focal': torch.tensor([1000.0, 1000]),
        'center': torch.tensor([500.0, 500]),
        'radial': torch.zeros(3),
        'tangential': torch.zeros(2),
    }
    return plain | {key: torch.tensor(value) for key, value in changes.items()}


def test_projection_by_hand():
    # 1 m right and 0.5 m down at 2 m: 1000 * (0.5, 0.25) + 500.
    points = torch.tensor([[[1.0, 0.5, 2]]])
    expected = torch.tensor([[[1000.0, 750]]])
    torch.testing.assert_close(project(points, camera()), expected)


def test_distortion_by_hand():
    # x = y = 1, r2 = 2; radial 1 + 0.1 * 2 + 0.01 * 4 = 1.24, tangential
    # 0.02 * 1 + 0.03 * 1 = 0.05; u = 1.29 + 2 * 0.03, v = 1.29 + 2 * 0.02.
    lens = camera(
        radial=[0.1, 0.01, 0.0],
        tangential=[0.02, 0.03],
        focal=[1.0, 1],
        center=[0.0, 0],
    )
    expected = torch.tensor([[[1.35, 1.33]]])
    torch.testing.assert_close(project(torch.ones(1, 1, 3), lens), expected)


def test_projects_human36m_as_it_was_annotated(shared_data):
    folder = shared_data / 'h36m_sample'
    with (folder / 'cameras.pkl').open('rb') as file:
        cameras = pickle.load(file)
    with np.load(folder / 'test_h36m_body3d.npz') as annotation:
        names, part, target = (annotation[key] for key in ('imgname', 'part', 'S'))
    for name, keypoints, keypoints_3d in zip(names, part, target, strict=True):
        subject, _, rest = name.split('/')[-1].partition('_')
        raw = cameras[subject, rest.split('.')[1].split('_')[0]]
        lens = camera(
            focal=raw['f'].ravel().tolist(),
            center=raw['c'].ravel().tolist(),
            radial=raw['k'].ravel().tolist(),
            tangential=raw['p'].ravel().tolist(),
        )
        lens = {key: value.double() for key, value in lens.items()}
        points = torch.from_numpy(keypoints_3d[None, :, :3])
        error = project(points, lens)[0].numpy() - keypoints[:, :2]
        assert np.abs(error).max() < 0.01


def test_camera_at_a_distance_sees_the_target_in_the_middle_and_up_as_up():
    position, target = torch.tensor([3.0, 1.5, 4]), torch.tensor([0.0, 1, 0])
    rotation, translation = look_at(position, target)
    view = camera() | {'rotation': rotation, 'translation': translation}
    above = target + torch.tensor([0, 0.5, 0])
    right = target + torch.linalg.cross(target - position, torch.tensor([0.0, 1, 0]))
    points = world_to_camera(torch.stack([target, above, right])[None], view)[0]
    distance = (target - position).norm()
    torch.testing.assert_close(
        points[0],
        torch.stack([0 * distance, 0 * distance, distance]),
        atol=1e-5,
        rtol=0,
    )
    assert points[1, 1] < 0  # y points down
    assert points[2, 0] > 0  # x points right


def test_roll_turns_the_image():
    # The camera rolled by 90 degrees clockwise sees the world turned the other way:
    # what was above the middle goes to the left.
    position, target = torch.tensor([0.0, 0, 4]), torch.zeros(3)
    rotation, translation = look_at(position, target, torch.tensor(np.pi / 2).float())
    view = camera() | {'rotation': rotation, 'translation': translation}
    above = world_to_camera(torch.tensor([[[0.0, 1, 0]]]), view)
    expected = torch.tensor([[[-1.0, 0, 4]]])
    torch.testing.assert_close(above, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize('batch_shape', [(), (2,), (2, 3)])
def test_world_camera_world(batch_shape):
    generator = torch.Generator().manual_seed(0)
    position = torch.randn(*batch_shape, 3, generator=generator)
    rotation, translation = look_at(position, position + torch.tensor([1.0, 0.2, 0]))
    view = {'rotation': rotation, 'translation': translation}
    points = torch.randn(*batch_shape, 4, 17, 3, generator=generator)
    back = camera_to_world(world_to_camera(points, view), view)
    torch.testing.assert_close(back, points)


def test_a_camera_turns_towards_a_point_by_hand():
    half = 0.5**0.5
    # To the right by 45 degrees: what was right now lies behind and to the right.
    expected = torch.tensor([[half, 0, half], [0, 1, 0], [-half, 0, half]])
    torch.testing.assert_close(turn_towards(torch.tensor([2.0, 0, 2])), expected)
    # Straight ahead there is nothing to turn; upwards by 45 degrees, up is -y.
    torch.testing.assert_close(turn_towards(torch.tensor([0.0, 0, 3])), torch.eye(3))
    expected = torch.tensor([[1.0, 0, 0], [0, half, -half], [0, half, half]])
    torch.testing.assert_close(turn_towards(torch.tensor([0.0, -1, 1])), expected)


def test_a_turned_camera_is_a_rotation_with_a_level_x_axis():
    points = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    turns = turn_towards(points)
    torch.testing.assert_close(turns.mT @ turns, torch.eye(3).expand(50, 3, 3))
    torch.testing.assert_close(torch.linalg.det(turns), torch.ones(50))
    assert turns[:, 1, 0].abs().max() == 0
    ahead = points.norm(dim=-1)[:, None] * turns[..., 2]
    torch.testing.assert_close(ahead, points)


def test_a_pinhole_camera_needs_no_lens():
    points = torch.randn(1, 40, 3, generator=torch.Generator().manual_seed(0))
    points[..., 2] += 5
    pinhole = {k: v for k, v in camera().items() if k not in ('radial', 'tangential')}
    torch.testing.assert_close(project(points, pinhole), project(points, camera()))
