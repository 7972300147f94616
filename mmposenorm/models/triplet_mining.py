"""Triplet mining: which frames of a clip are similar and which are not.

Dimensions: ``B`` clips in a batch, ``T`` frames, ``K`` keypoints, ``N`` triplets.
Frames are given by their row in the batch of all frames, i.e. ``clip * T + frame``. All
draws are made on the device of the poses, for all clips at once.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from mmposenorm.fields import Count, NotNegative
from mmposenorm.geometry.distances import pairwise_mpjpe
from mmposenorm.registry import MODELS


class Triplets(NamedTuple):
    """Rows of the frames of each triplet in the batch of all frames, (N,) each.

    N does not depend on the poses, so that the CPU never has to wait for a GPU. Where
    an anchor has no candidates, ``valid`` is False and the rows mean nothing.
    """

    anchor: Tensor
    positive: Tensor
    negative: Tensor
    valid: Tensor


def primary_distances(poses: Tensor, still_below: float = 0.0) -> Tensor:
    """Rank the frames of a clip by their similarity to each of its frames.

    For each anchor frame, the MPJPE to all other frames of the clip is scaled
    linearly so that the nearest frame is at 0 and the farthest at 1. The paper calls
    this the primary similarity.

    Args:
        poses: Normalized poses in metres, (B, T, K, 3).
        still_below: An anchor whose distances to the other frames span less than
            this, in metres, has no nearest and no farthest frame.

    Returns:
        Distances in [0, 1], (B, T, T), row = anchor. NaN on the diagonal and in the
        rows of anchors without a nearest and a farthest frame.

    Source:
        Section 3.3. The paper leaves open whether each anchor or each clip is scaled;
        if it is each anchor, every frame of a moving clip has candidates.
    """
    errors = pairwise_mpjpe(poses, poses)
    itself = torch.eye(errors.shape[-1], dtype=torch.bool, device=errors.device)
    nearest = errors.masked_fill(itself, torch.inf).amin(-1, keepdim=True)
    span = errors.masked_fill(itself, -torch.inf).amax(-1, keepdim=True) - nearest
    still = (span <= 0) | (span < still_below)
    return ((errors - nearest) / span).masked_fill(itself | still, torch.nan)


def draw_triplets(
    is_positive: Tensor,
    is_negative: Tensor,
    triplets_per_anchor: int,
    generator: torch.Generator,
) -> Triplets:
    """Draw triplets uniformly, with replacement, from the candidates of each anchor.

    Args:
        is_positive: True where a frame (column) is a positive candidate of an anchor
            (row), (B, T, T).
        is_negative: The same for negative candidates, (B, T, T).
        triplets_per_anchor: Number of draws for each anchor that has both.
        generator: Source of randomness, on the device of the candidates.

    Returns:
        B * T * ``triplets_per_anchor`` triplets, clip by clip and anchor by anchor;
        not valid for anchors that lack positive or negative candidates.
    """
    num_clips, num_frames, _ = is_positive.shape
    shape = (num_clips, num_frames, triplets_per_anchor)
    clip_starts = torch.arange(num_clips, device=is_positive.device) * num_frames
    frames = torch.arange(num_frames, device=is_positive.device)
    has_both = is_positive.any(-1) & is_negative.any(-1)

    def rows(frames_in_clip: Tensor) -> Tensor:
        return (frames_in_clip + clip_starts[:, None, None]).expand(shape).flatten()

    return Triplets(
        anchor=rows(frames[None, :, None]),
        positive=rows(_draw_candidates(is_positive, shape, generator)),
        negative=rows(_draw_candidates(is_negative, shape, generator)),
        valid=has_both.unsqueeze(-1).expand(shape).flatten(),
    )


def _draw_candidates(
    is_candidate: Tensor, shape: tuple[int, int, int], generator: torch.Generator
) -> Tensor:
    """Draw frames among each anchor's candidates; any frame where there are none."""
    ranks = is_candidate.cumsum(-1)
    uniform = torch.rand(shape, generator=generator, device=is_candidate.device)
    # The frame at which the running count of candidates first reaches 1 + rank.
    wanted = (uniform * ranks[..., -1:]).floor().to(ranks.dtype) + 1
    return torch.searchsorted(ranks, wanted).clamp_(max=is_candidate.shape[-1] - 1)


def _check_poses(poses: Tensor) -> None:
    if poses.dim() != 4 or poses.shape[-1] != 3:
        raise ValueError(
            f'poses has shape {tuple(poses.shape)}; expected (B, T, K, 3): clips of '
            'normalized poses.'
        )
    if poses.shape[1] < 3:
        raise ValueError(
            f'A triplet needs three frames of one clip, but the clips have '
            f'{poses.shape[1]}. Use longer clips (`clip_length` of the data set).'
        )


def _check_range(name: str, bounds: tuple[float, float]) -> tuple[float, float]:
    lower, upper = bounds
    if not 0 <= lower <= upper <= 1:
        raise ValueError(
            f'`{name}` must be (lower, upper) with 0 <= lower <= upper <= 1, but is '
            f'{tuple(bounds)}. Check `model.miner` and the curriculum in your config.'
        )
    return float(lower), float(upper)


@MODELS.register_module()
class AdaptiveTripletMiner:
    """Mine triplets inside each clip by the similarity of its normalized poses.

    Args:
        positive_range: Thresholds (c_pl, c_pu) on :func:`primary_distances` between
            which a frame is a positive candidate of the anchor, both included.
        negative_range: Thresholds (c_nl, c_nu) for the negative candidates.
        triplets_per_anchor: Number of triplets drawn for each frame of a clip.
        still_below: An anchor from which the distances of the other frames differ by
            less than this, in metres, gives no triplets, since noise would decide.

    Source:
        Section 3.3 and Figure 4. The thresholds are not in the paper; ours start from
        easy negatives, and :class:`MiningCurriculumHook` moves them.
    """

    def __init__(
        self,
        positive_range: tuple[float, float] = (0.0, 0.2),
        negative_range: tuple[float, float] = (0.6, 1.0),
        triplets_per_anchor: Count = 4,
        still_below: NotNegative = 1e-3,
    ) -> None:
        self.triplets_per_anchor = triplets_per_anchor
        self.still_below = still_below
        self.set_ranges(positive_range, negative_range)

    def set_ranges(
        self, positive_range: tuple[float, float], negative_range: tuple[float, float]
    ) -> None:
        """Move the thresholds, as a curriculum does.

        Args:
            positive_range: New (c_pl, c_pu).
            negative_range: New (c_nl, c_nu).

        Raises:
            ValueError: If a range leaves [0, 1] or negatives are nearer than positives.
        """
        positive_range = _check_range('positive_range', positive_range)
        negative_range = _check_range('negative_range', negative_range)
        if positive_range[1] > negative_range[0]:
            raise ValueError(
                f'`positive_range` {positive_range} must end before `negative_range` '
                f'{negative_range} begins: a positive is nearer than a negative.'
            )
        self.positive_range = positive_range
        self.negative_range = negative_range

    def candidates(self, poses: Tensor) -> tuple[Tensor, Tensor]:
        """Find the candidates of each anchor.

        Args:
            poses: Normalized poses in metres, (B, T, K, 3).

        Returns:
            Whether a frame is a positive and whether it is a negative candidate,
            (B, T, T) each, row = anchor.
        """
        distances = primary_distances(poses, self.still_below)
        (c_pl, c_pu), (c_nl, c_nu) = self.positive_range, self.negative_range
        return (
            (distances >= c_pl) & (distances <= c_pu),
            (distances >= c_nl) & (distances <= c_nu),
        )

    @torch.no_grad()
    def __call__(self, poses: Tensor, generator: torch.Generator) -> Triplets:
        """Draw triplets from a batch of clips.

        Args:
            poses: Normalized poses in metres, (B, T, K, 3).
            generator: Source of randomness, on the device of the poses.

        Returns:
            The triplets, see :func:`draw_triplets`.

        Raises:
            ValueError: If the poses have another shape or fewer than three frames.
        """
        _check_poses(poses)
        is_positive, is_negative = self.candidates(poses)
        return draw_triplets(
            is_positive, is_negative, self.triplets_per_anchor, generator
        )


@MODELS.register_module()
class TemporalWindowMiner:
    """Mine triplets by time alone: near frames are similar, distant ones are not.

    Replaces :class:`AdaptiveTripletMiner` in the paper's ablation (Table 3, "w/o
    adaptive mining").

    Args:
        positive_window: A frame at most this many frames away is a positive candidate.
        negative_window: A frame more than this many frames away is a negative one.
        triplets_per_anchor: Number of triplets drawn for each frame of a clip.
    """

    def __init__(
        self,
        positive_window: int = 5,
        negative_window: int = 20,
        triplets_per_anchor: Count = 4,
    ) -> None:
        if not 1 <= positive_window <= negative_window:
            raise ValueError(
                'expected 1 <= `positive_window` <= `negative_window` (frames), got '
                f'{positive_window} and {negative_window}. Check `model.miner`.'
            )
        self.positive_window = positive_window
        self.negative_window = negative_window
        self.triplets_per_anchor = triplets_per_anchor

    @torch.no_grad()
    def __call__(self, poses: Tensor, generator: torch.Generator) -> Triplets:
        """Draw triplets from a batch of clips.

        Args:
            poses: Poses, (B, T, K, 3); only the shape is used.
            generator: Source of randomness, on the device of the poses.

        Returns:
            The triplets, see :func:`draw_triplets`; none valid if the clips are
            shorter than the windows.

        Raises:
            ValueError: If the poses have another shape or fewer than three frames.
        """
        _check_poses(poses)
        frames = torch.arange(poses.shape[1], device=poses.device)
        offsets = (frames - frames[:, None]).abs().expand(len(poses), -1, -1)
        is_positive = (offsets > 0) & (offsets <= self.positive_window)
        is_negative = offsets > self.negative_window
        return draw_triplets(
            is_positive, is_negative, self.triplets_per_anchor, generator
        )
