# Train the E_Q that is used on detected keypoints of real videos: with the noise of
# detectors, joints that are missing or defined otherwise, and more motions: dance, and
# limbs exchanged and turned. 20 million supervised target frames. The weights in the
# package are of an earlier recipe: mmposenorm/weights/README.md.
#   python tools/train.py configs/posenorm_cmu_wild.py [--amp]
_base_ = 'posenorm_cmu.py'
data_root = 'data/cmu_h36m17/'

train_dataloader = dict(
    batch_size=64,
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
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='ThoraxFromShoulders'),
            dict(
                type='AddDetectorNoise',
                prob=0.5,
                jitter=0.02,
                drift=0.03,
                definition=0.03,
            ),
            dict(type='HideJoints'),
            dict(type='NormalizeKeypoints'),
        ]
    ),
    flip_test=True,
)

max_iters = 10_000
train_cfg = dict(max_iters=max_iters, val_interval=5000)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=200, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        eta_min=0,
        begin=200,
        end=max_iters,
        T_max=max_iters - 200,
        by_epoch=False,
    ),
]
custom_hooks = [
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=2e-3)
]
