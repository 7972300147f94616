# E_Q for the curve of missing joints: with the noise of detectors, but always complete.
# The budget of Table 1, with the optimizer of the shipped weights.
#   python tools/train.py configs/table4/e_q_complete.py [--amp]
_base_ = '../table1/e_q_direct.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='ThoraxFromShoulders'),
            dict(type='AddDetectorNoise'),
            dict(type='NormalizeKeypoints'),
        ]
    )
)
optim_wrapper = dict(optimizer=dict(type='MuonWithAdamW', lr=2e-3))
