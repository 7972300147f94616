"""Encoders of ``PoseEmbedder``: from normalized poses to one feature for each frame.

Each maps (B, T, K, 3) in metres to (B, T, E); all but the temporal window encode each
frame on its own.
"""

from mmposenorm.models.encoders.fully_connected import FullyConnectedEncoder
from mmposenorm.models.encoders.gcn import GCNEncoder
from mmposenorm.models.encoders.pointnet import PointNetEncoder
from mmposenorm.models.encoders.temporal_window import TemporalWindowEncoder

__all__ = [
    'FullyConnectedEncoder',
    'GCNEncoder',
    'PointNetEncoder',
    'TemporalWindowEncoder',
]
