# The graph encoder, of SemGCN's blocks.
_base_ = 'fc.py'
model = dict(encoder=dict(_delete_=True, type='GCNEncoder'))
