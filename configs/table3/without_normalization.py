# Features of a lifter's 3D poses, turned onto the T-pose but not normalized.
#   python tools/train.py configs/lifter_simplebaseline3d_cmu.py
_base_ = '../_base_/embedder_lifter.py'

lifter = 'work_dirs/lifter_simplebaseline3d_cmu/iter_1954.pth'
model = dict(
    poses='turned',
    normalizer=dict(init_cfg=dict(type='Pretrained', checkpoint=lifter)),
)
train_dataloader = dict(
    dataset=dict(poses='turned', normalizer=dict(checkpoint=lifter))
)
