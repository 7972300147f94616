# Train the pose embedder (the paper's E_P) on the poses that posenorm_cmu.py predicts
# for motion capture, with positives from another view and another body.
#   python tools/train.py configs/posenorm_cmu.py
#   python tools/train.py configs/embedder_cmu.py
#   python tools/test.py configs/embedder_cmu.py \
#       work_dirs/embedder_cmu/iter_8000.pth --trust-checkpoint
_base_ = '_base_/embedder_e_q.py'

checkpoint = 'work_dirs/posenorm_cmu/iter_7812.pth'
model = dict(normalizer=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint)))
train_dataloader = dict(
    dataset=dict(
        num_renderings=2,
        normalizer=dict(
            config='{{ fileDirname }}/posenorm_cmu.py',
            checkpoint=checkpoint,
        ),
    )
)

train_cfg = dict(max_iters=8000, val_interval=8000)
