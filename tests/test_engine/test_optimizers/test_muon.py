import copy

import pytest
import torch
from mmengine.optim import ConstantLR, build_optim_wrapper
from torch import nn

from mmposenorm.engine.optimizers.muon import MuonWithAdamW

pytestmark = pytest.mark.skipif(
    not hasattr(torch.optim, 'Muon'), reason='this PyTorch has no Muon'
)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 16), nn.Linear(16, 16), nn.Linear(16, 2))


def train(net, optimizer, steps):
    inputs = torch.randn(8, 3, generator=torch.Generator().manual_seed(1))
    for _ in range(steps):
        optimizer.zero_grad()
        net(inputs).square().mean().backward()
        optimizer.step()
    return [param.detach().clone() for param in net.parameters()]


def test_large_matrices_take_the_steps_of_muon_the_rest_those_of_adamw(net):
    other = copy.deepcopy(net)
    ours = train(net, MuonWithAdamW(net.parameters(), lr=0.01, smallest=16), 1)
    muon = torch.optim.Muon(
        [other[1].weight], lr=0.01, weight_decay=0.01, adjust_lr_fn='match_rms_adamw'
    )
    rest = [param for param in other.parameters() if param is not other[1].weight]
    adamw = torch.optim.AdamW(rest, lr=0.01, weight_decay=0.01)
    inputs = torch.randn(8, 3, generator=torch.Generator().manual_seed(1))
    other(inputs).square().mean().backward()
    muon.step()
    adamw.step()
    for param, expected in zip(ours, other.parameters(), strict=True):
        torch.testing.assert_close(param, expected.detach())


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(net):
    start = copy.deepcopy(net)
    whole = train(net, MuonWithAdamW(net.parameters(), smallest=16), 6)

    first = MuonWithAdamW(start.parameters(), smallest=16)
    train(start, first, 3)
    second = MuonWithAdamW(start.parameters(), lr=0.5, smallest=16)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for param, expected in zip(train(start, second, 3), whole, strict=True):
        torch.testing.assert_close(param, expected)


def test_a_schedule_reaches_both_parts_also_after_resuming(net):
    optimizer = MuonWithAdamW(net.parameters(), smallest=16)
    optimizer.load_state_dict(optimizer.state_dict())
    before = [param.detach().clone() for param in net.parameters()]
    for group in optimizer.param_groups:
        group['lr'] = 0.0
    for param, expected in zip(train(net, optimizer, 1), before, strict=True):
        torch.testing.assert_close(param, expected, rtol=0, atol=0)


def test_mmengine_builds_schedules_and_resumes_it(net):
    config = {
        'type': 'OptimWrapper',
        'optimizer': {'type': 'mmposenorm.MuonWithAdamW', 'smallest': 16, 'lr': 0.1},
    }
    wrapper = build_optim_wrapper(net, config)
    assert isinstance(wrapper.optimizer, MuonWithAdamW)
    scheduler = ConstantLR(wrapper, factor=0.5, end=2, by_epoch=False)
    assert [group['lr'] for group in wrapper.optimizer.param_groups] == [0.05, 0.05]
    train(net, wrapper.optimizer, 1)

    again = build_optim_wrapper(net, config)
    again.load_state_dict(wrapper.state_dict())
    assert again.get_lr() == wrapper.get_lr()
    scheduler.step()
    scheduler.step()
    assert wrapper.get_lr()['lr'] == [0.1, 0.1]


def test_a_network_without_large_matrices_is_a_clear_error(net):
    with pytest.raises(ValueError, match='Lower `smallest`, or use AdamW'):
        MuonWithAdamW(net.parameters())


def test_an_old_pytorch_is_a_clear_error(net, monkeypatch):
    monkeypatch.delattr(torch.optim, 'Muon')
    with pytest.raises(ImportError, match=r'needs PyTorch 2\.9 or newer'):
        MuonWithAdamW(net.parameters())


@pytest.mark.parametrize('name', ['1.weight', '2.weight'])  # of Muon, of AdamW
def test_options_of_single_weights_in_a_config_are_followed(net, name):
    config = {
        'type': 'OptimWrapper',
        'optimizer': {'type': 'mmposenorm.MuonWithAdamW', 'smallest': 16, 'lr': 0.1},
        'paramwise_cfg': {'custom_keys': {name: {'lr_mult': 0.0}}},
    }
    wrapper = build_optim_wrapper(net, config)
    before = {key: param.detach().clone() for key, param in net.named_parameters()}
    train(net, wrapper.optimizer, 1)
    for key, param in net.named_parameters():
        assert torch.equal(param, before[key]) == (key == name)
    again = build_optim_wrapper(net, config)
    again.load_state_dict(wrapper.state_dict())
    assert again.get_lr() == wrapper.get_lr()


def test_a_closure_gives_gradients_and_loss(net):
    other = copy.deepcopy(net)
    expected = train(other, MuonWithAdamW(other.parameters(), smallest=16), 1)
    inputs = torch.randn(8, 3, generator=torch.Generator().manual_seed(1))

    def closure():
        loss = net(inputs).square().mean()
        loss.backward()
        return loss

    first = net(inputs).square().mean()
    optimizer = MuonWithAdamW(net.parameters(), smallest=16)
    torch.testing.assert_close(optimizer.step(closure), first)
    for param, wanted in zip(net.parameters(), expected, strict=True):
        torch.testing.assert_close(param.detach(), wanted)


def test_weights_that_are_added_later_move_too(net):
    added = nn.Linear(16, 16)
    optimizer = MuonWithAdamW(net.parameters(), smallest=16)
    optimizer.add_param_group({'params': added.parameters(), 'lr': 0.05})
    assert [group['lr'] for group in optimizer.param_groups].count(0.05) == 2
    before = [param.detach().clone() for param in added.parameters()]
    train(added := nn.Sequential(nn.Linear(3, 16), added), optimizer, 1)
    for param, old in zip(added[1].parameters(), before, strict=True):
        assert not torch.equal(param, old)


def test_the_same_weight_twice_is_refused(net):
    optimizer = MuonWithAdamW(net.parameters(), smallest=16)
    with pytest.raises(ValueError, match='more than one parameter group'):
        optimizer.add_param_group({'params': [net[1].weight]})


def test_a_network_of_large_matrices_alone_is_trained():
    net = nn.Linear(16, 16, bias=False)
    optimizer = MuonWithAdamW(net.parameters(), smallest=16)
    before = net.weight.detach().clone()
    net(torch.randn(2, 16)).square().mean().backward()
    optimizer.step()
    assert not torch.equal(net.weight, before)
