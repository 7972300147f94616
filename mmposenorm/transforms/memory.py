"""Memory layout of batches of clips: planes in which frames are contiguous.

Operations that treat all frames alike run several times faster along many frames than
along the two or three coordinates of a point. As with PyTorch's memory formats, only
speed depends on the layout.
"""

from torch import Tensor


def to_planes(points: Tensor) -> Tensor:
    """Copy points (B, T, K, D) to contiguous planes, (D, K, B, T)."""
    return points.permute(3, 2, 0, 1).contiguous()


def from_planes(planes: Tensor) -> Tensor:
    """View planes (D, K, B, T) as points (B, T, K, D)."""
    return planes.permute(2, 3, 1, 0)
