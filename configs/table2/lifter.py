# SimpleBaseline3D (Martinez et al.), normalized in closed form.
#   python tools/train.py configs/lifter_simplebaseline3d_cmu.py
#   python tools/test.py configs/table2/lifter.py \
#       work_dirs/lifter_simplebaseline3d_cmu/iter_1954.pth --trust-checkpoint
_base_ = [
    '../lifter_simplebaseline3d_cmu.py',
    '../_base_/correspondence_mocap.py',
]
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(
    _delete_=True, type='DenseCorrespondence', features='normalized_poses'
)
