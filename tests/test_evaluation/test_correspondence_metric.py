import json

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement, InstanceData

from mmposenorm.evaluation.correspondence_metric import (
    DenseCorrespondence,
    format_actions,
)


def samples(*clips, field='pose_features'):
    return [
        BaseDataElement(
            metainfo={'clip_id': clip_id, 'view': view},
            pred_instances=InstanceData(**{field: torch.as_tensor(features)}),
        )
        for clip_id, view, features in clips
    ]


def evaluate(metric, pairs, data_samples, before_drop=False):
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = {'pairs': pairs, 'features_before_drop': before_drop}
    for sample in data_samples:
        evaluator.process([sample])
    return evaluator.evaluate(len(data_samples))


def test_figures_and_file_by_hand(tmp_path, pair_of, source, target):
    pairs = [pair_of()]
    clips = samples(('01', 'right', target), ('01', 'left', source))
    metric = DenseCorrespondence(
        'pose_features', out_file=tmp_path / 'out' / 'row.json'
    )
    figures = evaluate(metric, pairs, clips)
    assert figures['correspondence/hit@5'] == 3 / 4 * 100
    assert figures['correspondence/hit@5_single'] == 100
    saved = json.loads((tmp_path / 'out' / 'row.json').read_text())
    assert saved['figures']['hit@5'] == 3 / 4 * 100
    assert saved['actions']['walk']['MAE'] == 6 / 4
    assert (saved['num_pairs'], saved['num_frames']) == (1, 4)


def test_features_of_dropped_frames_are_removed(pair_of):
    whole = np.zeros((20, 17, 3), dtype=np.float32)
    whole[..., 0] = np.arange(20)[:, None]
    clips = samples(('01', 'left', whole), ('01', 'right', whole), field='poses')
    figures = evaluate(
        DenseCorrespondence('poses'), [pair_of()], clips, before_drop=True
    )
    assert figures['correspondence/hit@1'] == 100


def test_a_descriptor_is_applied_before_frames_are_compared(pair_of):
    poses = np.random.default_rng(0).normal(size=(20, 17, 3))
    turned = poses @ np.array([[0, 0, 1.0], [0, 1, 0], [-1, 0, 0]])
    clips = samples(('01', 'left', poses), ('01', 'right', turned), field='keypoints')
    metric = DenseCorrespondence('keypoints', descriptor='turned_keypoints')
    assert evaluate(metric, [pair_of()], clips, True)['correspondence/hit@1'] == 100
    with pytest.raises(ValueError, match='`descriptor` must be one of'):
        DenseCorrespondence('keypoints', descriptor='angles')


def test_missing_fields_clips_and_pairs_are_named(pair_of, source, target):
    clips = samples(('01', 'left', source), ('01', 'right', target))
    with pytest.raises(ValueError, match="does not predict 'normalized_poses', only"):
        evaluate(DenseCorrespondence('normalized_poses'), [pair_of()], clips)
    with pytest.raises(ValueError, match="no features for pair '01'"):
        evaluate(DenseCorrespondence('pose_features'), [pair_of()], clips[:1])
    evaluator = Evaluator(DenseCorrespondence('pose_features'))
    evaluator.process(clips)
    with pytest.raises(ValueError, match='needs the pairs of the data set'):
        evaluator.evaluate(2)


def test_the_table_has_a_line_for_each_action():
    figures = {'hit@1': 12.5, 'hit@3': 25, 'hit@5': 50, 'hit@10': 100}
    figures |= {'MSE': 30.25, 'MAE': 4.5, 'median': 4}
    table = format_actions({'jump': figures, 'walk on': figures})
    assert table.splitlines() == [
        'action      hit@1     hit@3     hit@5    hit@10       MSE       MAE    median',
        'jump        12.50     25.00     50.00    100.00     30.25      4.50      4.00',
        'walk on     12.50     25.00     50.00    100.00     30.25      4.50      4.00',
    ]
