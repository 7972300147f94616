from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from tiny_weights import EMBEDDER, NORMALIZER, tiny_weights

from mmposenorm import (
    PoseNormInferencer,
    align,
    forward_kinematics,
    inference,
    normalize_keypoints_3d,
)
from mmposenorm.geometry.cameras import look_at
from mmposenorm.geometry.rotations import quaternion_to_matrix
from mmposenorm.keypoints import FramePeople, People, follow, save_people
from mmposenorm.registry import INFERENCERS
from mmposenorm.transforms.network_input import prepare_keypoints

FRACTIONS = np.random.default_rng(0).uniform(0.2, 0.8, (3, 17, 2))
ARRAYS = (
    'joint_rotations',
    'normalized_poses',
    'body_up',
    'keypoints',
    'keypoints_visible',
)
LIFTERS = {
    'temporal': {
        'type': 'TemporalLifter',
        'backbone': {
            'type': 'mmpose.TCN',
            'in_channels': 17 * 3,
            'stem_channels': 16,
            'num_blocks': 1,
            'kernel_sizes': (3, 3),
        },
        'head': {
            'type': 'mmpose.TemporalRegressionHead',
            'in_channels': 16,
            'num_joints': 17,
            'loss': {'type': 'mmpose.MPJPELoss'},
        },
    },
    'semgcn': {'type': 'SemGCN', 'channels': 8, 'num_blocks': 1},
}


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Return files of a normalizer and of an embedder with a normalizer."""
    folder = tmp_path_factory.mktemp('weights')
    return {
        'normalizer': tiny_weights(folder / 'normalizer.pth', NORMALIZER),
        'embedder': tiny_weights(folder / 'embedder.pth', EMBEDDER),
    }


@pytest.fixture(scope='module')
def inferencer(weights):
    return PoseNormInferencer(checkpoint=weights['normalizer'], device='cpu')


@pytest.fixture(scope='module')
def embedder(weights):
    return PoseNormInferencer(checkpoint=weights['embedder'], device='cpu')


def moving_person(frames, seed=0, joints=17):
    """Return keypoints in pixels that move smoothly, (T, K, 2)."""
    rng = np.random.default_rng(seed)
    start, amplitude = rng.normal(scale=100, size=(2, joints, 2))
    phase = rng.uniform(0, 6, size=(joints, 1))
    seconds = np.arange(frames)[:, None, None] / 50
    moved = 0.3 * amplitude * np.sin(3 * seconds + phase)
    return (500 + start + moved).astype(np.float32)


def assert_same(result, other, **tolerance):
    for name in ARRAYS:
        ours, theirs = getattr(result, name), getattr(other, name)
        np.testing.assert_allclose(ours, theirs, **tolerance, err_msg=name)


def test_result_is_what_the_contract_says(inferencer):
    result = inferencer(moving_person(12), fps=50)
    assert result.joint_rotations.shape == (12, inferencer.skeleton.num_joints, 4)
    assert result.normalized_poses.shape == (12, 17, 3)
    assert result.body_up.shape == (12, 3)
    assert result.keypoints_visible.shape == (12, 17)
    for name in (*ARRAYS, 'frame_times'):
        assert getattr(result, name).dtype == np.float32, name
    np.testing.assert_allclose(result.frame_times, np.arange(12) / 50, rtol=1e-6)
    lengths = np.linalg.norm(result.joint_rotations, axis=-1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)
    assert (result.joint_rotations[..., 0] >= 0).all()
    np.testing.assert_array_equal(result.normalized_poses[:, 0], 0)


@pytest.mark.parametrize('fps', [None, 24])
def test_poses_are_those_of_the_rotations(inferencer, fps):
    result = inferencer(moving_person(12), fps=fps)
    rotations = torch.from_numpy(result.joint_rotations)
    up = quaternion_to_matrix(rotations[:, 0]).mT @ torch.tensor([0.0, -1, 0])
    np.testing.assert_allclose(result.body_up, up, atol=1e-5)
    skeleton = inferencer.skeleton
    rotations[:, 0] = torch.tensor([1.0, 0, 0, 0])
    offsets = torch.from_numpy(skeleton.bone_offsets).float()
    posed = forward_kinematics(rotations, offsets, skeleton.parents)
    posed = posed[:, list(skeleton.keypoint_joints)]
    np.testing.assert_allclose(result.normalized_poses, posed, atol=1e-6)


@pytest.mark.parametrize('fps', [None, 30])
def test_chunks_give_what_one_piece_gives(embedder, fps, monkeypatch):
    keypoints = moving_person(90)
    whole = embedder(keypoints, fps=fps)
    monkeypatch.setattr(inference, '_CHUNK', 16)
    chunked = embedder(keypoints, fps=fps)
    assert_same(chunked, whole, atol=1e-5)
    np.testing.assert_allclose(chunked.pose_features, whole.pose_features, atol=1e-5)


@pytest.mark.parametrize('lifter', ['temporal', 'semgcn'])
def test_a_lifter_takes_the_place_of_e_q(lifter, tmp_path, monkeypatch):
    config = {'type': 'LiftedPoseNormalizer', 'lifter': LIFTERS[lifter]}
    weights = tiny_weights(tmp_path / 'lifter.pth', config)
    Config({'model': config}).dump(tmp_path / 'lifter.py')
    inferencer = PoseNormInferencer(tmp_path / 'lifter.py', weights, 'cpu')
    keypoints = moving_person(40)
    result = inferencer(keypoints, fps=50)
    labels, seen = prepare_keypoints(
        torch.from_numpy(keypoints)[None], torch.ones(1, 40, 17)
    )
    inputs = {'keypoint_labels': labels, 'keypoints_visible': seen}
    with torch.inference_mode():
        expected = inferencer.normalizer(inputs)['normalized_poses'][0]
    np.testing.assert_allclose(result.normalized_poses, expected, atol=1e-5)
    assert np.ptp(result.normalized_poses, axis=0).max() > 0.01
    monkeypatch.setattr(inference, '_CHUNK', 16)
    assert_same(inferencer(keypoints, fps=50), result, atol=1e-4)


def test_a_finished_lifter_of_mmpose_is_given_pixels(tmp_path):
    config = {
        'type': 'LiftedPoseNormalizer',
        'lifter': {
            'type': 'MMPoseLifter',
            'config': 'mmpose::body_3d_keypoint/video_pose_lift/h36m/'
            'video-pose-lift_tcn-27frm-supv_8xb128-160e_h36m.py',
            'image_size': [1000, 1000],
        },
    }
    weights = tiny_weights(tmp_path / 'lifter.pth', config)
    Config({'model': config}).dump(tmp_path / 'lifter.py')
    inferencer = PoseNormInferencer(tmp_path / 'lifter.py', weights, 'cpu')
    assert inferencer.normalizer.receptive_field == 27
    result = inferencer(moving_person(4), fps=50)
    assert np.isfinite(result.normalized_poses).all()


def test_a_slower_camera_sees_the_same_poses(inferencer):
    rng = np.random.default_rng(0)
    # Along straight lines, so that what is between the frames is known.
    start, step = rng.normal(size=(2, 17, 2)) * ([[[100]], [[2]]])
    filmed_at_50 = start + step * np.arange(41)[:, None, None]
    fast = inferencer(filmed_at_50, fps=50)
    slow = inferencer(filmed_at_50[::2], fps=25)
    np.testing.assert_allclose(
        slow.normalized_poses, fast.normalized_poses[::2], atol=1e-4
    )
    assert len(slow.frame_times) == 21
    plain = inferencer(filmed_at_50[::2])
    assert np.abs(plain.normalized_poses - slow.normalized_poses).max() > 1e-3


def test_at_the_training_rate_nothing_is_resampled(inferencer):
    keypoints = moving_person(20)
    assert_same(inferencer(keypoints, fps=50), inferencer(keypoints), atol=0)


def test_place_and_size_of_the_person_do_not_matter(inferencer):
    keypoints = moving_person(20)
    result, moved = inferencer(keypoints), inferencer(0.01 * keypoints - 3)
    np.testing.assert_allclose(
        result.normalized_poses, moved.normalized_poses, atol=1e-4
    )


def test_what_is_not_seen_is_not_looked_at(inferencer):
    keypoints = moving_person(20)
    visible = np.ones((20, 17))
    visible[5:9, 3] = 0
    visible[:, 10] = 0.1  # too unsure
    result = inferencer(keypoints, visible, fps=30)
    keypoints[5:9, 3] = np.nan
    keypoints[:, 10] = 1e4
    assert_same(inferencer(keypoints, visible, fps=30), result, atol=0)
    np.testing.assert_array_equal(result.keypoints_visible == 0, visible < 0.3)
    assert np.isfinite(result.normalized_poses).all()


@pytest.mark.parametrize('fps', [None, 12, 50])
def test_one_frame_works(inferencer, fps):
    assert len(inferencer(moving_person(1), fps=fps)) == 1


def test_fractions_of_an_image_are_scaled_to_its_size(inferencer):
    keypoints = moving_person(20)
    low = keypoints.min(axis=(0, 1)) - 50
    size = tuple(np.ptp(keypoints, axis=(0, 1)) + 100)
    expected = inferencer(keypoints - low, layout='h36m')
    given = inferencer((keypoints - low) / size, layout='h36m', size=size)
    assert_same(given, expected, rtol=1e-4, atol=1e-4)


def test_slow_motion_is_read_at_the_speed_of_the_motion(inferencer):
    keypoints = moving_person(20)
    slow = inferencer(keypoints, fps=30, speed=0.25)
    assert_same(slow, inferencer(keypoints, fps=120), atol=0)
    np.testing.assert_allclose(slow.frame_times, np.arange(20) / 120, rtol=1e-6)


def test_missing_joints_are_not_looked_at_whatever_their_score(inferencer):
    keypoints, visible = moving_person(20), np.ones((20, 17))
    visible[4:8, 13] = 0
    expected = inferencer(keypoints, visible)
    for missing in (0, -1, np.nan):
        keypoints[4:8, 13] = missing
        assert_same(inferencer(keypoints), expected, atol=0)


def test_layouts_are_converted(inferencer):
    result = inferencer(moving_person(5, joints=33), layout='mediapipe')
    spine, neck_base, head = 7, 9, 10
    missing = np.flatnonzero(result.keypoints_visible[0] == 0)
    np.testing.assert_array_equal(missing, [spine, neck_base, head])


def test_layout_names_are_understood_in_any_case(inferencer):
    keypoints = moving_person(5, joints=25)
    expected = inferencer(keypoints, layout='openpose_body25')
    for layout in ('BODY_25', 'OpenPose_Body25', None):
        assert_same(inferencer(keypoints, layout=layout), expected, atol=0)


def test_tensors_that_need_gradients_are_read(inferencer):
    keypoints = moving_person(5)
    given = torch.from_numpy(keypoints).requires_grad_()
    visible = torch.ones(5, 17, requires_grad=True)
    assert_same(inferencer(given, visible), inferencer(keypoints), atol=0)
    (listed,) = inferencer([given], [visible])
    assert_same(listed, inferencer(keypoints), atol=0)


def test_the_last_frame_is_that_of_the_clip_at_any_rate(inferencer):
    # 5 frames at 30 fps last 6.7 frames at the training rate of 50, and become 8. The
    # last of them is the last of the clip.
    keypoints = moving_person(5)
    rotations = torch.zeros(8, 1, 4)
    angles = torch.arange(8) * 0.1
    rotations[:, 0, 0], rotations[:, 0, 1] = angles.cos(), angles.sin()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            inferencer, '_estimate', lambda *clip: {'joint_rotations': rotations}
        )
        clip = inference._read_clip(keypoints, None, 'h36m', 30)
        predicted = inferencer._predict(clip)['joint_rotations']
    torch.testing.assert_close(predicted[-1], rotations[-1])


def test_a_batch_gives_what_its_clips_give(inferencer):
    clips = [moving_person(frames, seed=frames) for frames in (3, 20, 8)]
    batch = inferencer(clips, fps=[30, None, 50])
    for result, clip, fps in zip(batch, clips, (30, None, 50), strict=True):
        assert_same(result, inferencer(clip, fps=fps), atol=0)
    stacked = inferencer(np.stack([clips[1]] * 2), np.ones((2, 20, 17)), fps=24)
    assert_same(stacked[1], inferencer(clips[1], fps=24), atol=0)


def test_frame_rates_of_a_batch_may_be_an_array(inferencer):
    clips = [moving_person(3), moving_person(8)]
    for listed, given in zip(
        inferencer(clips, fps=[30, 25]),
        inferencer(clips, fps=np.array([30, 25.0])),
        strict=True,
    ):
        assert_same(given, listed, atol=0)


def test_keypoint_files_and_persons_are_read(inferencer, tmp_path):
    keypoints = moving_person(20)
    frames = [
        FramePeople(pose[None], np.ones((1, 17), 'f'), np.array([[0, 0, 9, 9]], 'f'))
        for pose in keypoints
    ]
    people = People(frames, 'h36m', 'test', fps=30.0)
    save_people(tmp_path / 'people.npz', people)
    person = follow(people)
    expected = inferencer(person.keypoints, person.visible, 'h36m', fps=30)
    assert_same(inferencer(person), expected, atol=0)
    (read,) = inferencer([tmp_path / 'people.npz'])
    assert_same(read, expected, atol=0)
    np.testing.assert_allclose(read.frame_times, np.arange(20) / 30, rtol=1e-6)
    assert inferencer(person, fps=60).frame_times[-1] == pytest.approx(19 / 60)
    slow = inferencer(tmp_path / 'people.npz', speed=0.5)
    assert slow.frame_times[-1] == pytest.approx(19 / 60)
    assert inferencer(person, speed=0.5).frame_times[-1] == pytest.approx(19 / 60)


def test_features_are_those_of_the_poses(embedder):
    result = embedder(moving_person(20), fps=30)
    assert result.pose_features.shape == (20, 64)
    assert result.pose_features.dtype == np.float32
    again = embedder.embed(result)
    np.testing.assert_allclose(result.pose_features, again, atol=1e-6)
    alignment = align(result.pose_features, result.pose_features)
    np.testing.assert_array_equal(alignment.path[:, 0], alignment.path[:, 1])


def test_features_follow_the_poses_of_a_changed_result(embedder):
    result = embedder(moving_person(20), fps=30)
    reversed_poses = result.normalized_poses[::-1]
    again = embedder.embed(replace(result, normalized_poses=reversed_poses))
    other = embedder.embed(replace(result, normalized_poses=reversed_poses.copy()))
    np.testing.assert_array_equal(again, other)
    assert np.abs(again - result.pose_features).max() > 1e-3


@pytest.fixture(scope='module')
def retriever(tmp_path_factory):
    """An inferencer whose features come from the keypoints, with expected errors."""
    normalizer = NORMALIZER | {'uncertainty': {'type': 'DirectionSigmaHead'}}
    config = {
        'type': 'RetrievalEmbedder',
        'encoder': NORMALIZER['encoder'],
        'loss': {'type': 'RetrievalLoss'},
        'normalizer': normalizer,
    }
    path = tmp_path_factory.mktemp('weights') / 'retriever.pth'
    return PoseNormInferencer(checkpoint=tiny_weights(path, config), device='cpu')


def test_features_of_keypoints_are_unit_vectors_at_the_original_frames(retriever):
    keypoints = moving_person(20)
    at_rate = retriever(keypoints, fps=50)
    assert at_rate.pose_features.shape == (20, 64)
    slower = retriever(keypoints, fps=25)
    for result in (at_rate, slower):
        lengths = np.linalg.norm(result.pose_features, axis=1)
        np.testing.assert_allclose(lengths, 1, atol=1e-5)
    # The same motion, sampled twice as often and thinned again.
    doubled = np.empty((39, 17, 2))
    doubled[::2] = keypoints
    doubled[1::2] = (keypoints[1:] + keypoints[:-1]) / 2
    thinned = retriever(doubled, fps=50).pose_features[::2]
    np.testing.assert_allclose(slower.pose_features, thinned, atol=1e-4)


def test_features_of_keypoints_are_computed_again_from_a_result(retriever):
    result = retriever(moving_person(20), fps=30)
    np.testing.assert_allclose(retriever.embed(result), result.pose_features, atol=1e-5)
    other = replace(result, keypoints=result.keypoints[::-1].copy())
    assert np.abs(retriever.embed(other) - result.pose_features).max() > 1e-3


def test_the_expected_errors_of_the_bones_come_with_the_result(retriever, inferencer):
    result = retriever(moving_person(20), fps=30)
    assert result.direction_sigma.shape == (20, 16)
    assert result.direction_sigma.dtype == np.float32
    np.testing.assert_allclose(result.direction_sigma, np.radians(10), rtol=1e-5)
    assert inferencer(moving_person(3)).direction_sigma is None


def test_one_frame_has_features_and_expected_errors(retriever):
    result = retriever(moving_person(1), fps=30)
    assert result.pose_features.shape == (1, 64)
    assert result.direction_sigma.shape == (1, 16)


def test_without_an_embedder_there_are_no_features(inferencer):
    result = inferencer(moving_person(3))
    assert not result.has_features
    with pytest.raises(AttributeError, match='holds no pose embedder'):
        _ = result.pose_features
    with pytest.raises(ValueError, match='holds no pose embedder'):
        inferencer.embed(result)


def test_data_sample_has_a_frame_per_instance(embedder):
    result = embedder(moving_person(6), fps=25)
    sample = result.to_data_sample()
    assert len(sample.pred_instances) == len(sample.gt_instances) == 6
    np.testing.assert_array_equal(
        sample.pred_instances.normalized_poses, result.normalized_poses
    )
    np.testing.assert_array_equal(
        sample.pred_instances.pose_features, result.pose_features
    )
    np.testing.assert_array_equal(sample.frame_times, result.frame_times)


def test_it_is_built_by_name_whatever_the_scope(weights):
    config = {'type': 'mmposenorm.PoseNormInferencer', 'device': 'cpu'}
    config['checkpoint'] = weights['normalizer']
    with DefaultScope.overwrite_default_scope('mmengine'):
        inferencer = INFERENCERS.build(config)
    assert len(inferencer(moving_person(2))) == 2


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        ({'keypoints': np.zeros((0, 17, 2))}, 'holds no frame'),
        ({'keypoints': []}, r'shape \(0,\); expected'),
        ({'keypoints': np.zeros((5, 14, 2))}, 'has 14 joints; layout h36m has 17'),
        ({'keypoints': np.zeros((5, 17, 3))}, 'confidence, pass it as visible'),
        ({'keypoints': np.zeros((17, 2))}, r'shape \(17, 2\); expected'),
        ({'keypoints': np.zeros((90, 17))}, 'may be the confidences'),
        ({'keypoints': np.zeros((90, 34))}, r'reshape\(-1, 17, 2\)'),
        ({'keypoints': np.zeros((90, 2, 17))}, r'swapaxes\(1, 2\)'),
        ({'keypoints': np.full((2, 17, 2), np.nan)}, 'All positions .* are NaN'),
        ({'keypoints': 3}, r'must be an array of numbers.* but is 3, of type int'),
        ({'keypoints': {'a': 1}}, "the path of a video .* but is {'a': 1}"),
        ({'keypoints': [[[1, 2], [3]]]}, r'but is \[\[\[1, 2\], \[3\]\]\]'),
        ({'visible': 'yes'}, "visible must be an array of numbers.* but is 'yes'"),
        ({'visible': np.zeros((5, 17))}, 'No keypoint was seen'),
        ({}, 'All joints lie at the same point'),
        ({'keypoints': FRACTIONS}, r'between 0 and 1.*Pass its size'),
        ({'size': (1920, 0)}, 'size must be the width and height'),
        ({'speed': 0.125}, 'speed needs the frame rate'),
        ({'fps': 30, 'speed': 0}, 'speed must be a number between'),
        ({'visible': np.ones((4, 17))}, r'visible has shape \(4, 17\)'),
        ({'visible': np.full((5, 17), 2)}, 'between 0 and 1'),
        ({'layout': 'smpl'}, "but is 'smpl'. Add your own"),
        ({'layout': 'coko'}, "but is 'coko'. Did you mean coco"),
        ({'layout': ['h36m']}, r"must be the name of a layout, but is \['h36m'\]"),
        ({'keypoints': np.zeros((2, 20, 3)), 'layout': 'kinect'}, '2D keypoints'),
        ({'fps': 0}, 'fps must be between'),
        ({'fps': float('nan')}, 'fps must be between'),
        ({'fps': 1 / 30}, 'fps must be between'),
        ({'fps': '30'}, "fps must be between .* but is '30'"),
        ({'keypoints': [np.ones((5, 17, 2))] * 2, 'fps': [30]}, 'There are 2 clips'),
        ({'keypoints': 'a.npz', 'visible': np.ones((1, 17))}, 'bring their own'),
    ],
)
def test_bad_input_ends_in_a_sentence(inferencer, arguments, said):
    arguments = {'keypoints': np.ones((5, 17, 2))} | arguments
    with pytest.raises(ValueError, match=said):
        inferencer(**arguments)


def test_a_batch_is_checked_before_work_begins(inferencer, monkeypatch):
    monkeypatch.setattr(inferencer, '_infer', lambda clip: pytest.fail('began'))
    with pytest.raises(ValueError, match='14 joints'):
        inferencer([moving_person(5), np.ones((5, 14, 2))])


@pytest.mark.parametrize('path', ['none.npz', 'none.mp4'])
def test_missing_clip_is_named(inferencer, path):
    with pytest.raises(FileNotFoundError, match=path):
        inferencer(path)


@pytest.mark.parametrize('device', ['cuda:63', 'tpu'])
def test_missing_device_is_named(weights, device):
    with pytest.raises(ValueError, match=rf"device is '{device}'.*Use 'cpu'"):
        PoseNormInferencer(checkpoint=weights['normalizer'], device=device)


@pytest.mark.parametrize(
    ('change', 'said'),
    [
        ({'normalizer': None}, 'PoseEmbedder without a normalizer; expected'),
        ({'poses': 'turned'}, 'encodes turned poses'),
    ],
)
def test_models_that_cannot_normalize_are_refused(change, said, tmp_path):
    path = tiny_weights(tmp_path / 'model.pth', EMBEDDER | change)
    with pytest.raises(ValueError, match=said):
        PoseNormInferencer(checkpoint=path, device='cpu')


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs CUDA')
def test_devices_agree(weights, embedder):
    on_gpu = PoseNormInferencer(checkpoint=weights['embedder'], device='cuda')
    keypoints = moving_person(90)
    result, expected = on_gpu(keypoints, fps=30), embedder(keypoints, fps=30)
    assert_same(result, expected, atol=1e-3)
    np.testing.assert_allclose(result.pose_features, expected.pose_features, atol=1e-3)


def test_shipped_weights_normalize_motion_capture(shared_data):
    if not resources.files('mmposenorm').joinpath('weights').is_dir():
        pytest.skip('no weights are shipped yet')
    with np.load(shared_data / 'cmu_h36m17' / 'test.npz') as clips:
        world = torch.from_numpy(clips['02_01'])
    position = world[0, 0] + torch.tensor([2.0, 0.3, 4.0])
    rotation, translation = look_at(position, world[0, 0])
    seen = world @ rotation.mT + translation
    result = PoseNormInferencer()(seen[..., :2] / seen[..., 2:], fps=50)
    truth = normalize_keypoints_3d(world.numpy())
    errors = np.linalg.norm(result.normalized_poses - truth, axis=-1)
    # They are better than that, but not if code and weights no longer fit.
    assert errors.mean() < 0.05


def test_a_clip_of_a_face_alone_is_refused(inferencer):
    visible = np.zeros((4, 17))
    visible[:, :1] = 1  # the nose
    keypoints = np.random.default_rng(0).normal(300, 50, (4, 17, 2))
    with pytest.raises(ValueError, match='from head to ankles none was seen'):
        inferencer(keypoints, visible, layout='coco')
