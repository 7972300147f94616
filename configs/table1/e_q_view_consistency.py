# Direct supervision, and two renderings of each motion (two bodies, two cameras) must
# give one normalized pose. The same number of supervised frames: half the motions.
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
