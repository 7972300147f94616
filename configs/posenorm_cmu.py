# Train the default pose normalizer (the paper's E_Q) on motion capture seen by virtual
# cameras: 40 million supervised frames.
#   python tools/train.py configs/posenorm_cmu.py [--amp]
_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_40m.py',
    '_base_/pose_metrics.py',
    '_base_/mocap_clips.py',
    '_base_/pose_normalizer.py',
]
model = dict(data_preprocessor={{_base_.data_preprocessor}})
train_dataloader = dict(batch_size=160)
