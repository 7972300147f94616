import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from mmposenorm.models.lifters.sem_gcn import SemGCN, SemGraphBlock, SemGraphConv

CHAIN = (-1, 0, 1)  # three nodes in a row


def clips(num_clips=2, num_frames=3):
    return {
        'keypoint_labels': torch.randn(num_clips, num_frames, 17, 2),
        'keypoints_visible': torch.ones(num_clips, num_frames, 17),
    }


def test_a_new_layer_takes_equally_from_a_node_and_its_neighbours():
    adjacency = SemGraphConv(1, 1, CHAIN).adjacency()
    expected = [[1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3], [0, 1 / 2, 1 / 2]]
    torch.testing.assert_close(adjacency, torch.tensor(expected))


def test_known_output():
    conv = SemGraphConv(1, 1, CHAIN)
    conv.weight.data = torch.tensor([[10.0, 1.0]])  # own, of neighbours
    conv.bias.data = torch.tensor([0.5])
    # Node 0: 10 * 6 / 2 + 12 / 2; node 1: 10 * 12 / 3 + (6 + 18) / 3; ...
    expected = torch.tensor([[36.0], [48.0], [96.0]]) + 0.5
    torch.testing.assert_close(conv(torch.tensor([[6.0], [12.0], [18.0]])), expected)


def test_edge_weights_shift_the_shares_of_neighbours_only():
    conv = SemGraphConv(1, 1, CHAIN)
    conv.edge_weights.data = torch.randn_like(conv.edge_weights)
    adjacency = conv.adjacency()
    torch.testing.assert_close(adjacency.sum(-1), torch.ones(3))
    assert adjacency[0, 2] == adjacency[2, 0] == 0
    assert not torch.allclose(adjacency[1, 0], adjacency[1, 2])


class RefuseWaiting(TorchDispatchMode):
    """Fails at operations whose result has as many elements as the data say."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func not in (
            torch.ops.aten.nonzero.default,
            torch.ops.aten._local_scalar_dense.default,
        )
        assert not any(
            isinstance(index, torch.Tensor) and index.dtype == torch.bool
            for arg in args
            if isinstance(arg, list | tuple)
            for index in arg
        )
        return func(*args, **(kwargs or {}))


def test_a_gpu_never_waits_for_the_cpu():
    model = SemGCN(channels=8, num_blocks=1)
    inputs = clips()
    with RefuseWaiting():
        model(inputs).sum().backward()


def test_gradients_of_the_convolution():
    conv = SemGraphConv(2, 3, CHAIN).double()
    nodes = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda nodes, *_: conv(nodes), (nodes, conv.weight, conv.edge_weights)
    )


@pytest.mark.parametrize('batch_shape', [(), (1,), (2, 5)])
def test_a_block_keeps_the_shape_and_frames_apart(batch_shape):
    block = SemGraphBlock(4, parents=CHAIN).eval()
    nodes = torch.randn(*batch_shape, 3, 4)
    refined = block(nodes)
    assert refined.shape == nodes.shape
    alone = block(nodes.flatten(0, -3)[0] if batch_shape else nodes)
    torch.testing.assert_close(
        refined.flatten(0, -3)[0] if batch_shape else refined, alone
    )


def test_the_lifter_gives_metres_for_every_frame_and_its_latent():
    lifter = SemGCN(channels=8, num_blocks=2).eval()
    assert lifter(clips()).shape == (2, 3, 17, 3)
    assert lifter.latent(clips()).shape == (2, 3, 17, 8)


def test_edge_weights_learn():
    lifter = SemGCN(channels=8, num_blocks=1)
    lifter(clips()).square().sum().backward()
    for module in lifter.modules():
        if isinstance(module, SemGraphConv):
            assert module.edge_weights.grad.abs().min() > 1e-6
