# The paper's dense correspondence task on Human3.6M: 59 pairs of frontal views, without
# S11's damaged Directions. A config that inherits this file sets
# `test_dataloader = {{_base_.h36m_correspondence_dataloader}}`.
h36m_correspondence_dataloader = dict(
    _delete_=True,
    batch_size=1,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='CorrespondencePairs',
        clips=dict(
            type='H36MClips',
            data_root='data/h36m',
            ann_file='annotation_body3d/fps50/h36m_test.npz',
            cameras=('55011271', '60457274'),
            test_mode=True,
        ),
        pipeline=[dict(type='PackPoseClip')],
        features_before_drop=False,
        keep_probability=0.5,
        seed=0,
    ),
)
