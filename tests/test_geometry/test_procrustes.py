import numpy as np
import pytest
import torch
from scipy.spatial import procrustes

from mmposenorm.geometry.procrustes import procrustes_align
from mmposenorm.geometry.rotations import quaternion_to_matrix


def points(seed):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(4, 17, 3)))


def similarity(source, scale=1.7):
    q = torch.tensor([0.5, 0.5, -0.5, 0.5]).double()
    return scale * source @ quaternion_to_matrix(q).mT + 3


def test_undoes_a_similarity():
    torch.testing.assert_close(
        procrustes_align(similarity(points(0)), points(0)), points(0)
    )


def test_without_scale_undoes_a_rigid_motion():
    torch.testing.assert_close(
        procrustes_align(similarity(points(0), scale=1), points(0), scale=False),
        points(0),
    )


def test_without_scale_keeps_distances():
    moved = procrustes_align(points(0), points(1), scale=False)
    torch.testing.assert_close(
        torch.cdist(moved, moved), torch.cdist(points(0), points(0))
    )


def test_agrees_with_scipy():
    # scipy's disparity is the squared error over the target's squared size.
    # scipy may mirror and we never do: near each other, neither does.
    source = points(0)[0]
    target = source + 0.3 * points(1)[0]
    expected = procrustes(target.numpy(), source.numpy())[2]
    aligned = procrustes_align(source, target)
    centred = target - target.mean(dim=0)
    found = (aligned - target).square().sum() / centred.square().sum()
    assert found.item() == pytest.approx(expected)


def test_never_mirrors():
    source = points(0)
    mirrored = source * torch.tensor([-1.0, 1, 1]).double()
    assert (procrustes_align(mirrored, source) - source).norm(dim=-1).mean() > 0.1
