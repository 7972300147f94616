# The dense correspondence task on the mocap test set. A config that inherits this file
# sets `test_dataloader = {{_base_.correspondence_dataloader}}`. Frames are kept with
# p = 0.5, with at most four dropped in a row; models see the clips after the drop.
correspondence_dataloader = dict(
    _delete_=True,
    batch_size=1,  # whole clips, each of its own length
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='CorrespondencePairs',
        clips=dict(
            type='MocapClips',
            ann_file='data/cmu_h36m17/test.npz',
            test_mode=True,
            views=(-22.5, 22.5),
        ),
        pipeline=[dict(type='PackPoseClip')],
        features_before_drop=False,
        keep_probability=0.5,
        seed=0,
    ),
)
