# How the model of full.py goes on with people who took no part in its training.
other_people = dict(
    load_from='work_dirs/full/iter_1000.pth',
    max_iters=400,
    lr=3e-4,
    ann_file=['data/mocap/accad.npz', 'data/mocap/cmu_more.npz'],
    index_file='data/mocap/index.json',
)
