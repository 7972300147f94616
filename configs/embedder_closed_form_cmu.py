# Train the pose embedder (the paper's E_P) without a pose normalizer, on true poses
# normalized in closed form. Join it with a normalizer afterwards:
#   python tools/train.py configs/embedder_closed_form_cmu.py
#   python tools/export_weights.py configs/embedder_closed_form_cmu.py \
#       work_dirs/embedder_closed_form_cmu/iter_4000.pth posenorm.pth \
#       --normalizer configs/posenorm_cmu.py work_dirs/posenorm_cmu/iter_7812.pth \
#       --trust-checkpoint
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
train_cfg = dict(max_iters=4000, val_interval=4000)
test_dataloader = None
test_evaluator = None
test_cfg = None
