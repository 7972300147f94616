# Positives from another view and another body: E_P learns to forgive E_Q's errors.
_base_ = 'fc.py'
# The same number of supervised frames: half the motions, in two renderings each.
train_dataloader = dict(batch_size=8, dataset=dict(num_renderings=2))
