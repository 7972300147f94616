# Train the default pose normalizer (the paper's E_Q) on Human3.6M, the paper's data.
#   python tools/train.py configs/posenorm_h36m.py [--amp]
_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_40m.py',
    '_base_/pose_metrics.py',
    '_base_/h36m_clips.py',
    '_base_/pose_normalizer.py',
]
model = dict(data_preprocessor={{_base_.data_preprocessor}})
