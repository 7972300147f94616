# The paper's pose normalizer (E_Q) as closely as it is documented: MotioNet's encoder
# and skeleton, quaternions relative to the parent, the four losses. The loss weights
# and the schedule are in supplementary material that is not public; ours make all
# losses about equally large. The condition skeleton is the mean of Human3.6M's training
# set:
#   python tools/mean_bone_lengths.py data/h36m/annotation_body3d/fps50/h36m_train.npz \
#       --source 'Human3.6M' --out data/h36m/condition_skeleton.json
#   python tools/train.py configs/posenorm_paper_h36m.py
_base_ = 'posenorm_h36m.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='LabelFootContact'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
        ]
    ),
    encoder=dict(_delete_=True, type='ParallelConvEncoder'),
    head=dict(rotation='quaternion', frame='parent'),
    skeleton='rigid',
    condition_skeleton='data/h36m/condition_skeleton.json',
    losses=dict(
        _delete_=True,
        recon=dict(type='PositionLoss'),
        cycle=dict(type='PositionLoss', loss_weight=0.5),
        rotation_consistency=dict(type='RotationConsistencyLoss', loss_weight=0.05),
        foot_contact=dict(type='FootContactLoss', loss_weight=1.0),
    ),
)
