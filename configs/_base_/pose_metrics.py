# The metrics of the paper's Table 1, and how much a pose changes with view and body.
val_evaluator = [
    dict(type='MPJPE'),
    dict(type='NormalizedError'),
    dict(type='DeltaMPJPE'),
    dict(type='ConsistencyError', between='views'),
    dict(type='ConsistencyError', between='bodies'),
]
test_evaluator = val_evaluator
