# Poses of the pose normalizer (the paper's E_Q), compared by Euclidean distance.
#   python tools/test.py configs/table2/e_q.py \
#       work_dirs/e_q_direct/iter_1954.pth --trust-checkpoint
_base_ = ['../table1/e_q_direct.py', '../_base_/correspondence_mocap.py']
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(
    _delete_=True, type='DenseCorrespondence', features='normalized_poses'
)
