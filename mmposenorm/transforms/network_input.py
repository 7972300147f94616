"""From 2D keypoints to network input, by the same code in training and inference."""

import torch
from torch import Generator, Tensor

from mmposenorm.registry import TRANSFORMS
from mmposenorm.skeletons import MIN_VISIBLE
from mmposenorm.transforms.base import BatchTransform
from mmposenorm.transforms.memory import from_planes, to_planes

_ROOT = 0


def prepare_keypoints(keypoints: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """Make keypoints independent of the position and the size of the person.

    Each frame is centred at its root, or at the mean of the seen keypoints if the root
    was not seen. The clip is divided by one robust scale. Keypoints that were not seen
    become 0; their visibility says so.

    Args:
        keypoints: Image coordinates in any unit, (B, T, 17, 2).
        visible: Visibility or confidence in [0, 1], (B, T, 17); below
            ``MIN_VISIBLE`` is not seen.

    Returns:
        The prepared coordinates, (B, T, 17, 2), and whether keypoints were seen, 0 or
        1, (B, T, 17).
    """
    centred, seen, count = _centre(keypoints, visible)
    labels = centred / _spread(centred, seen, count)[:, None] * seen
    return from_planes(labels), seen.permute(1, 2, 0)


def centre_keypoints(keypoints: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """Do the same without the division by the scale, which a part does not show.

    Args:
        keypoints: See :func:`prepare_keypoints`.
        visible: Likewise.

    Returns:
        The coordinates, in the unit of the keypoints, and whether keypoints were seen.
    """
    centred, seen, _ = _centre(keypoints, visible)
    return from_planes(centred * seen), seen.permute(1, 2, 0)


def clip_scale(keypoints: Tensor, visible: Tensor) -> Tensor:
    """Measure the size of the person in a clip, robustly.

    Args:
        keypoints: Image coordinates, (B, T, 17, 2).
        visible: Visibility or confidence, (B, T, 17).

    Returns:
        Median over the frames of the root mean square distance of the seen keypoints
        from the root, in the unit of the keypoints, (B,); 1 where nothing was seen.
    """
    return _spread(*_centre(keypoints, visible))


def _centre(keypoints: Tensor, visible: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Centre keypoints.

    Returns:
        The centred keypoints, (2, 17, B, T), which of them were seen, (17, B, T), and
        how many, at least 1, (B, T).
    """
    # Unseen keypoints may be NaN. Products are much faster than torch.where.
    planes = to_planes(keypoints).nan_to_num()
    seen = (to_planes(visible[..., None])[0] >= MIN_VISIBLE).to(planes.dtype)
    planes = planes * seen
    count = seen.sum(dim=0).clamp(min=1)
    mean = planes.sum(dim=1) / count
    root = planes[:, _ROOT] + (1 - seen[_ROOT]) * mean
    return planes - root[:, None], seen, count


def _spread(centred: Tensor, seen: Tensor, count: Tensor) -> Tensor:
    squared = (centred.square().sum(dim=0) * seen).sum(dim=0)
    spread = (squared / count).sqrt()
    return _median(spread.masked_fill(spread <= 0, torch.nan)).nan_to_num(nan=1.0)


def _median(values: Tensor) -> Tensor:
    """Return the median of the values that are not NaN, (B, N) -> (B,); NaN if none is.

    Like :func:`torch.nanmedian`, the lower of two middle ones; but that function has no
    deterministic kernel on GPUs.
    """
    last = values.shape[1] - 1 - values.isnan().sum(dim=1, keepdim=True)
    middle = last.clamp(min=0) // 2  # NaN are sorted to the end
    return values.sort(dim=1).values.gather(1, middle)[:, 0]


@TRANSFORMS.register_module()
class NormalizeKeypoints(BatchTransform):
    """Add the network's input, by :func:`prepare_keypoints`.

    Required keys: keypoints, keypoints_visible. Added keys: keypoint_labels
    (B, T, 17, 2). Modified keys: keypoints_visible, now 0 or 1.
    """

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add the network's input."""
        labels, seen = prepare_keypoints(
            inputs['keypoints'], inputs['keypoints_visible']
        )
        return inputs | {'keypoint_labels': labels, 'keypoints_visible': seen}
