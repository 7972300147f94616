"""How losses are averaged."""

from torch import Tensor


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean: the sum is divided by the sum of the weights.

    Args:
        values: Any shape.
        weights: The same shape, none negative.

    Returns:
        The mean, a scalar; 0 if all weights are 0.
    """
    return (values * weights).sum() / weights.sum().clamp(min=1e-8)
