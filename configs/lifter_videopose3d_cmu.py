# VideoPose3D with 27 frames, mmpose's own network in its dense form.
_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_2m.py',
    '_base_/pose_metrics.py',
    '_base_/mocap_clips.py',
]

model = dict(
    type='LiftedPoseNormalizer',
    data_preprocessor={{_base_.data_preprocessor}},
    lifter=dict(
        type='TemporalLifter',
        # As in mmpose::body_3d_keypoint/video_pose_lift, but for the strides.
        backbone=dict(
            type='mmpose.TCN',
            in_channels=17 * 3,
            stem_channels=1024,
            num_blocks=2,
            kernel_sizes=(3, 3, 3),
            dropout=0.25,
        ),
        head=dict(
            type='mmpose.TemporalRegressionHead',
            in_channels=1024,
            num_joints=17,
            loss=dict(type='mmpose.MPJPELoss'),  # built by the head, not used
        ),
    ),
)
