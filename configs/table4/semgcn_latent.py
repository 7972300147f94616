# Features of the joints from SemGCN's last block.
#   python tools/train.py configs/lifter_semgcn_cmu.py
_base_ = '../lifter_semgcn_cmu.py'

model = dict(
    type='LifterLatent',
    data_preprocessor=dict(test_transforms=[dict(type='NormalizeKeypoints')]),
)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='PennAction',
        data_root='data/penn_action',
        split='all',
        pipeline=[dict(type='FillGaps'), dict(type='PackPoseClip')],
    )
)
test_evaluator = [dict(type='RankPoolKNN', prefix='semgcn_latent', features='latent')]
