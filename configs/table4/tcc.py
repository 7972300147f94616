# Temporal cycle-consistency (TCC), our re-implementation from the paper's description:
# 2D keypoints instead of images. The two clips of a pair are renderings of one motion
# on two bodies, by two cameras, at two speeds. The network is that of
# retrieval_small.py. With a higher temperature, learning rate or longer clips, all
# features of a clip soon become the same.
#   python tools/train.py configs/table4/tcc.py
_base_ = 'retrieval_small.py'

model = dict(
    type='CycleConsistencyEmbedder',
    loss=dict(_delete_=True, type='CycleBackLoss', temperature=0.003),
)
optim_wrapper = dict(optimizer=dict(lr=3e-4))
test_evaluator = [dict(type='RankPoolKNN', prefix='tcc', features='pose_features')]
