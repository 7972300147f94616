import itertools

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement, InstanceData

from mmposenorm.evaluation.functional import p_mpjpe
from mmposenorm.registry import METRICS

ALL = [
    {'type': 'mmposenorm.MPJPE'},
    {'type': 'mmposenorm.NormalizedError'},
    {'type': 'mmposenorm.DeltaMPJPE'},
    {'type': 'mmposenorm.ConsistencyError', 'between': 'views'},
    {'type': 'mmposenorm.ConsistencyError', 'between': 'bodies'},
]


def sample(clip_id='a', view='front', variant='original', num_frames=2, **shifts):
    """Return a sample whose poses are random, the same for each clip and length.

    A shift moves all joints of the predicted poses of that name, in mm along x.
    """
    seed = sum(map(ord, clip_id)) + num_frames
    poses = torch.from_numpy(
        np.random.default_rng(seed).normal(size=(num_frames, 17, 3))
    )
    shift = torch.tensor([0.001, 0, 0])
    names = ('keypoints', 'condition_keypoints', 'normalized_poses')
    element = BaseDataElement(
        metainfo={'clip_id': clip_id, 'view': view, 'variant': variant},
        pred_instances=InstanceData(
            **{name: poses + shifts.get(name, 0) * shift for name in names}
        ),
        gt_instances=InstanceData(lifting_target=poses, normalized_poses=poses),
    )
    return element


def renderings(clip_ids=('a', 'b'), views=('front', 'back'), seed=0):
    """Return all renderings of some clips of 1, 2, ... frames, predictions random."""
    generator = torch.Generator().manual_seed(seed)
    samples = [
        sample(clip_id, view, variant, num_frames)
        for num_frames, clip_id in enumerate(clip_ids, start=1)
        for view, variant in itertools.product(views, ('original', 'bone_scaled'))
    ]
    for element in samples:
        pred = element.pred_instances
        for name, poses in sorted(pred.items()):
            noise = 0.1 * torch.randn(poses.shape, generator=generator)
            pred.set_field((poses + noise).float(), name)
    return samples


def evaluate(metrics, samples, batch_size=1):
    evaluator = Evaluator(metrics)
    for start in range(0, len(samples), batch_size):
        evaluator.process(samples[start : start + batch_size])
    return evaluator.evaluate(len(samples))


def test_mpjpe_is_the_mean_over_frames_or_clips_of_original_clips():
    samples = [
        sample('a', num_frames=1, keypoints=10),
        sample('b', num_frames=3, keypoints=30),
        sample('a', variant='bone_scaled', num_frames=1, keypoints=999),
    ]
    result = evaluate([{'type': 'mmposenorm.MPJPE'}], samples)
    assert result == {
        'posenorm/MPJPE_mm': pytest.approx((1 * 10 + 3 * 30) / 4),
        'posenorm/MPJPE_clips_mm': pytest.approx((10 + 30) / 2),
        'posenorm/P-MPJPE_mm': pytest.approx(0, abs=1e-3),  # a shift is aligned away
        'posenorm/P-MPJPE_clips_mm': pytest.approx(0, abs=1e-3),
    }


def test_p_mpjpe_is_that_of_the_function():
    samples = renderings()
    originals = [s for s in samples if s.variant == 'original']
    errors = [
        p_mpjpe(
            s.pred_instances.keypoints.numpy(), s.gt_instances.lifting_target.numpy()
        )
        for s in originals
    ]
    result = evaluate([{'type': 'mmposenorm.MPJPE'}], samples)
    expected = np.concatenate(errors).mean()
    assert result['posenorm/P-MPJPE_mm'] == pytest.approx(expected, rel=1e-12)


def test_normalized_error_reads_the_normalized_poses():
    samples = [
        sample('a', num_frames=1, normalized_poses=8, keypoints=999),
        sample('b', num_frames=3, normalized_poses=2, keypoints=999),
    ]
    result = evaluate([{'type': 'mmposenorm.NormalizedError'}], samples)
    assert result == {
        'posenorm/normalized_error_mm': pytest.approx((8 + 3 * 2) / 4),
        'posenorm/normalized_error_clips_mm': pytest.approx((8 + 2) / 2),
    }


def test_delta_mpjpe_pairs_the_bodies_of_a_clip_and_view():
    samples = [
        sample(clip_id, view, variant, num_frames, condition_keypoints=shift)
        for clip_id, view, variant, num_frames, shift in (
            ('a', 'front', 'original', 1, 5),
            ('b', 'front', 'original', 2, 7),
            ('a', 'back', 'original', 1, 0),
            ('b', 'front', 'bone_scaled', 2, 1),  # 6 off, twice
            ('a', 'front', 'bone_scaled', 1, 9),  # 4 off
            ('a', 'back', 'bone_scaled', 1, -20),  # 20 off
        )
    ]
    result = evaluate([{'type': 'mmposenorm.DeltaMPJPE'}], samples)
    assert result == {'posenorm/Delta-MPJPE_mm': pytest.approx((2 * 6 + 4 + 20) / 4)}


def test_consistency_between_views_and_between_bodies():
    samples = [
        sample('a', 'front', 'original', normalized_poses=0),
        sample('a', 'back', 'original', normalized_poses=3),
        sample('a', 'front', 'bone_scaled', normalized_poses=7),
        sample('a', 'back', 'bone_scaled', normalized_poses=4),
    ]
    result = evaluate(ALL[3:], samples)
    assert result == {
        'posenorm/view_consistency_mm': pytest.approx(3),
        'posenorm/body_consistency_mm': pytest.approx((7 + 1) / 2),
    }


def test_a_perfect_model_has_no_error_at_all():
    samples = [
        sample(clip_id, view, variant)
        for clip_id, view, variant in itertools.product(
            'ab', ('front', 'back'), ('original', 'bone_scaled')
        )
    ]
    result = evaluate(ALL, samples)
    assert len(result) == 9
    np.testing.assert_allclose(list(result.values()), 0, atol=1e-9)


@pytest.mark.parametrize('batch_size', [2, 5])
def test_the_batch_size_changes_nothing(batch_size):
    samples = renderings('abc')
    assert evaluate(ALL, samples, batch_size) == evaluate(ALL, samples)


@pytest.mark.parametrize('num_processes', [2, 3])
def test_several_processes_give_exactly_the_number_of_one(num_processes):
    samples = renderings('abcd')
    samples.insert(2, sample('e', 'front', num_frames=3, keypoints=1))
    samples += [sample('e', 'front', 'bone_scaled', num_frames=3, keypoints=2)]
    # As MMEngine's sampler and collect_results do it: sample i goes to process
    # i mod n, the first ones fill the last round, and the filling is cut off again.
    padding = -len(samples) % num_processes
    padded = samples + samples[:padding]
    for config in ALL[:3]:
        one, several = METRICS.build(config), []
        one.process(None, [s.to_dict() for s in samples])
        for rank in range(num_processes):
            metric = METRICS.build(config)
            metric.process(None, [s.to_dict() for s in padded[rank::num_processes]])
            several.append(metric.results)
        collected = [r for round_ in zip(*several, strict=True) for r in round_]
        collected = collected[: len(samples)]
        assert one.compute_metrics(collected) == one.compute_metrics(one.results)


@pytest.mark.parametrize('config', ALL[2:], ids=lambda c: f'{list(c.values())}')
def test_a_missing_rendering_is_named(config):
    samples = renderings(views=('front', 'back'))
    missing = next(
        s
        for s in samples
        if (s.clip_id, s.view, s.variant)
        == ('b', 'back', 'original' if 'views' in config.values() else 'bone_scaled')
    )
    samples.remove(missing)
    with pytest.raises(ValueError, match=r"clip_id 'b'.* has no (variant|view) \['b"):
        evaluate([config], samples)


def test_views_need_a_second_view():
    with pytest.raises(ValueError, match=r"data set has \['front'\]"):
        evaluate([ALL[3]], renderings(views=('front',)))


def test_a_rendering_that_comes_twice_is_refused():
    with pytest.raises(ValueError, match=r"Clip 'a', view 'front'.* comes twice"):
        evaluate([ALL[2]], renderings('a') + renderings('a'))


def test_renderings_of_different_length_are_refused():
    samples = [sample(num_frames=2), sample(variant='bone_scaled', num_frames=3)]
    with pytest.raises(ValueError, match=r"variant 'bone_scaled' has poses of shape"):
        evaluate([ALL[2]], samples)


def test_only_scaled_bodies_are_nothing_to_measure():
    with pytest.raises(ValueError, match='none of 1 is'):
        evaluate([ALL[0]], [sample(variant='bone_scaled')])


def test_nan_is_reported_with_the_clip():
    element = sample('07_01')
    element.pred_instances.keypoints[1, 2, 0] = torch.nan
    with pytest.raises(ValueError, match=r"Clip '07_01', view 'front'.*pred must be"):
        evaluate([ALL[0]], [element])


def test_poses_that_the_model_does_not_predict_are_named():
    element = sample()
    del element.pred_instances.condition_keypoints
    with pytest.raises(ValueError, match=r'no pred_instances\.condition_keypoints; it'):
        evaluate([ALL[2]], [element])


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match=r"`between` must be .* but is 'days'"):
        METRICS.build({'type': 'mmposenorm.ConsistencyError', 'between': 'days'})
