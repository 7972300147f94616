# Features of the joints from SemGCN's last block.
#   python tools/train.py configs/lifter_semgcn_cmu.py
#   python tools/test.py configs/table2/semgcn_latent.py \
#       work_dirs/lifter_semgcn_cmu/iter_1954.pth --trust-checkpoint
_base_ = ['../lifter_semgcn_cmu.py', '../_base_/correspondence_mocap.py']
model = dict(type='LifterLatent')
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(_delete_=True, type='DenseCorrespondence', features='latent')
