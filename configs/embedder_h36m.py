# Train the pose embedder (the paper's E_P) on the poses that posenorm_h36m.py predicts
# for Human3.6M, with positives from another camera, and test it on the paper's 59
# pairs.
#   python tools/train.py configs/posenorm_h36m.py
#   python tools/train.py configs/embedder_h36m.py
#   python tools/test.py configs/embedder_h36m.py \
#       work_dirs/embedder_h36m/iter_8000.pth --trust-checkpoint
_base_ = ['embedder_cmu.py', '_base_/correspondence_h36m.py']

checkpoint = 'work_dirs/posenorm_h36m/iter_7812.pth'
model = dict(normalizer=dict(init_cfg=dict(checkpoint=checkpoint)))
train_dataloader = dict(
    dataset=dict(
        clips=dict(
            _delete_=True,
            type='H36MClips',
            data_root='data/h36m',
            ann_file='annotation_body3d/fps50/h36m_train.npz',
            test_mode=True,
            pipeline=[dict(type='PackPoseClip')],
        ),
        normalizer=dict(
            config='{{ fileDirname }}/posenorm_h36m.py',
            checkpoint=checkpoint,
        ),
    )
)
test_dataloader = {{_base_.h36m_correspondence_dataloader}}
