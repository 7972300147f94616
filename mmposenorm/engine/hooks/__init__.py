"""Hooks that the training loop calls."""

from mmposenorm.engine.hooks.late_loss import LateLossHook
from mmposenorm.engine.hooks.late_noise import LateNoiseHook
from mmposenorm.engine.hooks.main_process_logger import MainProcessLoggerHook
from mmposenorm.engine.hooks.mining_curriculum import MiningCurriculumHook
from mmposenorm.engine.hooks.resumed_draws import ResumedDrawsHook

__all__ = [
    'LateLossHook',
    'LateNoiseHook',
    'MainProcessLoggerHook',
    'MiningCurriculumHook',
    'ResumedDrawsHook',
]
