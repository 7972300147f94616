"""A logger whose file of test figures only one process writes."""

from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import LoggerHook

from mmposenorm.registry import HOOKS


@HOOKS.register_module()
class MainProcessLoggerHook(LoggerHook):
    """MMEngine's ``LoggerHook``, but only the main process writes figures of tests.

    MMEngine's writes the same JSON file from all processes at once, which mixes their
    digits.
    """

    @master_only
    def after_test_epoch(self, *args: Any, **kwargs: Any) -> None:
        """Log the figures of a test and write them to a JSON file."""
        super().after_test_epoch(*args, **kwargs)
