# SemGCN without non-local layers, one frame at a time.
_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_2m.py',
    '_base_/pose_metrics.py',
    '_base_/mocap_clips.py',
]

model = dict(
    type='LiftedPoseNormalizer',
    data_preprocessor={{_base_.data_preprocessor}},
    lifter=dict(type='SemGCN', channels=128, num_blocks=4),
)
