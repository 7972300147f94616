# The model of full.py goes on with the 3D poses of its own and of other people, which
# bounds what the others can add.
#   python tools/train.py configs/without_3d/full.py
#   python tools/train.py configs/without_3d/others_full.py
_base_ = ['full.py', 'other_people.py']

load_from = {{_base_.other_people.load_from}}
max_iters = {{_base_.other_people.max_iters}}
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(optimizer=dict(lr={{_base_.other_people.lr}}))
train_dataloader = dict(
    dataset=dict(
        ann_file={{_base_.other_people.ann_file}},
        index_file={{_base_.other_people.index_file}},
    )
)
