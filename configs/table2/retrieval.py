# Features straight from 2D poses, trained to retrieve what true normalized poses would.
# From random weights, on the data and the budget of all rows.
#   python tools/train.py configs/table2/retrieval.py
#   python tools/test.py configs/table2/retrieval.py \
#       work_dirs/retrieval/iter_521.pth --trust-checkpoint
_base_ = 'pr_vipe.py'
length = 80
model = dict(
    _delete_=True,
    type='RetrievalEmbedder',
    encoder=dict(type='TemporalConvEncoder'),
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
        test_transforms={{_base_.data_preprocessor.test_transforms}},
    ),
)
train_dataloader = dict(
    batch_size=24,  # in two renderings each
    dataset=dict(
        pipeline=[
            dict(type='RandomClip', length=120, speed_range=(0.5, 2.0)),
            dict(type='PackPoseClip'),
        ]
    ),
)
max_iters = 2_000_000 // (2 * 24 * length) + 1  # 521
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
