"""2D keypoints -> network input: the same code in training and inference."""

import torch
from torch import Generator, Tensor

from mmposenorm.registry import TRANSFORMS

# Keypoints of lower visibility or confidence count as not seen.
MIN_VISIBLE = 0.3
_ROOT = 0


def prepare_keypoints(keypoints: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """Make keypoints independent of where and how large the person is.

    Each frame is centred at its root, and the clip is divided by one robust scale.
    Keypoints that were not seen become 0 and are told apart by their visibility.
    Where the root was not seen, the frame is centred at the mean of what was.

    Args:
        keypoints: Image coordinates in any unit, (B, T, 17, 2).
        visible: Visibility or confidence in [0, 1], (B, T, 17); below
            :data:`MIN_VISIBLE` is not seen.

    Returns:
        The prepared coordinates, (B, T, 17, 2), and what was seen, 0 or 1,
        (B, T, 17).
    """
    seen = visible >= MIN_VISIBLE
    centred = _centre(keypoints, seen)
    labels = centred / _spread(centred, seen)[:, None, None, None]
    return torch.where(seen[..., None], labels, 0), seen.to(labels.dtype)


def clip_scale(keypoints: Tensor, visible: Tensor) -> Tensor:
    """Measure how large the person is in a clip, robustly.

    Args:
        keypoints: Image coordinates, (B, T, 17, 2).
        visible: Visibility or confidence, (B, T, 17).

    Returns:
        Median over the frames of the root mean square distance of the seen keypoints
        from the root, in the unit of the keypoints, (B,); 1 where nothing was seen.
    """
    seen = visible >= MIN_VISIBLE
    return _spread(_centre(keypoints, seen), seen)


def _centre(keypoints: Tensor, seen: Tensor) -> Tensor:
    keypoints = torch.where(seen[..., None], keypoints, 0)
    mean = keypoints.sum(dim=2) / seen.sum(dim=2).clamp(min=1)[..., None]
    root = torch.where(seen[:, :, _ROOT, None], keypoints[:, :, _ROOT], mean)
    return keypoints - root[:, :, None]


def _spread(centred: Tensor, seen: Tensor) -> Tensor:
    squared = torch.where(seen, centred.square().sum(-1), 0).sum(dim=2)
    spread = (squared / seen.sum(dim=2).clamp(min=1)).sqrt()
    spread = torch.where(spread > 0, spread, torch.nan)
    return spread.nanmedian(dim=1).values.nan_to_num(nan=1.0)


@TRANSFORMS.register_module()
class NormalizeKeypoints:
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
