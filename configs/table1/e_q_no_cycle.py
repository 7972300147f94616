# The same without the cycle: there is no second estimate, so the consistency of
# rotations goes too.
_base_ = 'e_q_extended.py'
model = dict(
    losses=dict(
        _delete_=True,
        recon=dict(type='PositionLoss', squared=False),
        foot_contact=dict(type='FootContactLoss', loss_weight=10.0),
    )
)
