# VideoPose3D with 27 frames, mmpose's own network in its dense form: as in
# mmpose::body_3d_keypoint/video_pose_lift, but without strides.
lifter = dict(
    type='TemporalLifter',
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
        loss=dict(type='mmpose.MPJPELoss'),  # the head builds it, but nothing uses it
    ),
)
