import json

import numpy as np
import pytest
import torch
from matplotlib.image import imread
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from mmposenorm.datasets.synthetic import write_synthetic_penn_action
from mmposenorm.evaluation import RankPoolKNN
from mmposenorm.registry import METRICS


def sample(clip_id, action, features, subject='', view=''):
    """A data sample, as the evaluator hands it over."""
    names = {'clip_id': clip_id, 'action': action, 'subject': subject, 'view': view}
    return {**names, 'pred_instances': {'pose_features': torch.tensor(features)}}


def direction(degrees):
    """Two frames of features in this direction."""
    angle = np.radians(degrees)
    return [[np.cos(angle), np.sin(angle)]] * 2


def evaluate(metric, samples, **meta):
    metric = METRICS.build(
        {'type': 'RankPoolKNN', 'features': 'pose_features', **metric}
    )
    metric.dataset_meta = meta
    metric.process(None, samples)
    return metric.evaluate(len(samples))


@pytest.fixture
def samples():
    """Five clips on a circle, three of action a and two of b."""
    places = {'1': ('a', 1), '2': ('a', 20), '3': ('b', 28), '4': ('b', 60)}
    places |= {'5': ('a', 80)}
    return [sample(name, *(a, direction(d))) for name, (a, d) in places.items()]


OPTIONS = {'k': 2, 'gallery': 'leave_one_out', 'pooling': {'power': 'none'}}


def test_figures_by_hand(samples):
    # The two nearest: 1 -> 2 3 (a b), 2 -> 3 1 (b a), 3 -> 2 1 (a a, 8 and 27 degrees
    # away against 32), 4 -> 5 3 (a b), 5 -> 4 3 (b b).
    figures = evaluate(OPTIONS, samples)
    assert figures['action/top1'] == pytest.approx(100 * 1 / 5)
    assert figures['action/any2'] == pytest.approx(100 * 3 / 5)
    assert figures['action/vote2'] == pytest.approx(100 * 1 / 5)
    # a: one of three, b: none of two.
    assert figures['action/mean_class'] == pytest.approx(100 * (1 / 3 + 0) / 2)


def test_the_test_split_is_matched_with_the_training_split(samples):
    splits = {'1': 'train', '2': 'train', '3': 'test', '4': 'train', '5': 'test'}
    options = OPTIONS | {'gallery': 'train', 'k': 1}
    figures = evaluate(options, samples, splits=splits)
    assert figures['action/top1'] == 0  # 3 -> 2 and 5 -> 4
    with pytest.raises(ValueError, match="does not assign clips to 'train' and 'test'"):
        evaluate(options, samples)


def test_clips_are_matched_with_other_people(samples):
    for one, subject in zip(samples, 'xxyyx', strict=True):
        one['subject'] = subject
    figures = evaluate(OPTIONS | {'gallery': 'other_subjects'}, samples)
    # 1, 2 and 5 find 3 and 4 only, all b; 3 and 4 find a only.
    assert figures['action/any2'] == 0


def test_folds_are_matched_with_each_other_and_seeds_averaged():
    clips = [
        sample(f'{action}{i}', action, direction(place + i))
        for action, place in (('a', 10), ('b', 70))
        for i in range(10)
    ]
    options = OPTIONS | {'gallery': 'folds', 'k': 5, 'seeds': (0, 1, 2)}
    assert evaluate(options, clips)['action/top1'] == 100
    clips[0]['action'] = 'b'  # in the midst of a, in every fold
    assert evaluate(options, clips)['action/top1'] < 100


def test_views_are_matched_with_each_other(tmp_path):
    # From the front, the actions lie at 10 and 70 degrees; from the side, swapped.
    clips = [
        sample(f'{action}{i}', action, direction(place + i), f's{i}', view)
        for view, places in (('yaw+0', (10, 70)), ('yaw-90', (70, 10)))
        for action, place in zip('ab', places, strict=True)
        for i in range(3)
    ]
    options = OPTIONS | {'gallery': 'other_subjects', 'across_views': True}
    figures = evaluate(options | {'out_dir': tmp_path}, clips)
    assert figures['action/top1_0'] == 100
    assert figures['action/top1_90'] == 0
    content = json.loads((tmp_path / 'action.json').read_text())
    # Each clip is a query from two sides, matched with the same and the other side.
    assert content['clips']['a0'] == [1, 1, 0, 0]
    clips[0]['view'] = 'behind'
    with pytest.raises(ValueError, match="expected angles in degrees such as 'yaw"):
        evaluate(options, clips)


def test_an_action_seen_once_counts_as_missed_and_is_named(samples, caplog):
    samples[0]['action'] = 'c'
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)  # it does not propagate
    figures = evaluate(OPTIONS | {'k': 4}, samples)
    logger.removeHandler(caplog.handler)
    assert 'only one clip of c' in caplog.text
    assert figures['action/any4'] == pytest.approx(100 * 4 / 5)


def test_a_gallery_smaller_than_k_is_refused(samples):
    with pytest.raises(ValueError, match='smallest gallery, 4, but is 5'):
        evaluate(OPTIONS | {'k': 5}, samples)


def test_clips_of_one_frame_or_of_zeros_are_accepted(samples):
    samples[0]['pred_instances']['pose_features'] = torch.ones(1, 2)
    samples[1]['pred_instances']['pose_features'] = torch.zeros(5, 2)
    assert np.isfinite([*evaluate(OPTIONS, samples).values()]).all()


def test_the_files_hold_figures_and_a_picture(samples, tmp_path):
    options = OPTIONS | {'out_dir': tmp_path, 'prefix': 'features'}
    figures = evaluate(options, samples)
    content = json.loads((tmp_path / 'features.json').read_text())
    assert content['figures']['top1'] == figures['features/top1']
    assert content['actions'] == {'a': pytest.approx(100 / 3), 'b': 0}
    assert content['clips'] == {'1': [1], '2': [0], '3': [0], '4': [0], '5': [0]}
    assert imread(tmp_path / 'features.png').std() > 0


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'gallery': 'all'}, "`gallery` must be one of 'train', .* but is 'all'"),
        ({'distance': 'manhattan'}, '`distance` must be one of'),
        ({'whitening': 0}, 'whitening must be a number above 0 or None, but is 0'),
        ({'features': [{'features': 'x', 'descriptor': 'y'}]}, '`descriptor` must be'),
    ],
)
def test_invalid_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        METRICS.build({'type': 'RankPoolKNN', 'features': 'x', **options})


def test_a_field_that_the_model_does_not_predict_is_named(samples):
    with pytest.raises(ValueError, match="does not predict 'keypoints', only"):
        RankPoolKNN('keypoints').process(None, samples)


def test_two_processes_give_the_figures_of_one(samples, monkeypatch):
    alone = evaluate(OPTIONS, samples)
    # MMEngine distributes clips in turn and repeats some to fill up the last process.
    shares = [samples[::2], [*samples[1::2], samples[0]]]
    metrics = [
        METRICS.build({'type': 'RankPoolKNN', **OPTIONS, 'features': 'pose_features'})
        for _ in shares
    ]
    for metric, share in zip(metrics, shares, strict=True):
        metric.process(None, share)
    dealt = [
        one for pair in zip(*(m.results for m in metrics), strict=True) for one in pair
    ]
    monkeypatch.setattr(
        'mmengine.evaluator.metric.collect_results', lambda *_, **__: dealt[:5]
    )
    assert metrics[0].evaluate(5) == alone


def test_the_2d_rows_of_table_4_run(tmp_path, monkeypatch, configs_dir):
    write_synthetic_penn_action(tmp_path / 'data' / 'penn_action', 10, num_frames=12)
    monkeypatch.chdir(tmp_path)
    config = Config.fromfile(configs_dir / 'table4' / 'input.py')
    config.work_dir = str(tmp_path / 'work')
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        figures = Runner.from_cfg(config).test()
    # Three actions; the made-up people differ in little but their action.
    assert figures['plain_2d/top1'] > 80
    assert figures['euler_2d/top1'] > 80
