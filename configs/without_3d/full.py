# Full supervision at the budget of this folder: a small model, 1 million frames. The
# models that learn without 3D truth are measured against it.
#   python tools/train.py configs/without_3d/full.py
_base_ = '../table1/e_q_direct.py'
model = dict(encoder=dict(channels=256))

max_iters = 1000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
