"""3D lifters, trained here or by mmpose, and their closed-form normalization."""

from mmposenorm.models.lifters.lifted_normalizer import LiftedPoseNormalizer
from mmposenorm.models.lifters.lifter_latent import LifterLatent
from mmposenorm.models.lifters.mmpose_lifter import MMPoseLifter
from mmposenorm.models.lifters.public_sem_gcn import PublicSemGCN
from mmposenorm.models.lifters.sem_gcn import SemGCN
from mmposenorm.models.lifters.temporal_lifter import TemporalLifter

__all__ = [
    'LiftedPoseNormalizer',
    'LifterLatent',
    'MMPoseLifter',
    'PublicSemGCN',
    'SemGCN',
    'TemporalLifter',
]
