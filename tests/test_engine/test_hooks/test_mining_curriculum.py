from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub
from torch import nn

from mmposenorm.engine.hooks.mining_curriculum import (
    MiningCurriculumHook,
    interpolate_ranges,
)
from mmposenorm.models.triplet_mining import AdaptiveTripletMiner
from mmposenorm.registry import HOOKS


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.miner = AdaptiveTripletMiner()


@pytest.fixture
def runner():
    return SimpleNamespace(
        model=Model(),
        iter=0,
        max_iters=100,
        message_hub=MessageHub.get_instance('mining_curriculum_test'),
    )


def hook(**options):
    return HOOKS.build(
        {
            'type': 'MiningCurriculumHook',
            'positive_ranges': ((0, 0.1), (0, 0.05)),
            'negative_ranges': ((0.6, 1.0), (0.2, 0.4)),
            **options,
        }
    )


def test_ranges_halfway():
    assert interpolate_ranges((0.0, 1.0), (0.5, 0.0), 0.5) == (0.25, 0.5)


@pytest.mark.parametrize(
    ('iteration', 'negative_range', 'positive_upper'),
    [
        (0, (0.6, 1.0), 0.1),
        (20, (0.6, 1.0), 0.1),
        (50, (0.4, 0.7), 0.075),  # halfway between 20 % and 80 %
        (80, (0.2, 0.4), 0.05),
        (99, (0.2, 0.4), 0.05),
    ],
)
def test_thresholds_move_from_easy_to_semi_hard(
    runner, iteration, negative_range, positive_upper
):
    runner.iter = iteration
    hook(begin=0.2, end=0.8).before_train_iter(runner, 0)
    assert runner.model.miner.negative_range == pytest.approx(negative_range)
    assert runner.model.miner.positive_range == pytest.approx((0, positive_upper))


def test_impossible_ends_are_refused_before_the_first_step(runner):
    with pytest.raises(ValueError, match='must end before'):
        hook(negative_ranges=((0.6, 1.0), (0.01, 0.4))).before_train(runner)


def test_an_impossible_pace_is_refused():
    with pytest.raises(ValueError, match='`begin` < `end`'):
        MiningCurriculumHook(((0, 0.1),) * 2, ((0.5, 1),) * 2, begin=0.8, end=0.2)
