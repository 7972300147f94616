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

train_cfg = dict(max_iters=8000, val_interval=8000)
