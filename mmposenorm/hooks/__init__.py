"""Hooks that the training loop calls."""

from mmposenorm.hooks.late_loss import LateLossHook
from mmposenorm.hooks.late_noise import LateNoiseHook
from mmposenorm.hooks.mining_curriculum import MiningCurriculumHook
from mmposenorm.hooks.resumed_draws import ResumedDrawsHook

__all__ = ['LateLossHook', 'LateNoiseHook', 'MiningCurriculumHook', 'ResumedDrawsHook']
