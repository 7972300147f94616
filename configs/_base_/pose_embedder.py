# The pose embedder (the paper's E_P): a fully connected encoder, trained on triplets
# that go from easy to semi-hard.
encoder = dict(type='FullyConnectedEncoder')
triplet_loss = dict(type='TripletMarginLoss', margin=1.0)
miner = dict(type='AdaptiveTripletMiner')
embedder_hooks = [
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=1e-2),
    dict(
        type='MiningCurriculumHook',
        positive_ranges=((0.0, 0.2), (0.0, 0.2)),
        negative_ranges=((0.6, 1.0), (0.25, 0.6)),
        begin=0.1,
        end=0.7,
    ),
]
