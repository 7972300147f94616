"""The rows of learning without 3D truth, for reproduce_tables.py --tables 1."""

heading = 'Learning without 3D truth, in mm'
data = (
    'CMU motion capture on 17 joints, trials of 5 subjects who are not in the training '
    'set (cmu_h36m17/test.npz), seen by virtual cameras; not Human3.6M'
)
budget = (
    '1 million frames from scratch; the models that go on then see 0.4 million, half '
    'of them of other people where the row says so (accad.npz, cmu_more.npz)'
)
table1 = [
    dict(name='3D poses', config='without_3d/full.py'),
    dict(
        name='ordinal depth, 136 labels a frame, a tenth wrong',
        config='without_3d/ordinal.py',
    ),
    dict(
        name='ordinal depth, 1 label a frame, a tenth wrong',
        config='without_3d/ordinal_few.py',
    ),
    dict(name='two views', config='without_3d/views.py'),
    dict(name='3D poses, longer', config='without_3d/longer.py'),
    dict(
        name='and 3D poses of other people',
        config='without_3d/others_full.py',
    ),
    dict(
        name='and ordinal depth of other people',
        config='without_3d/others_ordinal.py',
    ),
    dict(
        name='and two views of other people',
        config='without_3d/others_views.py',
    ),
]
