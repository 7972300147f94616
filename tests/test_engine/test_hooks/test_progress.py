from types import SimpleNamespace

import pytest

from mmposenorm.engine.hooks.progress import Stretch


@pytest.mark.parametrize(
    ('iteration', 'expected'), [(0, 0), (20, 0), (35, 0.25), (80, 1), (99, 1)]
)
def test_progress_by_hand(iteration, expected):
    runner = SimpleNamespace(iter=iteration, max_iters=100)
    assert Stretch(0.2, 0.8).progress(runner) == pytest.approx(expected)


@pytest.mark.parametrize('ends', [(0.5, 0.5), (0.8, 0.2), (-0.1, 0.5), (0.5, 1.1)])
def test_impossible_parts_of_the_training_are_refused(ends):
    with pytest.raises(ValueError, match='0 <= `begin` < `end` <= 1'):
        Stretch(*ends)
