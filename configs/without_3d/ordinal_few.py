# As ordinal.py, with one label a frame instead of 136: of a tenth of the frames, ten
# pairs each.
#   python tools/train.py configs/without_3d/ordinal_few.py
_base_ = 'ordinal.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
            dict(type='LabelDepthOrder', wrong=0.1, pairs=10, frames=0.1),
            dict(type='HideTruth'),
        ]
    ),
)
