from types import SimpleNamespace

import pytest
import torch

from mmposenorm.engine.hooks import LateNoiseHook
from mmposenorm.models.preprocessor import PoseClipPreprocessor
from mmposenorm.registry import HOOKS


def make_runner(*transforms):
    preprocessor = PoseClipPreprocessor(train_transforms=transforms)
    model = SimpleNamespace(data_preprocessor=preprocessor)
    return SimpleNamespace(model=model, iter=0, max_iters=100)


def started(runner, begin=0.25, strength=0.5):
    hook = HOOKS.build({'type': 'LateNoiseHook', 'begin': begin, 'strength': strength})
    hook.before_train(runner)
    return hook


def noise_at(iteration, runner, hook):
    """How far keypoints move, on average, with the same draws at any iteration."""
    runner.iter = iteration
    hook.before_train_iter(runner, 0)
    (transform,) = runner.model.data_preprocessor.train_transforms
    keypoints = torch.zeros(8, 12, 17, 2)
    keypoints[..., 1] = torch.linspace(-1, 1, 17)
    inputs = {'keypoints': keypoints, 'keypoints_visible': torch.ones(8, 12, 17)}
    moved = transform(inputs, torch.Generator().manual_seed(0))['keypoints']
    return float((moved - keypoints).norm(dim=-1).mean())


def test_noise_has_a_share_of_its_strength_until_it_begins():
    runner = make_runner({'type': 'AddDetectorNoise', 'prob': 1.0})
    hook = started(runner)
    whole = noise_at(99, runner, hook)
    assert whole > 0.01
    levels = [noise_at(i, runner, hook) for i in (0, 24, 25, 60)]
    assert levels == pytest.approx([whole / 2, whole / 2, whole, whole], rel=1e-4)


def test_a_training_may_begin_without_noise():
    runner = make_runner({'type': 'AddDetectorNoise', 'prob': 1.0})
    assert noise_at(0, runner, started(runner, strength=0)) == 0


@pytest.mark.parametrize('transforms', [(), ({'type': 'HideJoints'},)])
def test_a_training_without_noise_is_refused_before_the_first_step(transforms):
    with pytest.raises(ValueError, match='but no AddDetectorNoise'):
        started(make_runner(*transforms))


def test_a_model_with_a_preprocessor_of_its_own_is_refused():
    runner = make_runner()
    runner.model.data_preprocessor = torch.nn.Identity()
    with pytest.raises(ValueError, match='but no AddDetectorNoise'):
        started(runner)


@pytest.mark.parametrize(
    ('begin', 'strength'), [(0, 0.5), (1, 0.5), (2000, 0.5), (0.1, 1), (0.1, -0.5)]
)
def test_what_is_no_share_is_refused(begin, strength):
    with pytest.raises(ValueError, match='0 < `begin` < 1'):
        LateNoiseHook(begin, strength)
