# The graph encoder, built from SemGCN's blocks.
_base_ = 'fc.py'
model = dict(encoder=dict(_delete_=True, type='GCNEncoder'))
