# As e_q_extended.py, with the paper's squared distances. Squares weigh wrists and feet
# far more than the hips, which are close to the root; but the hips define the root
# frame and thereby the whole normalized pose.
_base_ = 'e_q_extended.py'
model = dict(
    losses=dict(
        recon=dict(squared=True),
        cycle=dict(squared=True),
        foot_contact=dict(loss_weight=1.0),
    )
)
