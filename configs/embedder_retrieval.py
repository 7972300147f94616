# Train the pose features that ship: an embedding of 2D keypoints that learns to find
# the same moment in another rendering of the same motion. It starts from the encoder
# of the first pose normalizer. A step takes 0.5 s on one CPU core.
#   python tools/train.py configs/posenorm_cmu_wild.py --amp
#   python tools/train.py configs/posenorm_mocap.py --amp
#   python tools/train.py configs/embedder_retrieval.py --amp
#   python tools/test.py configs/embedder_retrieval.py \
#       work_dirs/embedder_retrieval/iter_2600.pth --trust-checkpoint
_base_ = '_base_/retrieval_embedder.py'

_normalizer = 'work_dirs/posenorm_mocap/iter_10000.pth'
_start = 'work_dirs/posenorm_cmu_wild/iter_16000.pth'
model = dict(
    normalizer=dict(init_cfg=dict(type='Pretrained', checkpoint=_normalizer)),
    start_from=dict(checkpoint=_start, prefix='encoder'),
)
max_iters = 2600
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(optimizer=dict(lr=1e-3))

# Nothing is chosen by the test pairs: the last checkpoint counts.
val_cfg = None
val_dataloader = None
val_evaluator = None
default_hooks = dict(checkpoint=dict(save_best=None, rule=None))
custom_hooks = [
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=2e-3)
]
