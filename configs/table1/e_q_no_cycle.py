# The same without the cycle: no second estimate, so no consistency of rotations either.
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
        foot_contact=dict(type='FootContactLoss', loss_weight=10.0),
    ),
)
