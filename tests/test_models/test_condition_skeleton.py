import json

import pytest
import torch

from mmposenorm.geometry.kinematics import inverse_kinematics
from mmposenorm.models.condition_skeleton import ConditionSkeleton, read_bone_lengths
from mmposenorm.skeletons import H36M_KEYPOINTS


@pytest.mark.parametrize('kind', ['extended', 'rigid'])
def test_joint_rotations_do_not_depend_on_the_lengths_of_a_checkpoint(kind):
    condition = ConditionSkeleton(kind)
    condition.bone_lengths *= 1.5
    poses = torch.randn(2, 5, 17, 3)
    torch.testing.assert_close(
        condition.joint_rotations(poses), inverse_kinematics(poses, condition.skeleton)
    )


def test_lengths_come_from_a_file(tmp_path):
    lengths = {name: 0.1 * i for i, name in enumerate(H36M_KEYPOINTS)}
    file = tmp_path / 'lengths.json'
    file.write_text(json.dumps({'bone_lengths': lengths}))
    condition = ConditionSkeleton(file=str(file))
    torch.testing.assert_close(condition.bone_lengths, 0.1 * torch.arange(17.0))
    keypoints = condition.skeleton.keypoint_bone_lengths
    torch.testing.assert_close(
        torch.from_numpy(keypoints).float()[3], torch.tensor(0.3)
    )


def test_a_file_without_a_bone_is_refused(tmp_path):
    file = tmp_path / 'lengths.json'
    file.write_text(json.dumps({'bone_lengths': {H36M_KEYPOINTS[0]: 0}}))
    with pytest.raises(ValueError, match=r'has no length for .*mean_bone_lengths'):
        read_bone_lengths(str(file))


def test_a_checkpoint_of_the_other_kind_is_refused():
    with pytest.raises(ValueError, match='trained on a skeleton of'):
        ConditionSkeleton('rigid').load_state_dict(
            ConditionSkeleton('extended').state_dict()
        )
