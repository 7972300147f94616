# Train the default E_P without an E_Q, on true poses normalized in closed form. It is
# joined with a normalizer afterwards:
#   python tools/train.py configs/embedder_closed_form_cmu.py
#   python tools/export_weights.py configs/embedder_closed_form_cmu.py \
#       work_dirs/embedder_closed_form_cmu/iter_4000.pth posenorm.pth \
#       --normalizer configs/posenorm_cmu.py work_dirs/posenorm_cmu/iter_7812.pth
_base_ = '_base_/embedder_e_q.py'

model = dict(normalizer=None)
train_dataloader = dict(
    dataset=dict(
        normalizer=None,
        clips=dict(
            _delete_=True,
            type='MocapClips',
            ann_file=[
                'data/cmu_h36m17/train.npz',
                'data/cmu_h36m17/train_dance.npz',
            ],
            index_file='data/cmu_h36m17/index.json',
        ),
    )
)
max_iters = 4000
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
test_dataloader = None
test_evaluator = None
test_cfg = None
