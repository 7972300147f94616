# Positives from another view and another body: E_P learns to forgive E_Q's errors.
_base_ = 'fc.py'
train_dataloader = dict(dataset=dict(num_renderings=2))
