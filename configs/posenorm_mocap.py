# Train the pose normalizer that ships: from the weights of posenorm_cmu_wild.py on,
# with all motion capture there is, and with an estimate of its own errors. 20 million
# supervised target frames.
#   python tools/train.py configs/posenorm_cmu_wild.py --amp
#   python tools/train.py configs/posenorm_mocap.py --amp
_base_ = ['posenorm_cmu_wild.py', '_base_/mocap_training_files.py']

model = dict(
    init_cfg=dict(
        type='Pretrained', checkpoint='work_dirs/posenorm_cmu_wild/iter_16000.pth'
    ),
    uncertainty=dict(
        type='DirectionSigmaHead',
        # Measured after training by tools/tables/measure_angles.py, on both sets
        # together, the mean of left and right; bones that end at keypoints 1 to 16.
        calibration=[
            *(1.00, 0.92, 0.89, 1.00, 0.92, 0.89, 1.93, 1.57),
            *(1.52, 1.19, 1.23, 0.90, 0.78, 1.23, 0.90, 0.78),
        ],
    ),
    losses=dict(direction_sigma=dict(type='DirectionLikelihoodLoss', loss_weight=0.05)),
)
train_dataloader = dict(
    dataset=dict(
        ann_file={{_base_.training_files.ann_file}},
        weights={{_base_.training_files.weights}},
        index_file={{_base_.training_files.index_file}},
    )
)
train_cfg = dict(max_iters=10_000, val_interval=5000)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
custom_hooks = [
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=2e-3)
]
test_evaluator = [
    dict(type='MPJPE'),
    dict(type='NormalizedError'),
    dict(type='DeltaMPJPE'),
    dict(type='ConsistencyError', between='views'),
    dict(type='ConsistencyError', between='bodies'),
    dict(type='DirectionCalibration'),
]
