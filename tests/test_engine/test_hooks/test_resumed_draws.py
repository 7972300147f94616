from types import SimpleNamespace

import torch
from torch import nn

from mmposenorm.engine.hooks import ResumedDrawsHook
from mmposenorm.models.draws import Draws


def part():
    module = nn.Module()
    module.draws = Draws(seed=0)
    return module


def numbers(module):
    generator = module.draws.generator_on(torch.device('cpu'))
    return torch.rand(3, generator=generator).tolist()


def test_all_parts_of_a_model_draw_by_the_iteration():
    model = part()
    model.preprocessor, model.plain = part(), nn.Linear(1, 1)
    first = numbers(model), numbers(model.preprocessor)
    runner = SimpleNamespace(model=model, iter=100)
    ResumedDrawsHook().before_train(runner)
    resumed = numbers(model), numbers(model.preprocessor)
    assert resumed[0] != first[0]
    assert resumed[1] != first[1]
    ResumedDrawsHook().before_train(runner)
    assert (numbers(model), numbers(model.preprocessor)) == resumed
