"""How batches of clips lie in memory: with frames next to each other.

What is computed for all frames alike runs several times faster along many frames than
along the two or three coordinates of a point. As with PyTorch's own memory formats,
shapes and values stay what they are; only time depends on it.
"""

from torch import Tensor


def to_planes(points: Tensor) -> Tensor:
    """Give points (B, T, K, D) as contiguous planes of frames, (D, K, B, T)."""
    return points.permute(3, 2, 0, 1).contiguous()


def from_planes(planes: Tensor) -> Tensor:
    """Give planes (D, K, B, T) as points (B, T, K, D), without copying them."""
    return planes.permute(2, 3, 1, 0)
