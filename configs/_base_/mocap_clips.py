# CMU motion capture, seen by virtual cameras: random ones in training, two fixed
# frontal ones in testing.
data_root = 'data/cmu_h36m17/'
clip_len = 32
batch_size = 32

train_dataloader = dict(
    batch_size=batch_size,
    num_workers=0,  # cutting a clip takes microseconds; the rest runs on the device
    sampler=dict(type='ClipSampler', shuffle=True),
    collate_fn=dict(type='mmposenorm.collate_clips'),
    dataset=dict(
        type='MocapClips',
        ann_file=data_root + 'train.npz',
        pipeline=[
            dict(type='RandomClip', length=clip_len, speed_range=(0.7, 1.5)),
            dict(type='PackPoseClip'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=1,  # whole clips, each of its own length
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmposenorm.collate_clips'),
    dataset=dict(
        type='MocapClips',
        ann_file=data_root + 'test.npz',
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
        dict(type='ScaleBones'),
        dict(type='VirtualCamera'),
        dict(type='ViewClip'),
        dict(type='NormalizeKeypoints'),
    ],
    test_transforms=[
        dict(type='ViewClip'),
        dict(type='NormalizeKeypoints'),
    ],
)
