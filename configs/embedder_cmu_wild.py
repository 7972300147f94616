# Train a pose embedder (the paper's E_P) for real videos, on the poses that
# posenorm_cmu_wild.py predicts for motion capture seen from all sides, with positives
# from another view and another body.
#   python tools/train.py configs/posenorm_cmu_wild.py --amp
#   python tools/train.py configs/embedder_cmu_wild.py
_base_ = 'embedder_cmu.py'
data_root = 'data/cmu_h36m17/'

checkpoint = 'work_dirs/posenorm_cmu_wild/iter_16000.pth'
model = dict(
    normalizer=dict(flip_test=True, init_cfg=dict(checkpoint=checkpoint)),
)
train_dataloader = dict(
    dataset=dict(
        clips=dict(
            ann_file=[data_root + 'train.npz', data_root + 'train_dance.npz'],
            index_file=data_root + 'index.json',
            views=(-60, 0, 60, 180),
        ),
        normalizer=dict(
            config='{{ fileDirname }}/posenorm_cmu_wild.py', checkpoint=checkpoint
        ),
    )
)
