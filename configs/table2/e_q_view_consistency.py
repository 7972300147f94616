# Poses of the pose normalizer that was trained with view consistency.
_base_ = [
    '../table1/e_q_view_consistency.py',
    '../_base_/correspondence_mocap.py',
]
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(
    _delete_=True, type='DenseCorrespondence', features='normalized_poses'
)
