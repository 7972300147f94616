import pytest
import torch

from mmposenorm.models.losses import OrdinalDepthLoss, ReprojectionLoss
from mmposenorm.models.losses.without_3d import ordinal_depth_loss, reprojection_loss
from mmposenorm.skeletons import KEYPOINT_PAIRS

SEEN = torch.ones(3, 17, dtype=torch.float64)


@pytest.fixture
def pose():
    """Poses relative to the root, a metre large."""
    generator = torch.Generator().manual_seed(0)
    pose = 0.5 * torch.randn(3, 17, 3, generator=generator, dtype=torch.float64)
    return pose - pose[:, :1]


def rays_of(pose, root, size=1.0):
    """Project a pose of some size whose root is at a place before the camera."""
    placed = size * pose + torch.tensor(root, dtype=pose.dtype)
    return placed[..., :2] / placed[..., 2:]


@pytest.mark.parametrize('size', [1.0, 1.3])
def test_a_pose_meets_its_own_rays_at_any_place_and_size(pose, size):
    rays = rays_of(pose, (0.4, -0.2, 5.0), size)
    assert reprojection_loss(pose, rays, SEEN).max() < 1e-9


def test_reprojection_by_hand():
    # Two keypoints at (1, 0, 0) and (0, 1, 0), seen at (1/4, 0) and (0, 1/2): for a
    # distance d they are (1 - d/4) and (1 - d/2) away, least in squares for
    # d = (1/4 + 1/2) / (1/16 + 1/4) = 2.4.
    pose = torch.zeros(17, 3, dtype=torch.float64)
    pose[1, 0] = pose[2, 1] = 1
    rays = torch.zeros(17, 2, dtype=torch.float64)
    rays[1, 0], rays[2, 1] = 0.25, 0.5
    expected = torch.zeros(17, dtype=torch.float64)
    expected[1], expected[2] = 0.4, 0.2
    loss = reprojection_loss(pose, rays, torch.ones(17, dtype=torch.float64))
    torch.testing.assert_close(loss, expected)
    module = ReprojectionLoss(loss_weight=2.0)(pose, rays, torch.ones(17).double())
    assert module.item() == pytest.approx(2 * 0.6 / 17)


def test_what_was_not_seen_may_be_anywhere(pose):
    rays = rays_of(pose, (0.0, 0.0, 4.0))
    rays[:, 3] += 1
    visible = SEEN.clone()
    visible[:, 3] = 0
    assert reprojection_loss(pose, rays, visible).max() < 1e-9
    assert reprojection_loss(pose, rays, SEEN).max() > 0.1


def test_reprojection_gradients(pose):
    rays = rays_of(pose, (0.0, 0.0, 4.0)).requires_grad_()
    moved = (1.1 * pose + 0.05).requires_grad_()
    assert torch.autograd.gradcheck(reprojection_loss, (moved, rays, SEEN))
    exact = pose.clone().requires_grad_()
    reprojection_loss(exact, rays.detach(), 0 * SEEN).sum().backward()
    assert exact.grad.abs().max() == 0  # not NaN where nothing was seen


def pair(first, second):
    return list(zip(*KEYPOINT_PAIRS, strict=True)).index((first, second))


def test_ordinal_depth_by_hand():
    depth = torch.zeros(17)
    depth[2], depth[3] = 0.3, 0.04
    order = torch.zeros(136)
    order[pair(0, 2)] = 1  # right, by more than the margin
    order[pair(1, 2)] = -1  # wrong: 0.1 + 0.3
    order[pair(0, 3)] = 1  # right, but by 0.04 only
    loss = ordinal_depth_loss(depth, order, margin=0.1)
    assert loss[pair(0, 2)] == 0
    assert loss[pair(1, 2)].item() == pytest.approx(0.4)
    assert loss[pair(0, 3)].item() == pytest.approx(0.06)
    assert loss[pair(2, 3)].item() == pytest.approx(0.16)  # neither, but 0.26 apart
    assert loss[pair(1, 3)] == 0
    labelled = torch.zeros(136)
    labelled[pair(1, 2)] = labelled[pair(1, 3)] = 1
    mean = OrdinalDepthLoss(margin=0.1)(depth, order, labelled)
    assert mean.item() == pytest.approx(0.2)


def test_without_labels_there_is_no_loss():
    nothing = torch.zeros(2, 136)
    assert OrdinalDepthLoss()(torch.randn(2, 17), nothing, nothing) == 0


def test_ordinal_depth_pushes_apart_by_its_gradient():
    depth = torch.zeros(17, requires_grad=True)
    order = torch.zeros(136)
    order[pair(4, 9)] = 1  # 4 is nearer
    ordinal_depth_loss(depth, order, margin=0.1).sum().backward()
    assert depth.grad[[4, 9]].tolist() == [1, -1]  # descent lowers depth 4
