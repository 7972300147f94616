# All motion capture that what ships is trained on, and how often each file is used: the
# weight is the number of training items for each frame. UI-PRMD is ten rehabilitation
# movements in 145,000 frames, so few of them are enough.
_root = 'data/'
training_files = dict(
    ann_file=[
        _root + 'cmu_h36m17/train.npz',
        _root + 'cmu_h36m17/train_dance.npz',
        _root + 'mocap/accad.npz',
        _root + 'mocap/cmu_more.npz',
        _root + 'mocap/uiprmd.npz',
    ],
    weights=[1.0, 1.0, 2.0, 2.0, 0.15],
    index_file=_root + 'mocap/index.json',
)
