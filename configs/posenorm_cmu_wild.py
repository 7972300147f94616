# Train a pose normalizer (the paper's E_Q) for detected keypoints of real videos: with
# detector noise, joints that are missing or defined differently, and more motions
# (dance, and limbs exchanged and turned). From the middle of the training on, the two
# renderings of each clip must also agree. 33 million supervised frames.
#   python tools/train.py configs/posenorm_cmu_wild.py [--amp]
_base_ = 'posenorm_cmu.py'
data_root = 'data/cmu_h36m17/'

train_dataloader = dict(
    batch_size=32,  # each is rendered twice
    dataset=dict(
        ann_file=[data_root + 'train.npz', data_root + 'train_dance.npz'],
        index_file=data_root + 'index.json',
        pipeline=[
            dict(type='RandomClip', length={{_base_.clip_len}}, speed_range=(0.7, 2.0)),
            dict(type='PackPoseClip'),
        ],
    ),
)
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='ExchangeLimbs'),
            dict(type='TurnLimbs'),
            dict(type='MirrorClip'),
            dict(type='RenderTwice'),
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='ThoraxFromShoulders'),
            dict(type='AddDetectorNoise'),
            dict(type='HideJoints'),
            dict(type='NormalizeKeypoints'),
        ]
    ),
    losses=dict(
        view_consistency=dict(type='PositionLoss', squared=False, loss_weight=0.3)
    ),
    flip_test=True,
)

train_cfg = dict(max_iters=16_000, val_interval=8000)
custom_hooks = [
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=2e-3),
    dict(type='LateNoiseHook', begin=0.125, strength=0.5),
    dict(type='LateLossHook', loss='view_consistency', begin=0.4, end=0.5),
]
