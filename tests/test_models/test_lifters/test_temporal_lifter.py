import pytest
import torch
from lifted_clips import clips, temporal_lifter
from torch import nn

from mmposenorm.models.lifters.temporal_lifter import TemporalLifter
from mmposenorm.registry import MODELS


@pytest.mark.parametrize('kernel_sizes', [(3, 3, 3), (1, 1, 1)])
def test_a_whole_clip_gives_what_mmposes_windows_give(kernel_sizes):
    dense = MODELS.build(temporal_lifter(kernel_sizes)).eval()
    randomize_statistics(dense)
    strided = temporal_lifter(kernel_sizes, use_stride_conv=True)['backbone']
    strided = MODELS.build(strided)
    strided.eval()  # of mmpose, which does not return itself
    strided.load_state_dict(dense.backbone.state_dict())
    inputs = clips(num_frames=30)
    whole = dense(inputs)

    features = torch.cat(
        [inputs['keypoint_labels'], inputs['keypoints_visible'][..., None]], dim=-1
    )
    reach = dense.receptive_field // 2
    around = torch.arange(-reach, reach + 1)
    for frame in range(30):
        window = features[:, (frame + around).clamp(0, 29)]  # (B, 27, 17, 3)
        pose = dense.head(strided(window.flatten(2).mT))  # (B, 17, 3)
        torch.testing.assert_close(pose, whole[:, frame], rtol=0, atol=1e-5)


def randomize_statistics(model):
    """Give batch normalization something to do in evaluation mode."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)


@pytest.mark.parametrize('option', ['use_stride_conv', 'causal'])
def test_a_lifter_that_skips_frames_is_refused(option):
    lifter = temporal_lifter(**{option: True})
    with pytest.raises(ValueError, match=f'Set {option}=False'):
        TemporalLifter(lifter['backbone'], lifter['head'])


def test_a_frame_sees_the_frames_around_it_and_no_others():
    lifter = MODELS.build(temporal_lifter((3, 3))).eval()
    assert lifter.receptive_field == 9
    inputs = clips(num_clips=1, num_frames=20)
    before = lifter(inputs)
    inputs['keypoint_labels'][:, 10] += 1
    moved = (lifter(inputs) - before).abs().amax((-1, -2))[0] > 0
    assert moved.nonzero().flatten().tolist() == list(range(6, 15))


def test_a_head_of_16_joints_has_the_root_at_0():
    lifter = MODELS.build(temporal_lifter(num_joints=16)).eval()
    nn.init.ones_(lifter.head.conv.bias)
    joints = lifter(clips(num_frames=2))
    assert (joints[:, :, 0] == 0).all()
    assert (joints[:, :, 1:].abs() > 0.1).all()
