# The pose embedder on SimpleBaseline3D's poses, rotated onto the T-pose but not
# normalized.
#   python tools/train.py configs/lifter_simplebaseline3d_cmu.py
#   python tools/train.py configs/table3/without_normalization.py
_base_ = ['../_base_/embedder_e_q.py', '../_base_/simplebaseline3d.py']

checkpoint = 'work_dirs/lifter_simplebaseline3d_cmu/iter_1954.pth'
model = dict(
    poses='turned',
    normalizer=dict(
        _delete_=True,
        type='LiftedPoseNormalizer',
        lifter={{_base_.lifter}},
        data_preprocessor={{_base_.data_preprocessor}},
        init_cfg=dict(type='Pretrained', checkpoint=checkpoint),
    ),
)
train_dataloader = dict(
    dataset=dict(
        poses='turned',
        normalizer=dict(
            config='{{ fileDirname }}/../lifter_simplebaseline3d_cmu.py',
            checkpoint=checkpoint,
        ),
    )
)
