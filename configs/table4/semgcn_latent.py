# What SemGCN's last block makes of the joints.
#   python tools/train.py configs/lifter_semgcn_cmu.py
_base_ = ['../lifter_semgcn_cmu.py', '../_base_/penn_action.py']

model = dict(
    type='LifterLatent',
    data_preprocessor=dict(test_transforms=[dict(type='NormalizeKeypoints')]),
)
test_dataloader = {{_base_.penn_action}}
test_evaluator = [dict(type='RankPoolKNN', prefix='semgcn_latent', features='latent')]
