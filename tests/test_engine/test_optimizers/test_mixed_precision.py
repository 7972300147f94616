import torch
from torch import nn

from mmposenorm.engine.optimizers import CPUAmpOptimWrapper


def test_only_the_forward_pass_runs_in_bfloat16():
    net = nn.Linear(4, 4)
    wrapper = CPUAmpOptimWrapper(torch.optim.SGD(net.parameters(), lr=0.1))
    with wrapper.optim_context(net):
        output = net(torch.ones(2, 4))
    assert output.dtype == torch.bfloat16
    assert net(torch.ones(2, 4)).dtype == torch.float32
    before = net.bias.clone()
    wrapper.update_params(output.float().sum())
    # Each bias has a gradient of 1 from each of the two rows.
    torch.testing.assert_close(net.bias, before - 0.1 * 2)
    assert net.weight.dtype == torch.float32
