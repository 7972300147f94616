"""Learning rate schedules."""

from mmposenorm.engine.schedulers.learning_rate import CosineAfterWarmUpLR

__all__ = ['CosineAfterWarmUpLR']
