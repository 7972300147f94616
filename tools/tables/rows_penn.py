"""The rows of Table 4 and of its variants, for recognize_actions.py."""

# Name, config, prefix of the metric in the config, and the paper's figures of each row.
# `trained_by` is the config of the checkpoint; without it, the weights that ship are
# used.
table4 = [
    dict(name='plain 2D coordinates', config='table4/input.py', prefix='plain_2d'),
    dict(
        name='Euler angles, 2D poses',
        config='table4/input.py',
        prefix='euler_2d',
        paper=dict(top1=52.53, any5=79.77),
    ),
    dict(
        name='Procrustes-aligned 3D poses of SimpleBaseline3D',
        config='table4/lifter.py',
        prefix='procrustes_3d',
        trained_by='lifter_simplebaseline3d_cmu.py',
        paper=dict(top1=50.37, any5=74.34),
    ),
    dict(
        name='SimpleBaseline3D, normalized in closed form',
        config='table4/lifter.py',
        prefix='closed_form',
        trained_by='lifter_simplebaseline3d_cmu.py',
    ),
    dict(
        name='SemGCN latent',
        config='table4/semgcn_latent.py',
        prefix='semgcn_latent',
        trained_by='lifter_semgcn_cmu.py',
        paper=dict(top1=49.34, any5=72.19),
    ),
    dict(
        name='normalized poses',
        config='table4/ours.py',
        prefix='normalized',
        paper=dict(top1=54.12, any5=75.19),
    ),
    dict(
        name="pose features of the paper's embedder",
        config='table4/ours.py',
        prefix='features',
        trained_by='embedder_cmu_wild.py',
        paper=dict(top1=75.66, any5=88.58),
    ),
    dict(name='pose features', config='table4/ours.py', prefix='features'),
    dict(
        name='normalized poses + pose features',
        config='table4/ours.py',
        prefix='normalized_features',
    ),
    dict(
        name='pose features + body up',
        config='table4/ours.py',
        prefix='features_up',
    ),
    dict(
        name='normalized poses + the same set upright by body up',
        config='table4/ours.py',
        prefix='normalized_upright',
    ),
    dict(
        name='pose features + poses set upright by body up',
        config='table4/ours.py',
        prefix='features_upright',
    ),
    dict(
        name='normalized poses + pose features + upright poses',
        config='table4/ours.py',
        prefix='all',
    ),
]
# The rows with missing joints, and how gaps are filled (`gaps`) before the network is
# told which joints are missing. The two models of Table 1's size differ only in
# HideJoints; they have no pose features.
completed, bridged, told = [dict(type='FillGaps')], [dict(type='BridgeGaps')], []
shipped = dict(config='table4/features.py', prefix='features')
with_complete = dict(
    config='table4/ours.py',
    prefix='normalized_upright',
    trained_by='table1/e_q_direct.py',
)
with_missing = dict(with_complete, trained_by='table4/e_q_missing.py')
missing = [
    dict(
        name='plain 2D coordinates, completed',
        config='table4/input.py',
        prefix='plain_2d',
        gaps=completed,
    ),
    dict(shipped, name='pose features, completed', gaps=completed),
    dict(shipped, name='pose features, bridged and told', gaps=bridged),
    dict(shipped, name='pose features, told', gaps=told),
    dict(
        with_complete,
        name='trained without missing joints: poses + upright, completed',
        gaps=completed,
    ),
    dict(with_complete, name='trained without missing joints, told', gaps=told),
    dict(
        with_missing,
        name='trained with missing joints: poses + upright, completed',
        gaps=completed,
    ),
    dict(with_missing, name='trained with missing joints, told', gaps=told),
]
# Features that were trained alike, for recognize_at_one_budget.py. A row with
# `trained=False` has nothing to train.
one_budget = [
    dict(
        name='plain 2D coordinates',
        config='table4/input.py',
        prefix='plain_2d',
        trained=False,
    ),
    dict(
        name='Pose Perceptual, our re-implementation',
        config='table4/pose_perceptual.py',
        prefix='pose_perceptual',
        paper=dict(top1=74.48, any5=87.55),
    ),
    dict(
        name='TCC on 2D poses, our re-implementation',
        config='table4/tcc.py',
        prefix='tcc',
        paper=dict(top1=15.07, any5=43.82),
    ),
    dict(
        name='EnGAN, our re-implementation',
        config='table4/engan.py',
        prefix='engan',
        paper=dict(top1=53.18, any5=68.91),
    ),
    dict(
        name='pose features trained to retrieve',
        config='table4/retrieval_small.py',
        prefix='retrieval',
    ),
]
