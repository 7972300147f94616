# The same without the cycle: no second estimate, so no consistency of rotations either.
_base_ = 'e_q_direct.py'
model = dict(
    losses=dict(
        _delete_=True,
        recon=dict(type='PositionLoss', squared=False),
        foot_contact=dict(type='FootContactLoss', loss_weight=10.0),
    ),
)
