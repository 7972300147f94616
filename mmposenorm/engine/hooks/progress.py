"""Progress within a part of the training."""

from mmengine.runner import Runner


class Stretch:
    """A part of the training over which a value changes.

    The progress depends only on the iteration, so that a resumed run continues with it.

    Args:
        begin: Share of the training at which it begins.
        end: Share of the training at which it ends.

    Raises:
        ValueError: If not 0 <= ``begin`` < ``end`` <= 1.
    """

    def __init__(self, begin: float, end: float) -> None:
        if not 0 <= begin < end <= 1:
            raise ValueError(
                f'expected 0 <= `begin` < `end` <= 1 (shares of the training), got '
                f'{begin} and {end}. Check `custom_hooks` in your config.'
            )
        self.begin = begin
        self.end = end

    def progress(self, runner: Runner) -> float:
        """Return 0 before it, 1 after it, and the completed share in between."""
        share = runner.iter / runner.max_iters
        return min(max((share - self.begin) / (self.end - self.begin), 0.0), 1.0)
