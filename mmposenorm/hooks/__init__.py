"""Hooks that the training loop calls."""

from mmposenorm.hooks.mining_curriculum import MiningCurriculumHook

__all__ = ['MiningCurriculumHook']
