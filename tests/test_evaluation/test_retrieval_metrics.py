import numpy as np
import pytest
import torch

from mmposenorm.registry import METRICS


def evaluate(config, samples):
    metric = METRICS.build(config)
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def sample(clip_id, view, features, subject='x', action='', truth=()):
    """A clip, as the evaluator hands it over; poses differ by how far they are."""
    poses = torch.tensor(truth, dtype=torch.float32)[:, None, None].expand(-1, 17, 3)
    return {
        'clip_id': clip_id,
        'view': view,
        'subject': subject,
        'action': action,
        'pred_instances': {'pose_features': torch.tensor(features)},
        'gt_instances': {'normalized_poses': poses},
    }


POSES = {'type': 'PoseRetrieval', 'features': 'pose_features', 'frame_step': 1}


def test_poses_by_hand():
    # Two poses .01 m apart in each coordinate count as the same, .1 m do not.
    query = sample('1', 'yaw+0', [[0.0], [1.0]], truth=[0, 0.1])
    found = sample('1', 'yaw+90', [[0.4], [0.1], [3.0]], truth=[0.11, 0.01, 0])
    figures = evaluate(POSES, [query, found])
    # 0 -> .1 (right), .4 (wrong), 3 (right); 1 -> .4 (right).
    expected = ((1 + 2 / 3) / 2 + 1) / 2
    assert figures['pose_retrieval/mAP_90'] == pytest.approx(100 * expected)
    assert figures['pose_retrieval/any@1_90'] == 100
    assert figures['pose_retrieval/answerable_90'] == 100


def test_views_are_compared_one_by_one():
    samples = [
        sample('1', 'yaw+0', [[0.0]], truth=[0]),
        sample('1', 'yaw+45', [[5.0], [0.0]], truth=[0, 1]),
        sample('1', 'yaw+180', [[5.0], [6.0]], truth=[0, 1]),
    ]
    figures = evaluate(POSES, samples)
    assert figures['pose_retrieval/mAP_45'] == 50
    assert figures['pose_retrieval/mAP_180'] == 100


def test_poses_of_the_same_person_can_be_left_out():
    samples = [
        sample('1', 'yaw+0', [[0.0]], 'x', truth=[0]),
        sample('1', 'yaw+90', [[0.0]], 'x', truth=[0]),
        sample('2', 'yaw+90', [[1.0], [2.0]], 'y', truth=[1, 0]),
    ]
    everybody = evaluate(POSES, samples)
    others = evaluate(POSES | {'other_people': True}, samples)
    assert everybody['pose_retrieval/any@1_90'] == 100
    assert others['pose_retrieval/any@1_90'] == 0
    assert others['pose_retrieval/mAP_90'] == 50


def test_every_nth_frame_is_taken():
    samples = [
        sample('1', 'yaw+0', [[0.0]] * 7, truth=[0] * 7),
        sample('1', 'yaw+90', [[float(i)] for i in range(7)], truth=range(7)),
    ]
    figures = evaluate(POSES | {'frame_step': 3, 'radius': 10.5}, samples)
    # Of 0, 3 and 6 (times the root of three metres away), the last is too far.
    assert figures['pose_retrieval/mAP_90'] == 100
    figures = evaluate(POSES | {'frame_step': 7}, samples)
    assert figures['pose_retrieval/answerable_90'] == 100


def test_a_missing_view_is_told():
    with pytest.raises(ValueError, match=r"no clip of view 'yaw\+0'"):
        evaluate(POSES, [sample('1', 'yaw+90', [[0.0]], truth=[0])])


def direction(degrees):
    """Two frames of features in this direction."""
    angle = np.radians(degrees)
    return [[np.cos(angle), np.sin(angle)]] * 2


def test_clips_by_hand():
    clips = [
        ('1', 'yaw+0', 0, 'x', 'a'),
        ('1', 'yaw+90', 0, 'x', 'a'),  # of the same person: does not count
        ('2', 'yaw+90', 10, 'y', 'b'),
        ('3', 'yaw+90', 20, 'y', 'a'),
        ('4', 'yaw+90', 30, 'y', 'a'),
        ('5', 'yaw+0', 30, 'z', 'b'),
    ]
    samples = [
        sample(name, view, direction(degrees), who, action, truth=[0])
        for name, view, degrees, who, action in clips
    ]
    figures = evaluate({'type': 'ClipRetrieval', 'features': 'pose_features'}, samples)
    # 1 -> b, a, a; 5 -> 30 a, 20 a, 10 b, 0 a.
    expected = ((1 / 2 + 2 / 3) / 2 + 1 / 3) / 2
    assert figures['clip_retrieval/mAP_90'] == pytest.approx(100 * expected)
    assert figures['clip_retrieval/any@1_90'] == 0
    # In the view of the queries each finds the other one alone, which is wrong.
    assert figures['clip_retrieval/answerable_0'] == 0
