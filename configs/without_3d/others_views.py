# The model of full.py goes on with the 3D poses of its own people, and with the 2D
# keypoints of two views only of other people.
#   python tools/train.py configs/without_3d/full.py
#   python tools/train.py configs/without_3d/others_views.py
_base_ = ['views.py', 'other_people.py']

load_from = {{_base_.other_people.load_from}}
max_iters = {{_base_.other_people.max_iters}}
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(optimizer=dict(lr={{_base_.other_people.lr}}))
model = dict(
    losses=dict(
        recon=dict(type='PositionLoss', squared=False),
        normalized=dict(type='PositionLoss', squared=False),
        reprojection=dict(loss_weight=0.1),
        view_consistency=dict(loss_weight=0.5),
    )
)
train_dataloader = dict(
    dataset=dict(
        ann_file={{_base_.other_people.ann_file}},
        labelled={{_base_.other_people.labelled}},
        index_file={{_base_.other_people.index_file}},
    )
)
