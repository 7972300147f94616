# The default E_Q: residual dilated convolutions, 63 frames of context, 5.3 M weights.
# It is supervised directly by the closed form of the normalized pose, which measures
# better than the paper's cycle and needs one estimate, not two
# (docs/results/table1.md).
model = dict(
    type='PoseNormalizer',
    encoder=dict(type='TemporalConvEncoder'),
    head=dict(rotation='6d', frame='root'),
    losses=dict(
        recon=dict(type='PositionLoss', squared=False),
        normalized=dict(type='PositionLoss', squared=False),
    ),
)
