"""How far a change that is spread over a part of the training has come."""

from mmengine.runner import Runner


class Stretch:
    """A part of the training, within which something changes.

    It goes by the iteration alone, so that a resumed run goes on where it was.

    Args:
        begin: Share of the training before it.
        end: Share of the training at which it is over.

    Raises:
        ValueError: If the two are no shares, or not in this order.
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
        """Say how much of it is done, from 0 before it to 1 after it."""
        share = runner.iter / runner.max_iters
        return min(max((share - self.begin) / (self.end - self.begin), 0.0), 1.0)
