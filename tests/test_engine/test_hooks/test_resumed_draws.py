from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mmposenorm.engine.hooks import ResumedDrawsHook, resumed_draws
from mmposenorm.models.draws import Draws


class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.draws = Draws(seed=0)

    def numbers(self):
        generator = self.draws.generator_on(torch.device('cpu'))
        return torch.rand(3, generator=generator).tolist()


@pytest.fixture
def run():
    """Return a function that returns what some iterations draw."""

    def draw(*iterations, seed=0):
        model = Part()
        model.preprocessor, model.plain = Part(), nn.Linear(1, 1)
        runner = SimpleNamespace(model=model, iter=0, seed=seed)
        hook = ResumedDrawsHook()
        hook.before_train(runner)
        drawn = []
        for runner.iter in iterations:
            hook.before_train_iter(runner, runner.iter)
            parts = model.numbers(), model.preprocessor.numbers()
            drawn.append((*parts, torch.rand(3).tolist()))
        return drawn

    return draw


def test_a_resumed_training_draws_what_an_uninterrupted_one_draws(run):
    assert run(2, 3) == run(0, 1, 2, 3)[2:]


def test_every_iteration_and_seed_has_its_own_draws(run):
    first, second = run(5, 6)
    assert all(a != b for a, b in zip(first, second, strict=True))
    assert run(5, seed=1)[0][2] != first[2]


def test_every_process_has_its_own_dropout(run, monkeypatch):
    alone = run(5)[0][2]
    monkeypatch.setattr(resumed_draws, 'get_rank', lambda: 1)
    assert run(5)[0][2] != alone
