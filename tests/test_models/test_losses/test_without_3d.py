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
    # Keypoints 1 and 4, the hips, at (1, 0, 0) and (0, 2, 0) are seen at (1/4, 0) and
    # (0, 1): for a distance d they are 1 - d/4 and 2 - d from their rays, least in
    # squares for d = (1/4 + 2) / (1/16 + 1) = 36/17. Everything else is at the root.
    pose = torch.zeros(17, 3, dtype=torch.float64)
    pose[1, 0], pose[4, 1] = 1, 2
    pose[2:4], pose[5:7] = pose[1], pose[4]  # the legs have no length
    rays = torch.zeros(17, 2, dtype=torch.float64)
    rays[1, 0], rays[4, 1] = 0.25, 1
    visible = torch.ones(17, dtype=torch.float64)
    visible[2:4] = visible[5:7] = 0  # nor are they seen
    expected = torch.zeros(17, dtype=torch.float64)
    expected[1], expected[4] = 1 - 9 / 17, (2 - 36 / 17) / -2
    loss = reprojection_loss(pose, rays, visible)
    torch.testing.assert_close(loss, expected)
    module = ReprojectionLoss(loss_weight=2.0)(pose, rays, visible)
    seen = 12  # of 16 bones; the legs have four
    assert module.item() == pytest.approx(2 * expected.sum().item() / seen)


def test_a_bone_counts_by_its_length(pose):
    # Seen without perspective, the same error is twice as large a share of half a bone.
    flat = pose.clone()
    flat[..., 2] = 0
    place = torch.tensor([0, 0, 5.0], dtype=torch.float64)
    placed = flat + place
    rays = placed[..., :2] / placed[..., 2:]
    moved = flat.clone()
    moved[:, 16, 0] += 1e-6  # a wrist
    bone = (flat[:, 16] - flat[:, 15]).norm(dim=-1)
    error = bone * reprojection_loss(moved, rays, SEEN)[:, 16]
    torch.testing.assert_close(error, torch.full_like(bone, 1e-6), rtol=0.3, atol=0)


def test_what_was_not_seen_may_be_anywhere(pose):
    rays = rays_of(pose, (0.0, 0.0, 4.0))
    rays[:, 3] += 1
    visible = SEEN.clone()
    visible[:, 3] = 0
    assert reprojection_loss(pose, rays, visible).max() < 1e-9
    assert reprojection_loss(pose, rays, SEEN).max() > 0.1


def test_reprojection_gradients(pose):
    rays = rays_of(pose, (0.0, 0.0, 4.0)).requires_grad_()
    moved = (1.1 * pose + 0.05 * pose.flip(-2)).requires_grad_()
    assert torch.autograd.gradcheck(reprojection_loss, (moved, rays, SEEN))
    exact = pose.clone().requires_grad_()
    reprojection_loss(exact, rays.detach(), 0 * SEEN).sum().backward()
    assert exact.grad.abs().max() == 0  # not NaN where nothing was seen


def pair(first, second):
    return list(zip(*KEYPOINT_PAIRS, strict=True)).index((first, second))


def test_ordinal_depth_by_hand():
    # Keypoint 2 is 3-4-5 away from keypoint 0: its slope is 0.6. Keypoint 3 is 0.04
    # behind keypoint 0 and 0.4 aside: 0.0995.
    pose = torch.zeros(17, 3)
    pose[1, 0] = 1
    pose[2] = torch.tensor([0, 0.4, 0.3])
    pose[3] = torch.tensor([0, 0.4, 0.04])
    order = torch.zeros(136)
    order[pair(0, 2)] = 1  # right, by more than the margin
    order[pair(1, 2)] = -1  # wrong: 1, 0.4 and 0.3 apart
    order[pair(0, 3)] = 1  # right, but by less than the margin
    loss = ordinal_depth_loss(pose, order, margin=0.2)
    assert loss[pair(0, 2)] == 0
    wrong = 0.2 + 0.3 / (1 + 0.16 + 0.09) ** 0.5
    assert loss[pair(1, 2)].item() == pytest.approx(wrong)
    assert loss[pair(0, 3)].item() == pytest.approx(0.2 - 0.04 / 0.1616**0.5)
    assert loss[pair(2, 3)].item() == pytest.approx(0.8)  # neither, but straight behind
    assert loss[pair(1, 3)] == 0
    labelled = torch.zeros(136)
    labelled[pair(1, 2)] = labelled[pair(1, 3)] = 1
    mean = OrdinalDepthLoss(margin=0.2)(pose, order, labelled)
    assert mean.item() == pytest.approx(wrong / 2)


def test_without_labels_there_is_no_loss():
    nothing = torch.zeros(2, 136)
    assert OrdinalDepthLoss()(torch.randn(2, 17, 3), nothing, nothing) == 0


def test_ordinal_depth_pushes_apart_by_its_gradient():
    pose = torch.zeros(17, 3)
    pose[9, 0] = 0.5
    pose.requires_grad_()
    order = torch.zeros(136)
    order[pair(4, 9)] = 1  # 4 is nearer
    ordinal_depth_loss(pose, order, margin=0.1)[pair(4, 9)].backward()
    # Descent brings 4 nearer and takes 9 away, by 1 / 0.5 each.
    assert pose.grad[[4, 9], 2].tolist() == [2, -2]


def test_ordinal_depth_of_keypoints_at_one_place_has_a_finite_gradient():
    pose = torch.zeros(17, 3, requires_grad=True)
    ordinal_depth_loss(pose, torch.ones(136), margin=0.1).sum().backward()
    assert pose.grad.isfinite().all()
