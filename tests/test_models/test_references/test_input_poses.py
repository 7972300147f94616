import pytest
import torch

from mmposenorm.models import InputPoses


def test_the_input_is_handed_on(batch):
    inputs, described = batch
    labels = {'keypoint_labels': inputs['keypoints']}
    samples = InputPoses()(labels, described, mode='predict')
    torch.testing.assert_close(
        samples[1].pred_instances.keypoint_labels, inputs['keypoints'][1]
    )
    assert samples[1].metainfo['clip_id'] == 'b'


@pytest.mark.parametrize('mode', ['loss', 'tensor'])
def test_there_is_nothing_to_train(batch, mode):
    with pytest.raises(ValueError, match='InputPoses can be tested, not trained'):
        InputPoses()(*batch, mode=mode)
