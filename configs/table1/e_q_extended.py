# The paper's losses on the extended skeleton, with distances instead of squared
# distances (e_q_squared.py). The paper's loss weights are not public.
_base_ = 'e_q_direct.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='ScaleBones'),
            dict(type='LabelFootContact'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
        ]
    ),
    losses=dict(
        _delete_=True,
        recon=dict(type='PositionLoss', squared=False),
        cycle=dict(type='PositionLoss', squared=False, loss_weight=0.5),
        rotation_consistency=dict(type='RotationConsistencyLoss', loss_weight=0.05),
        foot_contact=dict(type='FootContactLoss', loss_weight=10.0),
    ),
)
