# Table 1 of the paper, and how much a pose changes with the view and the body.
val_evaluator = [
    dict(type='MPJPE'),
    dict(type='NormalizedError'),
    dict(type='DeltaMPJPE'),
    dict(type='ConsistencyError', between='views'),
    dict(type='ConsistencyError', between='bodies'),
]
test_evaluator = val_evaluator
