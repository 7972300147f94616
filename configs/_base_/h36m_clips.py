# Human3.6M with its own cameras and annotated 2D keypoints, as the paper trains.
# See tools/dataset_converters/h36m.py for how to make the files.
data_root = 'data/h36m'
clip_len = 32
batch_size = 160
annotations = 'annotation_body3d/fps50/'

train_dataloader = dict(
    batch_size=batch_size,
    num_workers=0,
    sampler=dict(type='ClipSampler', shuffle=True),
    collate_fn=dict(type='mmposenorm.collate_clips'),
    dataset=dict(
        type='H36MClips',
        data_root=data_root,
        ann_file=annotations + 'h36m_train.npz',
        pipeline=[
            dict(type='RandomClip', length=clip_len, speed_range=(0.7, 1.5)),
            dict(type='PackPoseClip'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmposenorm.collate_clips'),
    dataset=dict(
        type='H36MClips',
        data_root=data_root,
        ann_file=annotations + 'h36m_test.npz',
        test_mode=True,
        variants=('original', 'bone_scaled'),
        pipeline=[dict(type='PackPoseClip')],
    ),
)
test_dataloader = val_dataloader

data_preprocessor = dict(
    type='PoseClipPreprocessor',
    train_transforms=[
        dict(type='MirrorClip'),
        dict(type='ViewClip'),
        dict(type='NormalizeKeypoints'),
    ],
    test_transforms=[
        dict(type='ViewClip'),
        dict(type='NormalizeKeypoints'),
    ],
)
