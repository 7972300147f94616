# How the model of full.py goes on with people who took no part in its training: clips
# of its own people and of these, of whom 3D poses may be hidden.
other_people = dict(
    load_from='work_dirs/full/iter_1000.pth',
    max_iters=400,
    lr=3e-4,
    ann_file=[
        'data/cmu_h36m17/train.npz',
        'data/mocap/accad.npz',
        'data/mocap/cmu_more.npz',
    ],
    labelled=[True, False, False],
    index_file='data/mocap/index.json',
)
