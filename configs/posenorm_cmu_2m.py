_base_ = ['_base_/runtime.py', '_base_/schedule_2m.py', '_base_/mocap_clips.py']

model = dict(
    type='PoseNormalizer',
    data_preprocessor={{_base_.data_preprocessor}},
    encoder=dict(type='TemporalConvEncoder'),
    head=dict(rotation='6d'),
    losses=dict(
        recon=dict(type='PositionLoss', squared=False),
        normalized=dict(type='PositionLoss', squared=False),
    ),
)
