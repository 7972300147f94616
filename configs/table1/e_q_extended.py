# E_Q by the paper's losses on the extended skeleton. The supplementary material that
# holds their weights is not public: these make each about as large as the first.
_base_ = 'e_q_direct.py'
model = dict(
    losses=dict(
        _delete_=True,
        recon=dict(type='PositionLoss'),
        cycle=dict(type='PositionLoss', loss_weight=0.5),
        rotation_consistency=dict(type='RotationConsistencyLoss', loss_weight=0.05),
        foot_contact=dict(type='FootContactLoss', loss_weight=1.0),
    ),
)
