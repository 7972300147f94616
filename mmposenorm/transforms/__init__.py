"""Clip -> network input: one clip on the CPU, then whole batches on the device."""

from mmposenorm.transforms.clips import PackPoseClip, RandomClip

__all__ = ['PackPoseClip', 'RandomClip']
