# Normalized poses of the E_Q that learned to give two renderings one pose.
_base_ = [
    '../table1/e_q_view_consistency.py',
    '../_base_/correspondence_mocap.py',
]
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(
    _delete_=True, type='DenseCorrespondence', features='normalized_poses'
)
