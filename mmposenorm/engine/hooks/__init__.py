"""Hooks that the training loop calls."""

from mmposenorm.engine.hooks.late_loss import LateLossHook
from mmposenorm.engine.hooks.late_noise import LateNoiseHook
from mmposenorm.engine.hooks.mining_curriculum import MiningCurriculumHook
from mmposenorm.engine.hooks.resumed_draws import ResumedDrawsHook

__all__ = ['LateLossHook', 'LateNoiseHook', 'MiningCurriculumHook', 'ResumedDrawsHook']
