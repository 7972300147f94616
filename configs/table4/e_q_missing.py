# The same, with joints that are missing.
_base_ = 'e_q_complete.py'
model = dict(
    data_preprocessor=dict(
        train_transforms=[
            *_base_.model.data_preprocessor.train_transforms[:-1],
            dict(type='HideJoints'),
            dict(type='NormalizeKeypoints'),
        ]
    )
)
