# The model of full.py goes on with its own people, for as long as with others.
#   python tools/train.py configs/without_3d/full.py
#   python tools/train.py configs/without_3d/longer.py
_base_ = ['full.py', 'other_people.py']

load_from = {{_base_.other_people.load_from}}
max_iters = {{_base_.other_people.max_iters}}
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(optimizer=dict(lr={{_base_.other_people.lr}}))
