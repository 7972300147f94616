# Features straight from 2D poses, trained to retrieve as those that ship, on the budget
# of the rows beside it and with a small network.
#   python tools/train.py configs/table4/retrieval_small.py
_base_ = '../_base_/table4_rows.py'
length, motions = 40, 8  # each motion in two renderings

model = dict(
    type='RetrievalEmbedder',
    encoder=dict(type='TemporalConvEncoder', channels=128),
    loss=dict(type='RetrievalLoss'),
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='RenderTwice'),
            dict(type='WarpTime', length=length),
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
        ],
        test_transforms=[dict(type='NormalizeKeypoints')],
    ),
)
train_dataloader = dict(
    batch_size=motions,
    dataset=dict(
        pipeline=[
            dict(type='RandomClip', length=60, speed_range=(0.5, 2.0)),
            dict(type='PackPoseClip'),
        ]
    ),
)
max_iters = 100_000 // (2 * motions * length)  # as many frames as in all rows
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
test_evaluator = [
    dict(type='RankPoolKNN', prefix='retrieval', features='pose_features')
]
