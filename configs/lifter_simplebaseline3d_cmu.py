# Train SimpleBaseline3D on motion capture.
_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_2m.py',
    '_base_/pose_metrics.py',
    '_base_/mocap_clips.py',
    '_base_/simplebaseline3d.py',
]

model = dict(
    type='LiftedPoseNormalizer',
    data_preprocessor={{_base_.data_preprocessor}},
    lifter={{_base_.lifter}},
)
