# As e_q_extended.py, without the cycle: there is no second estimate, and so no rotation
# consistency either.
_base_ = 'e_q_extended.py'
model = dict(
    losses=dict(
        _delete_=True,
        recon=dict(type='PositionLoss', squared=False),
        foot_contact=dict(type='FootContactLoss', loss_weight=10.0),
    )
)
