# Features computed directly from 2D poses, trained like Pr-VIPE: two views of a frame
# are pulled together, other poses pushed apart.
#   python tools/train.py configs/table2/pr_vipe.py
#   python tools/test.py configs/table2/pr_vipe.py \
#       work_dirs/pr_vipe/iter_1954.pth --trust-checkpoint
_base_ = [
    '../_base_/runtime.py',
    '../_base_/schedule_2m.py',
    '../_base_/mocap_clips.py',
    '../_base_/correspondence_mocap.py',
]
model = dict(
    type='ViewInvariantEmbedder',
    encoder=dict(type='FullyConnectedEncoder', channels=1024, dropout=0.3),
    loss=dict(type='TripletRatioLoss', ratio=2.0),
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='RenderTwice'),
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
        ],
        test_transforms={{_base_.data_preprocessor.test_transforms}},
    ),
)
train_dataloader = dict(batch_size=16)  # each in two renderings
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(type='DenseCorrespondence', features='pose_features')
val_cfg = None
val_dataloader = None
default_hooks = dict(checkpoint=dict(save_best=None, rule=None))
