# Features of the joints from the last block of SemGCN as it was published.
#   python tools/tables/reproduce_tables.py --tables 2
_base_ = ['../lifter_semgcn_h36m.py', '../_base_/correspondence_mocap.py']
model = dict(type='LifterLatent')
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(_delete_=True, type='DenseCorrespondence', features='latent')
