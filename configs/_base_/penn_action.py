# Penn Action: whole clips of hand-annotated 2D joints, with unseen joints interpolated.
test_cfg = dict()
test_dataloader = dict(
    batch_size=1,  # whole clips, each of its own length
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='PennAction',
        data_root='data/penn_action',
        split='all',
        pipeline=[dict(type='FillGaps'), dict(type='PackPoseClip')],
    ),
)
