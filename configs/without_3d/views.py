# 2D keypoints of two cameras only: the normalized poses of both views must agree, and
# each must fit its picture.
#   python tools/train.py configs/without_3d/views.py
_base_ = 'ordinal.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='RenderTwice'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
            dict(type='HideTruth'),
        ]
    ),
    losses=dict(
        _delete_=True,
        reprojection=dict(type='ReprojectionLoss', loss_weight=0.5),
        view_consistency=dict(type='PositionLoss', squared=False),
    ),
)
train_dataloader = dict(batch_size=16)  # each is rendered twice
