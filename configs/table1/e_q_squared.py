# The same with squared distances, as the paper writes them. Squares care for wrists and
# feet far more than for hips, a hand's breadth from the root; but the hips carry the
# root frame, and with it the whole normalized pose.
_base_ = 'e_q_extended.py'
model = dict(
    losses=dict(
        recon=dict(squared=True),
        cycle=dict(squared=True),
        foot_contact=dict(loss_weight=1.0),
    )
)
