"""Tests of estimating poses while the frames arrive."""

import pickle

import numpy as np
import pytest
from tiny_weights import NORMALIZER, RETRIEVAL_EMBEDDER, tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.datasets.synthetic import draw_body, draw_motion
from mmposenorm.keypoints import smooth_keypoints
from mmposenorm.live import PoseStream
from mmposenorm.live.keypoint_grid import UNSETTLED

VIEW = np.array([[300, 0, 60], [0, -300, 0]])


@pytest.fixture(scope='module')
def inferencer(tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'tiny.pth'
    weights = tiny_weights(path, RETRIEVAL_EMBEDDER)
    return PoseNormInferencer(checkpoint=weights, device='cpu')


@pytest.fixture(scope='module')
def walk():
    rng = np.random.default_rng(0)
    return (draw_motion(draw_body(rng), 80, rng) @ VIEW.T).astype(np.float32)


def streamed(stream, clip, fps=50, visible=None):
    """The moments, features and poses of all estimates."""
    visible = np.ones(clip.shape[:2], np.float32) if visible is None else visible
    found = []
    for number, (keypoints, seen) in enumerate(zip(clip, visible, strict=True)):
        if stream.add(keypoints, seen, number / fps):
            found.append((stream.time, stream.feature(), stream.pose()))
    return found


def test_estimates_with_enough_look_ahead_are_those_of_the_whole_clip(inferencer, walk):
    # On the spot, so that the size of the person does not change.
    clip = np.concatenate([walk[:40], walk[:40][::-1]] * 2)
    stream = PoseStream(inferencer, look_ahead=25)
    found = streamed(stream, clip)
    smooth = smooth_keypoints(clip, np.ones(clip.shape[:2]), 50)
    whole = inferencer(smooth, layout='h36m', fps=50)
    assert len(found) == len(clip) - 25
    for time, feature, pose in found[-20:]:
        frame = round(time * 50)
        np.testing.assert_allclose(feature, whole.pose_features[frame], atol=2e-2)
        np.testing.assert_allclose(
            pose.normalized_poses[0], whole.normalized_poses[frame], atol=2e-2
        )
        np.testing.assert_allclose(pose.body_up[0], whole.body_up[frame], atol=5e-2)
        assert pose.joint_rotations.shape == (1, *whole.joint_rotations.shape[1:])


def test_the_last_frames_are_those_of_the_clip_so_far(inferencer, walk):
    clip = walk[:30]
    stream = PoseStream(inferencer, look_ahead=3)
    *_, (time, feature, pose) = streamed(stream, clip)
    assert time == pytest.approx(26 / 50)
    smooth = smooth_keypoints(clip, np.ones(clip.shape[:2]), 50)
    so_far = inferencer(smooth, layout='h36m', fps=50)
    np.testing.assert_allclose(feature, so_far.pose_features[26], atol=2e-2)
    np.testing.assert_allclose(
        pose.normalized_poses[0], so_far.normalized_poses[26], atol=2e-2
    )


def test_other_frame_rates_are_resampled(inferencer, walk):
    dense = dict_of(streamed(PoseStream(inferencer, 5), walk))
    sparse = dict_of(streamed(PoseStream(inferencer, 5), walk[::2], fps=25))
    for time in (0.5, 0.9, 1.3):
        np.testing.assert_allclose(sparse[time], dense[time], atol=0.05)


def dict_of(found):
    return {round(time, 2): feature for time, feature, _ in found}


def test_nothing_is_estimated_before_the_look_ahead_has_come(inferencer, walk):
    stream = PoseStream(inferencer, look_ahead=4)
    ready = [
        stream.add(frame, np.ones(17, np.float32), number / 50)
        for number, frame in enumerate(walk[:6])
    ]
    assert ready == [False] * 4 + [True] * 2


def test_a_joint_that_is_not_seen_stays_unseen_and_harms_no_other(inferencer, walk):
    visible = np.ones(walk.shape[:2], np.float32)
    visible[:, [7, 9, 10]] = 0  # as detectors have no spine and no top of the head
    visible[20:60, 16] = 0
    clip = np.where(visible[..., None] > 0, walk, 0)
    *_, (_, feature, pose) = streamed(PoseStream(inferencer), clip, visible=visible)
    assert np.isfinite(feature).all()
    assert np.isfinite(pose.normalized_poses).all()


def test_after_a_long_gap_the_past_does_not_matter(inferencer, walk):
    ones = np.ones(17, np.float32)
    stream, fresh = PoseStream(inferencer, 0), PoseStream(inferencer, 0)
    streamed(stream, walk[:40])
    for number, frame in enumerate(walk[60:70]):
        stream.add(frame, ones, 10 + number / 50)
        fresh.add(frame, ones, number / 50)
    np.testing.assert_allclose(stream.feature(), fresh.feature(), atol=1e-5)


def test_memory_stays_the_same_however_long_it_goes_on(inferencer, walk):
    stream = PoseStream(inferencer)
    ones, sizes = np.ones(17, np.float32), []
    for number in range(1200):
        stream.add(walk[number % 80], ones, number / 30)
        if number % 150 == 149:
            stream.feature()
            sizes.append(
                len(pickle.dumps((stream._grid, stream._embedder.encoder._kept)))
            )
    assert max(sizes) < 1.01 * sizes[4]


def test_every_moment_is_estimated_from_what_was_known_of_it(inferencer, walk):
    """The latest moments are told anew, older ones stay as they were told."""
    stream = PoseStream(inferencer)
    told = {}
    for number, frame in enumerate(walk):
        stream.add(frame + number % 3, np.ones(17, np.float32), number / 30)
        latest = stream._grid.latest
        labels = stream._grid.inputs(min(latest + 1, 30))[0][0]
        for moment, values in zip(range(latest, -1, -1), labels.flip(0), strict=False):
            if moment in told and moment <= latest - UNSETTLED - 2:
                np.testing.assert_array_equal(values, told[moment])
            told[moment] = values.clone()


def test_a_fast_camera_gets_each_moment_once(inferencer, walk):
    stream = PoseStream(inferencer, 0)
    times = []
    for number, frame in enumerate(walk):
        stream.add(frame, np.ones(17, np.float32), number / 120)
        times.append(stream.time)
    np.testing.assert_allclose(np.unique(times), np.arange(33) / 50)


def test_other_models_are_refused(tmp_path):
    plain = tiny_weights(tmp_path / 'plain.pth', NORMALIZER)
    with pytest.raises(ValueError, match='this is a PoseNormalizer'):
        PoseStream(PoseNormInferencer(checkpoint=plain, device='cpu'))


def test_a_negative_look_ahead_is_refused(inferencer):
    with pytest.raises(ValueError, match='look_ahead must be a whole number'):
        PoseStream(inferencer, -1)
