import numpy as np
import pytest

from mmposenorm.pose_result import PoseNormResult


def result(features=None, sigma=None, num_frames=3):
    return PoseNormResult(
        joint_rotations=np.full((num_frames, 20, 4), 0.5, np.float32),
        normalized_poses=np.ones((num_frames, 17, 3), np.float32),
        body_up=np.zeros((num_frames, 3), np.float32),
        keypoints=np.full((num_frames, 17, 2), 9, np.float32),
        keypoints_visible=np.full((num_frames, 17), 0.25, np.float32),
        frame_times=np.arange(num_frames) / 50,
        _pose_features=features,
        direction_sigma=sigma,
    )


def test_its_length_is_the_number_of_frames():
    assert len(result(num_frames=5)) == 5


def test_features_are_given_if_there_are_any():
    features = np.ones((3, 64), np.float32)
    assert result(features).has_features
    assert result(features).pose_features is features


def test_missing_features_are_explained():
    assert not result().has_features
    with pytest.raises(AttributeError, match=r'no pose_features: .* normalized_poses'):
        result().pose_features  # noqa: B018


def test_printing_it_prints_no_arrays():
    assert repr(result()) == 'PoseNormResult()'


def test_a_data_sample_has_it_all():
    pytest.importorskip('mmpose')
    features, sigma = np.ones((3, 64)), np.full((3, 16), 0.1)
    sample = result(features, sigma).to_data_sample()
    predicted, given = sample.pred_instances, sample.gt_instances
    assert len(predicted) == len(given) == 3
    assert predicted.pose_features is features
    assert predicted.direction_sigma is sigma
    assert predicted.normalized_poses.max() == given.keypoints.max() / 9 == 1
    assert predicted.keypoint_scores.max() == given.keypoints_visible.max() == 0.25
    assert sample.frame_times.tolist() == [0, 0.02, 0.04]


def test_a_data_sample_lacks_what_the_model_does_not_give():
    pytest.importorskip('mmpose')
    predicted = result().to_data_sample().pred_instances
    assert 'pose_features' not in predicted
    assert 'direction_sigma' not in predicted
