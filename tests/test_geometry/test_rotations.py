import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from mmposenorm.geometry.rotations import (
    canonical_quaternion,
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_to_matrix,
    rotation_6d_to_matrix,
    shortest_arc,
    squared_quaternion_distance,
)


def random_quaternions(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    q = torch.randn(*shape, 4, generator=generator, dtype=dtype)
    return q / q.norm(dim=-1, keepdim=True)


def scipy_rotation(quaternions):
    return Rotation.from_quat(quaternions.numpy()[..., [1, 2, 3, 0]])


def test_quarter_turn_about_z_takes_x_to_y():
    q = torch.tensor([0.5**0.5, 0, 0, 0.5**0.5], dtype=torch.float64)
    turned = quaternion_to_matrix(q) @ torch.tensor([1.0, 0, 0]).double()
    torch.testing.assert_close(turned, torch.tensor([0.0, 1, 0]).double())


@pytest.mark.parametrize('batch_shape', [(), (1,), (2, 5)])
def test_quaternion_to_matrix_agrees_with_scipy(batch_shape):
    q = random_quaternions(*batch_shape)
    expected = scipy_rotation(q.reshape(-1, 4)).as_matrix()
    np.testing.assert_allclose(
        quaternion_to_matrix(q).numpy(), expected.reshape(*batch_shape, 3, 3)
    )


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_round_trip_quaternion_matrix_quaternion(dtype):
    q = random_quaternions(7, dtype=dtype)
    back = matrix_to_quaternion(quaternion_to_matrix(q))
    assert back.dtype == dtype
    assert (back[..., 0] >= 0).all()
    torch.testing.assert_close(back, canonical_quaternion(q))


def test_product_applies_the_second_rotation_first():
    a, b = random_quaternions(4, seed=1), random_quaternions(4, seed=2)
    torch.testing.assert_close(
        quaternion_to_matrix(quaternion_multiply(a, b)),
        quaternion_to_matrix(a) @ quaternion_to_matrix(b),
    )


def test_conjugate_undoes():
    q = random_quaternions(4)
    identity = torch.tensor([1.0, 0, 0, 0]).double().expand(4, 4)
    torch.testing.assert_close(
        quaternion_multiply(q, quaternion_conjugate(q)), identity
    )


def test_6d_gives_a_rotation_with_the_first_vector_in_front():
    rotation_6d = torch.tensor([2.0, 0, 0, 5, 3, 0]).double()
    torch.testing.assert_close(
        rotation_6d_to_matrix(rotation_6d), torch.eye(3, dtype=torch.float64)
    )


def test_6d_of_a_rotation_is_its_first_two_columns():
    rot_mats = quaternion_to_matrix(random_quaternions(5))
    rotation_6d = rot_mats[..., :2].mT.flatten(-2)
    torch.testing.assert_close(rotation_6d_to_matrix(rotation_6d), rot_mats)


def test_quaternion_distance_ignores_signs():
    q = random_quaternions(3)
    assert squared_quaternion_distance(q, -q).abs().max() == 0
    # Half a turn apart: |a - b|^2 = |a + b|^2 = 2.
    identity = torch.tensor([1.0, 0, 0, 0])
    half_turn = torch.tensor([0.0, 1, 0, 0])
    assert squared_quaternion_distance(identity, half_turn).item() == 2


def test_shortest_arc_is_the_smallest_rotation():
    start = torch.tensor([1.0, 0, 0]).double()
    end = torch.tensor([np.cos(0.4), np.sin(0.4), 0]).double()
    expected = torch.tensor([np.cos(0.2), 0, 0, np.sin(0.2)])
    torch.testing.assert_close(shortest_arc(start, end), expected)


@pytest.mark.parametrize('angle', [0, 1e-9, 1, np.pi - 1e-6, np.pi - 1e-12, np.pi])
def test_shortest_arc_arrives_at_any_angle(angle):
    start = torch.tensor([0.0, -1, 0]).double()
    end = torch.tensor([0, -np.cos(angle), np.sin(angle)])
    turn = shortest_arc(start, end)
    assert turn.norm().item() == pytest.approx(1)
    arrived = quaternion_to_matrix(turn) @ start
    torch.testing.assert_close(arrived, end, atol=1e-9, rtol=0)


def test_gradients_of_the_conversions():
    q = random_quaternions(2, seed=3).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda q: quaternion_to_matrix(q / q.norm(dim=-1, keepdim=True)), (q,)
    )
    vectors = torch.randn(2, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(rotation_6d_to_matrix, (vectors,))
