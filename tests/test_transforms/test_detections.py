import pytest
import torch

from mmposenorm.transforms import AddDetectorNoise, HideJoints, ThoraxFromShoulders


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def inputs():
    keypoints = torch.zeros(400, 20, 17, 2)
    keypoints[:, :, 1:, 0] = 17**0.5 / 4  # root mean square distance of 1
    return {'keypoints': keypoints, 'keypoints_visible': torch.ones(400, 20, 17)}


def noise_of(inputs, generator, **options):
    silent = {'prob': 1, 'jitter': 0, 'drift': 0, 'definition': 0}
    noisy = AddDetectorNoise(**(silent | options))(inputs, generator)
    return noisy['keypoints'] - inputs['keypoints']


def test_no_noise_changes_nothing(inputs, generator):
    assert noise_of(inputs, generator).abs().max() == 0


def test_some_clips_stay_as_they_are(inputs, generator):
    noise = noise_of(inputs, generator, prob=0.6, jitter=0.06, definition=0.06)
    silent = (noise == 0).flatten(1).all(dim=1)
    assert silent.double().mean().item() == pytest.approx(0.4, abs=0.08)


def test_jitter_has_the_asked_strength_and_is_new_in_every_frame(inputs, generator):
    noise = noise_of(inputs, generator, jitter=0.06)
    # Strength uniform in [0, s]: variance s^2 / 3.
    assert noise.std().item() == pytest.approx(0.06 / 3**0.5, rel=0.1)
    assert (noise[:, 1:] * noise[:, :-1]).mean().abs() < 0.05 * noise.var()


def test_another_joint_definition_stays_all_clip(inputs, generator):
    noise = noise_of(inputs, generator, definition=0.1)
    torch.testing.assert_close(noise, noise[:, :1].expand_as(noise))
    assert noise.std() > 0.01


def test_drift_is_slow(inputs, generator):
    noise = noise_of(inputs, generator, drift=0.1)
    assert noise.std() > 0.01
    assert (noise[:, 1:] - noise[:, :-1]).std() < 0.3 * noise.std()


def test_noise_grows_with_the_person(inputs, generator):
    larger = inputs | {'keypoints': 10 * inputs['keypoints']}
    small = noise_of(inputs, torch.Generator().manual_seed(1), jitter=0.1)
    large = noise_of(larger, torch.Generator().manual_seed(1), jitter=0.1)
    torch.testing.assert_close(large, 10 * small, atol=1e-4, rtol=1e-3)


def test_thorax_goes_between_the_shoulders(inputs, generator):
    inputs['keypoints'][:, :, 11] = 2
    inputs['keypoints'][:, :, 14] = 4
    moved = ThoraxFromShoulders(prob=1)(inputs, generator)['keypoints']
    assert (moved[:, :, 8] == 3).all()
    torch.testing.assert_close(moved[:, :, 9:], inputs['keypoints'][:, :, 9:])


def test_hidden_joints_are_marked_and_nothing_else_changes(inputs, generator):
    hidden = HideJoints()(inputs, generator)
    share = 1 - hidden['keypoints_visible'].mean()
    assert 0.05 < share < 0.4
    assert set(hidden['keypoints_visible'].unique().tolist()) == {0, 1}
    assert hidden['keypoints'] is inputs['keypoints']


def test_a_layout_lacks_its_joints_all_clip(inputs, generator):
    only_lacking = HideJoints(lacking=1, limb=0, spans=0, frames=0)
    visible = only_lacking(inputs, generator)['keypoints_visible']
    torch.testing.assert_close(visible, visible[:, :1].expand_as(visible))
    assert visible[:, :, [0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16]].min() == 1
    assert (visible[:, 0] == 0).any(dim=1).all()


def test_spans_are_stretches(inputs, generator):
    only_spans = HideJoints(lacking=0, limb=0, spans=1, frames=0)
    visible = only_spans(inputs, generator)['keypoints_visible']
    changes = (visible[:, 1:] != visible[:, :-1]).sum(dim=1)
    assert changes.max() == 2  # away once, back once
    assert visible.mean() < 0.95


def test_nothing_asked_hides_nothing(inputs, generator):
    nothing = HideJoints(lacking=0, limb=0, spans=0, frames=0)
    assert nothing(inputs, generator)['keypoints_visible'].min() == 1
