"""The rows of Tables 1 to 3 on motion capture, for reproduce_tables.py."""

# Name, config and the paper's figures (on Human3.6M) of each row. The checkpoint is the
# last one that tools/train.py wrote for the config, or for the config in `trained_by`;
# checkpoint=None means that the row needs none; `file` is one that its config reads and
# that you supply.
data = (
    'CMU motion capture on 17 joints, trials of 5 subjects who are not in the training '
    'set (cmu_h36m17/test.npz), seen by virtual cameras; not Human3.6M'
)
budget = '2 million supervised target frames for every trained model'
semgcn_h36m = dict(
    checkpoint=None,
    file='data/ckpt_semgcn.pth.tar',
    source='checkpoint/pretrained of github.com/nithinsubbiah/3D_pose_regression',
)

table1 = [
    dict(
        name='SimpleBaseline3D (Martinez)',
        config='lifter_simplebaseline3d_cmu.py',
        paper=dict(mpjpe=45.50, delta=58.27),
    ),
    dict(
        name='SemGCN',
        config='lifter_semgcn_cmu.py',
        paper=dict(mpjpe=40.78, delta=61.07),
    ),
    dict(
        semgcn_h36m,
        name='SemGCN, trained on Human3.6M',
        config='lifter_semgcn_h36m.py',
    ),
    dict(
        name='VideoPose3D',
        config='lifter_videopose3d_cmu.py',
        paper=dict(mpjpe=37.20, delta=58.40),
    ),
    dict(name='pose normalizer, rigid', config='table1/e_q_rigid.py'),
    dict(
        name='pose normalizer, extended (the paper: ours)',
        config='table1/e_q_extended.py',
        paper=dict(mpjpe=52.61, delta=53.35),
    ),
    dict(
        name='pose normalizer, extended, squared distances',
        config='table1/e_q_squared.py',
    ),
    dict(
        name='pose normalizer, extended, without cycle', config='table1/e_q_no_cycle.py'
    ),
    dict(name='pose normalizer, direct supervision', config='table1/e_q_direct.py'),
    dict(
        name='pose normalizer, direct supervision and view consistency',
        config='table1/e_q_view_consistency.py',
    ),
]
table2 = [
    dict(
        name='ceiling: true poses, normalized',
        config='table2/ceiling.py',
        checkpoint=None,
    ),
    dict(
        name='the same, no frame dropped',
        config='table2/ceiling_without_drops.py',
        checkpoint=None,
    ),
    dict(
        name='Euler angles, 2D poses',
        config='table2/euler_2d.py',
        checkpoint=None,
        paper=dict(hit=33.20, mse=81.20),
    ),
    dict(
        name='Euler angles, 3D poses of SimpleBaseline3D',
        config='table2/euler_3d.py',
        trained_by='lifter_simplebaseline3d_cmu.py',
        paper=dict(hit=66.92, mse=16.63),
    ),
    dict(
        name='Procrustes-aligned 3D poses of SimpleBaseline3D',
        config='table2/procrustes_3d.py',
        trained_by='lifter_simplebaseline3d_cmu.py',
        paper=dict(hit=53.18, mse=16.55),
    ),
    dict(
        name='SemGCN latent',
        config='table2/semgcn_latent.py',
        trained_by='lifter_semgcn_cmu.py',
        paper=dict(hit=41.86, mse=28.34),
    ),
    dict(
        semgcn_h36m,
        name='SemGCN latent, trained on Human3.6M',
        config='table2/semgcn_h36m_latent.py',
    ),
    dict(
        name='2D embedding as Pr-VIPE (the paper: POEM)',
        config='table2/pr_vipe.py',
        paper=dict(hit=59.88, mse=16.90),
    ),
    dict(name='2D embedding trained to retrieve', config='table2/retrieval.py'),
    dict(
        name='SimpleBaseline3D, normalized in closed form',
        config='table2/lifter.py',
        trained_by='lifter_simplebaseline3d_cmu.py',
    ),
    dict(
        name='VideoPose3D, normalized in closed form',
        config='table2/lifter_videopose3d.py',
        trained_by='lifter_videopose3d_cmu.py',
    ),
    dict(
        name='VideoPose3D, normalized in closed form, limb directions',
        config='table2/lifter_videopose3d_limb_directions.py',
        trained_by='lifter_videopose3d_cmu.py',
    ),
    dict(
        name='pose normalizer: normalized poses',
        config='table2/e_q.py',
        trained_by='table1/e_q_direct.py',
        paper=dict(hit=94.25, mse=2.35),
    ),
    dict(
        name='pose normalizer: limb directions',
        config='table2/e_q_limb_directions.py',
        trained_by='table1/e_q_direct.py',
    ),
    dict(
        name='pose normalizer with view consistency: normalized poses',
        config='table2/e_q_view_consistency.py',
        trained_by='table1/e_q_view_consistency.py',
    ),
    dict(
        name='pose embedder: features',
        config='table3/fc.py',
        paper=dict(hit=74.95, mse=12.71),
    ),
]
table3 = [
    dict(name='GCN', config='table3/gcn.py', paper=dict(hit=61.05, mse=15.9751)),
    dict(
        name='PointNet',
        config='table3/pointnet.py',
        paper=dict(hit=68.96, mse=13.8574),
    ),
    dict(name='FC', config='table3/fc.py', paper=dict(hit=74.95, mse=12.7106)),
    dict(
        name='joint training',
        config='table3/joint_training.py',
        paper=dict(hit=25.76, mse=30.9361),
    ),
    dict(
        name='temporal window',
        config='table3/temporal_window.py',
        paper=dict(hit=44.81, mse=25.8550),
    ),
    dict(
        name='w/o normalization',
        config='table3/without_normalization.py',
        paper=dict(hit=53.69, mse=17.6033),
    ),
    dict(
        name='w/o adaptive mining',
        config='table3/without_adaptive_mining.py',
        paper=dict(hit=41.92, mse=28.7598),
    ),
    dict(name='FC with cross-view positives', config='table3/cross_view.py'),
]
