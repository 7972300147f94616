"""Optimizers and optimizer wrappers."""

from mmposenorm.engine.optimizers.mixed_precision import CPUAmpOptimWrapper
from mmposenorm.engine.optimizers.muon import MuonWithAdamW

__all__ = ['CPUAmpOptimWrapper', 'MuonWithAdamW']
