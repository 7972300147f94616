# The pose embedder (the paper's E_P) with the fully connected encoder, on the poses
# that the pose normalizer predicts.
#   python tools/train.py configs/table1/e_q_direct.py
#   python tools/train.py configs/table3/fc.py
#   python tools/test.py configs/table3/fc.py \
#       work_dirs/fc/iter_1954.pth --trust-checkpoint
_base_ = '../_base_/embedder_e_q.py'

checkpoint = 'work_dirs/e_q_direct/iter_1954.pth'
model = dict(normalizer=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint)))
train_dataloader = dict(dataset=dict(normalizer=dict(checkpoint=checkpoint)))
