# Train the default E_P on what the default E_Q makes of motion capture, with positives
# from another view and another body.
#   python tools/train.py configs/posenorm_cmu.py
#   python tools/train.py configs/embedder_cmu.py
#   python tools/test.py configs/embedder_cmu.py work_dirs/embedder_cmu/iter_8000.pth
_base_ = '_base_/embedder_e_q.py'

e_q = 'work_dirs/posenorm_cmu/iter_7812.pth'
model = dict(normalizer=dict(init_cfg=dict(type='Pretrained', checkpoint=e_q)))
train_dataloader = dict(
    dataset=dict(
        num_renderings=2,
        normalizer=dict(
            config='{{ fileDirname }}/posenorm_cmu.py',
            checkpoint=e_q,
        ),
    )
)

max_iters = 8000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=100, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        eta_min=0,
        begin=100,
        end=max_iters,
        T_max=max_iters - 100,
        by_epoch=False,
    ),
]
