import numpy as np
import pytest
import torch
from mmengine.hub import get_config
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData

from mmposenorm.mmpose_compat import import_mmpose
from mmposenorm.models.lifters.lifted_normalizer import LiftedPoseNormalizer
from mmposenorm.models.lifters.mmpose_lifter import MMPoseLifter

_H36M = 'mmpose::body_3d_keypoint/{}.py'
VIDEO_27 = _H36M.format(
    'video_pose_lift/h36m/video-pose-lift_tcn-27frm-supv_8xb128-160e_h36m'
)
VIDEO_243 = _H36M.format(
    'video_pose_lift/h36m/video-pose-lift_tcn-243frm-supv_8xb128-160e_h36m'
)
IMAGE = _H36M.format('image_pose_lift/h36m/image-pose-lift_tcn_8xb64-200e_h36m')
MOTIONBERT = _H36M.format('motionbert/h36m/motionbert_dstformer-243frm_8xb32-240e_h36m')
IMAGE_SIZE = (1000, 1002)

# mmpose looks for the joints of Human3.6M in our folder first, and says so.
pytestmark = pytest.mark.filterwarnings('ignore::UserWarning')


@pytest.fixture(scope='module')
def video_27():
    return MMPoseLifter(VIDEO_27)


@pytest.fixture(scope='module')
def motionbert():
    return MMPoseLifter(MOTIONBERT)


def clips(num_clips=2, num_frames=4):
    return {
        'keypoints': 500 + 100 * torch.randn(num_clips, num_frames, 17, 2),
        'keypoints_visible': torch.ones(num_clips, num_frames, 17),
        'camera': {'center': torch.tensor(IMAGE_SIZE).expand(num_clips, 2) / 2},
        'lifting_target': torch.randn(num_clips, num_frames, 17, 3),
    }


def lift_as_mmpose(lifter, keypoints):
    """Lift a clip (T, 17, 2) by mmpose's own function, one call a frame."""
    import_mmpose()
    from mmpose.apis import extract_pose_sequence, inference_pose_lifter_model
    from mmpose.structures import PoseDataSample

    video = []
    for frame in keypoints:
        person = PoseDataSample(
            gt_instances=InstanceData(),
            pred_instances=InstanceData(
                keypoints=frame[None], bboxes=np.array([[0, 0, 1, 1]])
            ),
        )
        person.track_id = 0
        video.append([person])
    poses = []
    for frame in range(len(video)):
        window = extract_pose_sequence(video, frame, False, lifter.window_length)
        sample = inference_pose_lifter_model(
            lifter.model, window, image_size=IMAGE_SIZE
        )[0]
        poses.append(sample.pred_instances.keypoints.reshape(17, 3))
    return np.stack(poses)


@pytest.mark.parametrize('config', [VIDEO_27, VIDEO_243, IMAGE])
def test_windows_in_batches_give_what_mmpose_gives_frame_by_frame(config):
    lifter = MMPoseLifter(config)
    inputs = clips()
    lifted = lifter(inputs).numpy()
    with DefaultScope.overwrite_default_scope('mmpose'):
        for clip, keypoints in zip(lifted, inputs['keypoints'].numpy(), strict=True):
            expected = lift_as_mmpose(lifter, keypoints)
            np.testing.assert_allclose(clip, expected, atol=1e-5)


def test_motionbert_sees_stretches_of_frames(motionbert, monkeypatch):
    inputs = clips(num_clips=1, num_frames=5)
    assert motionbert(inputs).shape == (1, 5, 17, 3)
    monkeypatch.setattr(motionbert, 'frames_at_once', 3)  # instead of 243
    lifted = motionbert(inputs)[0]
    first, last = (
        motionbert({**inputs, **{k: inputs[k][:, at] for k in list(inputs)[:2]}})[0]
        for at in (slice(0, 3), slice(2, 5))
    )
    torch.testing.assert_close(lifted, torch.cat([first[:2], last]))


def test_motionbert_is_told_what_was_not_seen(motionbert):
    inputs = clips(num_clips=1, num_frames=2)
    lifted = motionbert(inputs)
    inputs['keypoints_visible'][..., 3] = 0
    assert not torch.allclose(motionbert(inputs), lifted)


def test_windows_repeat_the_ends_of_a_clip(video_27):
    windows = video_27._windows(3)
    assert windows.shape == (3, 27)
    assert windows[0].tolist() == [0] * 14 + [1] + [2] * 12


def test_an_image_size_goes_before_the_cameras(video_27):
    inputs = clips()
    by_camera = video_27(inputs)
    inputs['camera']['center'] = 2 * inputs['camera']['center']
    assert not torch.allclose(video_27(inputs), by_camera)
    of_known_size = MMPoseLifter(VIDEO_27, image_size=IMAGE_SIZE)
    of_known_size.load_state_dict(video_27.state_dict())
    torch.testing.assert_close(of_known_size(inputs), by_camera)


def test_neither_camera_nor_image_size_is_an_error(video_27):
    inputs = clips()
    del inputs['camera']
    with pytest.raises(ValueError, match=r'Set `lifter\.image_size`'):
        video_27(inputs)


def test_it_normalizes_but_does_not_train(video_27):
    model = LiftedPoseNormalizer({'type': 'MMPoseLifter', 'config': VIDEO_27}).train()
    assert not model.lifter.model.training
    samples = model(clips(), {'clip_id': ['a', 'b']}, mode='predict')
    assert samples[1].pred_instances.normalized_poses.shape == (4, 17, 3)
    with pytest.raises(ValueError, match='can be tested, not trained'):
        model(clips(), mode='loss')


def test_the_default_scope_stays(video_27):
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        MMPoseLifter(VIDEO_27)
        assert DefaultScope.get_current_instance().scope_name == 'mmposenorm'


def test_a_checkpoint_of_mmengine_is_loaded(video_27, tmp_path):
    path = str(tmp_path / 'epoch_1.pth')
    meta = {'time': np.float64(1)}  # more than weights, as in MMEngine's checkpoints
    torch.save({'meta': meta, 'state_dict': video_27.model.state_dict()}, path)
    inputs = clips()
    torch.testing.assert_close(MMPoseLifter(VIDEO_27, path)(inputs), video_27(inputs))
    with pytest.raises(ValueError, match=r'do not fit mmpose::.*tcn-243frm'):
        MMPoseLifter(VIDEO_243, path)


def test_a_missing_checkpoint_is_named():
    with pytest.raises(FileNotFoundError, match=r'nowhere\.pth not found\. Give the'):
        MMPoseLifter(VIDEO_27, 'nowhere.pth')


def test_a_lifter_of_other_keypoints_is_refused(tmp_path):
    config = get_config(VIDEO_27)
    config.test_dataloader.dataset.metainfo = {
        'from_file': 'configs/_base_/datasets/coco_wholebody.py'
    }
    config.dump(tmp_path / 'wholebody.py')
    with pytest.raises(ValueError, match='lifts 133 keypoints'):
        MMPoseLifter(str(tmp_path / 'wholebody.py'))
