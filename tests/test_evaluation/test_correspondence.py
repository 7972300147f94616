import json

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement, InstanceData
from scipy.spatial.distance import cdist

from mmposenorm.datasets.correspondence import CorrespondencePair, build_pair
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.evaluation.correspondence import (
    hit_ratio,
    measure_pairs,
    retrieve_nearest,
    summarize_actions,
    summarize_errors,
    summarize_pairs,
)
from mmposenorm.evaluation.correspondence_metric import (
    DenseCorrespondence,
    format_actions,
)
from mmposenorm.evaluation.feature_files import load_features
from mmposenorm.geometry.normalization import normalize_keypoints_3d


def pair_of(pair_id='01', action='walk', answers=(0, 2, 7, 9), single=(1, 1, 0, 1)):
    """A pair whose source retains frames 0-9 and whose target four of 20."""
    return CorrespondencePair(
        pair_id=pair_id,
        action=action,
        source_view='left',
        target_view='right',
        num_frames=20,
        source_ids=np.arange(10),
        target_ids=np.array([0, 2, 7, 9]),
        answers=np.array(answers),
        has_single_answer=np.array(single, dtype=bool),
    )


def features_at(*positions):
    """A feature of two numbers for each frame, on a line."""
    line = np.array(positions, dtype=np.float32)
    return np.stack([line, np.zeros_like(line)], axis=1)


SOURCE = features_at(*range(10))
# Nearest source frames 0, 2, 1, 9: errors 0, 0, 6, 0.
TARGET = features_at(0.2, 2.0, 1.4, 12.0)


def test_three_of_four_frames_within_tau():
    (measured,) = measure_pairs([pair_of()], {'01': (SOURCE, TARGET)})
    assert measured.errors.tolist() == [0, 0, 6, 0]
    assert hit_ratio(measured.errors, 5) == 3 / 4 * 100
    assert hit_ratio(measured.errors, 6) == 100


def test_figures_by_hand():
    assert summarize_errors(np.array([0, 1, 4, 9])) == {
        'hit@1': 2 / 4 * 100,
        'hit@3': 2 / 4 * 100,
        'hit@5': 3 / 4 * 100,
        'hit@10': 4 / 4 * 100,
        'MSE': (0 + 1 + 16 + 81) / 4,
        'MAE': (0 + 1 + 4 + 9) / 4,
        'median': (1 + 4) / 2,
    }


def test_averages_over_frames_clips_and_single_answers():
    short = pair_of('02', answers=(0, 2, 7, 9), single=(0, 0, 0, 0))
    features = {'01': (SOURCE, TARGET), '02': (SOURCE, features_at(9, 9, 9, 9))}
    summary = summarize_pairs(measure_pairs([pair_of(), short], features))
    # Errors of 01: 0, 0, 6, 0, its third frame has no single answer; of 02: 9, 7, 2, 0,
    # no frame of it has one.
    assert summary['hit@5'] == (3 + 2) / 8 * 100
    assert summary['hit@5_clips'] == (3 / 4 + 2 / 4) / 2 * 100
    assert summary['MAE'] == (6 + 18) / 8
    assert summary['hit@1_single'] == summary['hit@1_single_clips'] == 100
    assert summary['single_share'] == 3 / 8 * 100


def test_no_single_answers_leave_no_figure_for_them():
    pair = pair_of(single=(0, 0, 0, 0))
    summary = summarize_pairs(measure_pairs([pair], {'01': (SOURCE, TARGET)}))
    assert summary['single_share'] == 0
    assert 'hit@5_single' not in summary


def test_actions_have_rows_of_their_own():
    pairs = [pair_of('01'), pair_of('02', 'run'), pair_of('03', 'walk')]
    features = {pair.pair_id: (SOURCE, SOURCE[[0, 2, 7, 9]]) for pair in pairs}
    features['01'] = (SOURCE, TARGET)
    actions = summarize_actions(measure_pairs(pairs, features))
    assert list(actions) == ['run', 'walk']
    assert actions['run']['hit@5'] == 100
    assert actions['walk']['hit@5'] == (3 + 4) / 8 * 100
    assert 'walk       87.50     87.50     87.50    100.00' in format_actions(actions)


def test_retrieval_agrees_with_all_distances():
    source, target = np.random.default_rng(0).normal(size=(2, 200, 64))
    np.testing.assert_array_equal(
        retrieve_nearest(source, target), cdist(source, target).argmin(axis=0)
    )


def test_retrieval_takes_the_earliest_of_equal_frames():
    source = features_at(5, 1, 1, 1)
    assert retrieve_nearest(source, features_at(1)).tolist() == [1]


@pytest.mark.parametrize(
    ('source', 'target', 'words'),
    [
        (SOURCE[:9], TARGET, r"source features of pair '01' have shape \(9, 2\)"),
        (SOURCE, TARGET[:, :1], "'01' are 2 numbers wide in the source and 1 in the"),
        (SOURCE, TARGET * np.nan, "target features of pair '01' hold NaN"),
    ],
)
def test_wrong_features_are_refused(source, target, words):
    with pytest.raises(ValueError, match=words):
        measure_pairs([pair_of()], {'01': (source, target)})


def test_a_pair_without_features_is_no_silent_hole():
    with pytest.raises(ValueError, match="no features of pair '02'"):
        measure_pairs([pair_of(), pair_of('02')], {'01': (SOURCE, TARGET)})


def test_features_of_another_program(tmp_path):
    file, pair = tmp_path / 'smpl.npz', pair_of()
    np.savez(file, **{'01/source': SOURCE[:, None], '01/target': TARGET[:, None]})
    source, target = load_features(file, [pair])['01']
    np.testing.assert_array_equal(source, SOURCE)
    np.testing.assert_array_equal(target, TARGET)

    whole = features_at(*range(20))
    np.savez(file, **{'01/source': whole, '01/target': whole})
    source, target = load_features(file, [pair], features_before_drop=True)['01']
    np.testing.assert_array_equal(source, whole[:10])
    np.testing.assert_array_equal(target, whole[[0, 2, 7, 9]])
    with pytest.raises(ValueError, match=r'shape \(20, 2\); expected \(10, E\)'):
        load_features(file, [pair])


def test_files_of_other_features_are_refused(tmp_path):
    file = tmp_path / 'smpl.npz'
    with pytest.raises(FileNotFoundError, match='npz file of features'):
        load_features(file, [pair_of()])
    np.savez(file, **{'01/source': SOURCE})
    with pytest.raises(ValueError, match="has no array '01/target'"):
        load_features(file, [pair_of()])
    np.savez(file, **{'01/source': SOURCE, '01/target': TARGET})
    with pytest.raises(ValueError, match='have 10 rows; expected 20'):
        load_features(file, [pair_of()], features_before_drop=True)
    for other in (SOURCE.astype(str), SOURCE[:0], np.float32(1)):
        np.savez(file, **{'01/source': other, '01/target': TARGET})
        with pytest.raises(ValueError, match=r'01/source.* expected numbers, a row'):
            load_features(file, [pair_of()])


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


def test_the_metric_through_an_evaluator(tmp_path):
    pairs = [pair_of()]
    clips = samples(('01', 'right', TARGET), ('01', 'left', SOURCE))
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


def test_the_metric_drops_features_of_whole_clips():
    whole = np.zeros((20, 17, 3), dtype=np.float32)
    whole[..., 0] = np.arange(20)[:, None]
    clips = samples(('01', 'left', whole), ('01', 'right', whole), field='poses')
    figures = evaluate(
        DenseCorrespondence('poses'), [pair_of()], clips, before_drop=True
    )
    assert figures['correspondence/hit@1'] == 100


def test_the_metric_compares_descriptors():
    poses = np.random.default_rng(0).normal(size=(20, 17, 3))
    turned = poses @ np.array([[0, 0, 1.0], [0, 1, 0], [-1, 0, 0]])
    clips = samples(('01', 'left', poses), ('01', 'right', turned), field='keypoints')
    metric = DenseCorrespondence('keypoints', descriptor='turned_keypoints')
    assert evaluate(metric, [pair_of()], clips, True)['correspondence/hit@1'] == 100
    with pytest.raises(ValueError, match='`descriptor` must be one of'):
        DenseCorrespondence('keypoints', descriptor='angles')


def test_the_metric_says_what_is_missing():
    clips = samples(('01', 'left', SOURCE), ('01', 'right', TARGET))
    with pytest.raises(ValueError, match="predicts no 'normalized_poses', only"):
        evaluate(DenseCorrespondence('normalized_poses'), [pair_of()], clips)
    with pytest.raises(ValueError, match="no features of pair '01'"):
        evaluate(DenseCorrespondence('pose_features'), [pair_of()], clips[:1])
    evaluator = Evaluator(DenseCorrespondence('pose_features'))
    evaluator.process(clips)
    with pytest.raises(ValueError, match='needs the pairs that the data set'):
        evaluator.evaluate(2)


@pytest.mark.slow
def test_the_ceiling_on_real_motion(shared_data):
    """The true poses, normalized in closed form, without any network."""
    file = shared_data / 'cmu_h36m17' / 'test.npz'
    clips = MocapClips(file, test_mode=True).clips
    pairs, features = [], {}
    for source, target in zip(clips[::2], clips[1::2], strict=True):
        pair = build_pair(source, target)
        poses = normalize_keypoints_3d(source.keypoints_world).reshape(-1, 51)
        frames = np.arange(pair.num_frames)
        assert (retrieve_nearest(poses, poses) == frames).all()  # hit@1 without drops
        pairs.append(pair)
        features[pair.pair_id] = (poses[pair.source_ids], poses[pair.target_ids])
    summary = summarize_pairs(measure_pairs(pairs, features))
    assert summary['hit@5'] == pytest.approx(95.5, abs=0.5)
    assert summary['hit@5_single'] >= 98
    assert summary['hit@5_single_clips'] >= 98
    assert summary['single_share'] == pytest.approx(48, abs=2)
