# The point set encoder: PointNet's global feature.
_base_ = 'fc.py'
model = dict(encoder=dict(_delete_=True, type='PointNetEncoder'))
