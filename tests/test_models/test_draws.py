import pytest
import torch

from mmposenorm.models.draws import Draws

CPU = torch.device('cpu')


def numbers(draws):
    return torch.rand(3, generator=draws.generator_on(CPU)).tolist()


def test_draws_go_on_and_can_be_repeated():
    draws = Draws(seed=3)
    first, second = numbers(draws), numbers(draws)
    assert first != second
    again = Draws(seed=3)
    assert [numbers(again), numbers(again)] == [first, second]
    assert numbers(Draws(seed=4)) != first


def test_a_process_draws_its_own(monkeypatch):
    monkeypatch.setattr('mmposenorm.models.draws.get_rank', lambda: 1)
    second_process = numbers(Draws(seed=3))
    late = Draws(seed=3)
    late.begin_at(100)
    late_of_second = numbers(late)
    monkeypatch.undo()
    assert second_process != numbers(Draws(seed=3))
    late.begin_at(100)
    assert numbers(late) != late_of_second


def test_what_is_drawn_from_an_iteration_on_depends_on_it_alone():
    begun, resumed, later = (Draws(seed=3) for _ in range(3))
    numbers(resumed)
    resumed.begin_at(100)
    late = numbers(resumed)
    assert late != numbers(begun)
    resumed.begin_at(100)
    assert numbers(resumed) == late
    later.begin_at(200)
    assert numbers(later) != late


@pytest.mark.parametrize('current', [0, 1])
def test_a_gpu_without_an_index_is_the_current_one(monkeypatch, current):
    class Generator:
        """Stands for one on a GPU, which always names its index."""

        def __init__(self, device):
            assert device.index is not None
            self.device = device
            self.manual_seed = [].append

    monkeypatch.setattr(torch.cuda, 'current_device', lambda: current)
    monkeypatch.setattr(torch, 'Generator', Generator)
    draws = Draws(seed=3)
    generator = draws.generator_on(torch.device('cuda'))
    assert draws.generator_on(torch.device('cuda')) is generator
    assert draws.generator_on(torch.device('cuda', current)) is generator
    assert draws.generator_on(torch.device('cuda', 1 - current)) is not generator
