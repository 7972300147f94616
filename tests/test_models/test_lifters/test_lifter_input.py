import torch

from mmposenorm.models.lifters.lifter_input import lifter_input


def test_each_keypoint_has_its_place_and_whether_it_was_seen():
    labels = torch.arange(2.0 * 3 * 17 * 2).view(2, 3, 17, 2)
    visible = torch.rand(2, 3, 17)
    joined = lifter_input({'keypoint_labels': labels, 'keypoints_visible': visible})
    assert joined.shape == (2, 3, 17, 3)
    assert torch.equal(joined[..., :2], labels)
    assert torch.equal(joined[..., 2], visible)
