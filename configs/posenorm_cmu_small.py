# A small pose normalizer (the paper's E_Q) that two CPU cores train and test in 5
# minutes: 1.4 M weights, 4 million supervised frames.
#   python tools/train.py configs/posenorm_cmu_small.py
_base_ = 'posenorm_cmu.py'
train_dataloader = dict(batch_size=64)
model = dict(encoder=dict(channels=256))

max_iters = 4_000_000 // (64 * 32)
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=100, by_epoch=False),
    dict(type='CosineAfterWarmUpLR', begin=100, by_epoch=False),
]
