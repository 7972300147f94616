from types import SimpleNamespace

import pytest
from torch import nn

from mmposenorm.engine.hooks.late_loss import LateLossHook
from mmposenorm.models.losses import PositionLoss
from mmposenorm.registry import HOOKS


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.losses = nn.ModuleDict(
            {
                'recon': PositionLoss(),
                'view_consistency': PositionLoss(squared=False, loss_weight=0.3),
            }
        )


@pytest.fixture
def runner():
    return SimpleNamespace(model=Model(), iter=0, max_iters=100)


def hook(**options):
    return HOOKS.build(
        {
            'type': 'LateLossHook',
            'loss': 'view_consistency',
            'begin': 0.4,
            'end': 0.6,
            **options,
        }
    )


def weight_at(iteration, runner, hook):
    runner.iter = iteration
    hook.before_train_iter(runner, 0)
    return runner.model.losses['view_consistency'].loss_weight


def test_a_loss_grows_to_its_own_weight(runner):
    late = hook()
    late.before_train(runner)
    weights = [weight_at(i, runner, late) for i in (0, 40, 50, 55, 60, 99)]
    assert weights == pytest.approx([0, 0, 0.15, 0.225, 0.3, 0.3])
    assert runner.model.losses['recon'].loss_weight == 1


def test_a_resumed_run_goes_on_where_it_was(runner):
    runner.iter = 50
    late = hook()
    late.before_train(runner)
    assert weight_at(50, runner, late) == pytest.approx(0.15)


def test_a_loss_that_the_model_does_not_have_is_refused_before_the_first_step(runner):
    with pytest.raises(ValueError, match="but no 'views'"):
        hook(loss='views').before_train(runner)


def test_a_model_without_losses_is_refused(runner):
    runner.model = nn.Linear(1, 1)
    with pytest.raises(ValueError, match='but no'):
        hook().before_train(runner)


@pytest.mark.parametrize(('begin', 'end'), [(0.6, 0.4), (0.5, 0.5), (-0.1, 1), (0, 40)])
def test_an_impossible_pace_is_refused(begin, end):
    with pytest.raises(ValueError, match='`begin` < `end`'):
        LateLossHook('view_consistency', begin, end)
