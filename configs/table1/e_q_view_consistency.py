# Direct supervision, and the normalized poses of two renderings of each motion (two
# bodies, two cameras) must agree. Half the motions, so that the number of supervised
# frames is the same.
_base_ = 'e_q_direct.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='RenderTwice'),
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
        ]
    ),
    losses=dict(view_consistency=dict(type='PositionLoss', squared=False)),
)
train_dataloader = dict(batch_size=16)
