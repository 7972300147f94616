# The pose normalizer (the paper's E_Q) with direct supervision of the normalized pose:
# the default, on a small budget.
#   python tools/train.py configs/table1/e_q_direct.py
_base_ = [
    '../_base_/runtime.py',
    '../_base_/schedule_2m.py',
    '../_base_/pose_metrics.py',
    '../_base_/mocap_clips.py',
    '../_base_/pose_normalizer.py',
]
model = dict(data_preprocessor={{_base_.data_preprocessor}})
