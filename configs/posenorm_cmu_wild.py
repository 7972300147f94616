# Train the E_Q that is used on detected keypoints of real videos: with the noise of
# detectors, joints that are missing or defined otherwise, and more motions (dance).
#   python tools/train.py configs/posenorm_cmu_wild.py [--amp]
_base_ = 'posenorm_cmu.py'
data_root = 'data/cmu_h36m17/'

train_dataloader = dict(
    dataset=dict(
        ann_file=[data_root + 'train.npz', data_root + 'train_dance.npz'],
        index_file=data_root + 'index.json',
    )
)
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='ThoraxFromShoulders'),
            dict(type='AddDetectorNoise'),
            dict(type='HideJoints'),
            dict(type='NormalizeKeypoints'),
        ]
    )
)
