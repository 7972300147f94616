import torch

from mmposenorm.transforms.renderings import RepeatClips


def test_clips_come_again_after_all_others():
    inputs = {
        'keypoints_world': torch.randn(2, 5, 17, 3),
        'fps': torch.tensor([50.0, 25.0]),
        'camera': {'focal': torch.randn(2, 2)},
    }
    repeated = RepeatClips(3)(inputs, torch.Generator())
    assert repeated['fps'].tolist() == [50, 25, 50, 25, 50, 25]
    for start in (0, 2, 4):
        torch.testing.assert_close(
            repeated['keypoints_world'][start : start + 2], inputs['keypoints_world']
        )
        torch.testing.assert_close(
            repeated['camera']['focal'][start : start + 2], inputs['camera']['focal']
        )
