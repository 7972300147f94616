# SemGCN with the weights that were published for it, trained on Human3.6M by others.
# Get checkpoint/pretrained/ckpt_semgcn.pth.tar (3.2 MB) of the repository
# nithinsubbiah/3D_pose_regression (Apache-2.0); it is a pickle, so trust it first.
#   python tools/tables/reproduce_tables.py --tables 1 2
_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_2m.py',
    '_base_/pose_metrics.py',
    '_base_/mocap_clips.py',
]

model = dict(
    type='LiftedPoseNormalizer',
    data_preprocessor={{_base_.data_preprocessor}},
    lifter=dict(type='PublicSemGCN', checkpoint='data/ckpt_semgcn.pth.tar'),
)
train_cfg = None
train_dataloader = None
optim_wrapper = None
param_scheduler = None
