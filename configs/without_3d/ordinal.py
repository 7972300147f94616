# Ordinal depth and 2D keypoints only: for all pairs of keypoints of all frames which is
# nearer to the camera by a quarter of their distance, if one is, a tenth of the answers
# wrong.
#   python tools/train.py configs/without_3d/ordinal.py
_base_ = 'full.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
            dict(type='LabelDepthOrder', wrong=0.1),
            dict(type='HideTruth'),
        ]
    ),
    losses=dict(
        _delete_=True,
        reprojection=dict(type='ReprojectionLoss', loss_weight=0.5),
        ordinal_depth=dict(type='OrdinalDepthLoss'),
    ),
)
