# Positives from another view and another body, so that the embedder becomes robust to
# the normalizer's errors. Half the motions in two renderings each: the number of
# supervised frames is the same.
_base_ = 'fc.py'
train_dataloader = dict(batch_size=8, dataset=dict(num_renderings=2))
