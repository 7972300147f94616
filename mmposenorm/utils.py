"""The place where MMEngine's hub looks for ``register_all_modules``; see ``hub``."""

from mmposenorm.hub import register_all_modules

__all__ = ['register_all_modules']
