# As Table 1's pose normalizer, trained with missing joints.
#   python tools/train.py configs/table4/e_q_missing.py [--amp]
_base_ = '../table1/e_q_direct.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='HideJoints'),
            dict(type='NormalizeKeypoints'),
        ]
    )
)
