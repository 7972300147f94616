"""How well the frames of two clips of one action correspond in order: Kendall's tau.

``T`` frames, ``N`` clips, ``E`` numbers that describe a frame.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmposenorm.evaluation.frame_descriptions import describe_parts
from mmposenorm.fields import Count
from mmposenorm.registry import METRICS

# The actions of Penn Action that TCC leaves out.
LEFT_OUT = ('jump_rope', 'strum_guitar')


def kendalls_tau(matches: np.ndarray) -> np.ndarray:
    r"""Kendall's rank correlation between frames and their matches.

    Of all pairs of frames, those whose matches are in the same order, less those whose
    matches are in the opposite order, divided by the geometric mean of the number of
    pairs and the number of pairs with different matches (:math:`\tau_b`).

    Args:
        matches: The frame matched to each of T frames, in N other clips, (T, N).

    Returns:
        From -1, backwards, to 1, the same order, (N,); NaN where all frames have the
        same match.
    """
    earlier, later = np.triu_indices(len(matches), 1)
    matches = np.asarray(matches, dtype=np.int64)
    orders = np.sign(matches[later] - matches[earlier])
    untied = np.count_nonzero(orders, axis=0)
    with np.errstate(invalid='ignore'):
        return orders.sum(axis=0) / np.sqrt(float(len(earlier)) * untied)


def progress_taus(clips: Sequence[np.ndarray], stride: int = 2) -> np.ndarray:
    """Measure between all clips of an action whether nearest frames are in order.

    For every second frame (``stride``) of a clip, the nearest of every second frame of
    another clip is taken, by Euclidean distance, each frame on its own.

    Args:
        clips: Descriptions of the frames of each clip, N times (T, E).
        stride: Number of frames from one frame taken to the next.

    Returns:
        Kendall's tau from each clip (rows) to each other clip (columns), (N, N). NaN
        from a clip to itself, and where it is not defined.

    Source:
        Dwibedi et al., "Temporal Cycle-Consistency Learning" (CVPR 2019), and its
        public code.
    """
    taken = [np.asarray(clip, dtype=np.float64)[::stride] for clip in clips]
    frames = np.concatenate(taken)
    half_squares = np.square(frames).sum(axis=1) / 2
    ends = np.cumsum([len(clip) for clip in taken])[:-1]
    taus = np.full((len(taken), len(taken)), np.nan)
    for row, clip in enumerate(taken):
        # Half the squared distances, without what is the same for all frames of a row.
        apart = np.split(half_squares - clip @ frames.T, ends, axis=1)
        taus[row] = kendalls_tau(np.stack([d.argmin(axis=1) for d in apart], axis=1))
    np.fill_diagonal(taus, np.nan)
    return taus


def with_context(
    clip: np.ndarray, offsets: Sequence[float], in_clip_lengths: bool = False
) -> np.ndarray:
    """Describe each frame by the descriptions of frames around it, side by side.

    Args:
        clip: Descriptions of the frames, (T, E).
        offsets: How far the C frames are away that are put side by side. Beyond the
            ends of the clip, its first or last frame is repeated.
        in_clip_lengths: Whether offsets are shares of the clip, not frames.

    Returns:
        (T, C * E).
    """
    unit = len(clip) if in_clip_lengths else 1
    steps = np.rint(np.asarray(offsets, dtype=np.float64) * unit).astype(int)
    around = np.arange(len(clip))[:, None] + steps
    return clip[around.clip(0, len(clip) - 1)].reshape(len(clip), -1)


@METRICS.register_module()
class KendallsTau(BaseMetric):
    """Kendall's tau of nearest frames between all clips of an action.

    Gives the mean over the ordered pairs of clips of each action, by its name;
    ``mean``, the mean of the actions; and ``unlike``, the mean over pairs of clips of
    different actions, which shows how much of it comes from what all clips share, such
    as a beginning and an end. Pairs for which tau is not defined, since all frames have
    the same nearest frame, are left out, as in TCC's public code.

    Args:
        features: Fields of ``pred_instances`` that describe a frame side by side; see
            :func:`mmposenorm.evaluation.frame_descriptions.describe_parts`.
        offsets: See :func:`with_context`; by default, each frame is on its own.
        in_clip_lengths: See :func:`with_context`.
        stride: See :func:`progress_taus`; 2 on Penn Action.
        left_out: Actions that are not measured; by default those that TCC leaves out.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ValueError: If ``stride`` is below 1 or, when the figures are computed, no
            action has a pair of clips with a defined tau.
    """

    default_prefix = 'progress'

    def __init__(
        self,
        features: Sequence[str | dict],
        offsets: Sequence[float] = (0,),
        in_clip_lengths: bool = False,
        stride: Count = 2,
        left_out: Sequence[str] = LEFT_OUT,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.features = list(features)
        self.offsets = tuple(offsets)
        self.in_clip_lengths = in_clip_lengths
        self.stride = stride
        self.left_out = frozenset(left_out)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Describe the frames of each clip of an action that is measured."""
        for sample in data_samples:
            described = None
            if sample['action'] not in self.left_out:
                described = with_context(
                    describe_parts(sample['pred_instances'], self.features),
                    self.offsets,
                    self.in_clip_lengths,
                )
            self.results.append((sample['clip_id'], sample['action'], described))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Average over pairs of clips, then over actions."""
        by_action = defaultdict(list)
        # With several processes, clips come in another order.
        for _, action, described in sorted(results, key=lambda result: result[:2]):
            if described is not None:
                by_action[action].append(described)
        means = {}
        for action, clips in sorted(by_action.items()):
            tau = _mean(progress_taus(clips, self.stride))
            if tau is None:
                MMLogger.get_current_instance().warning(
                    f"Action '{action}' is left out: no pair of its {len(clips)} clips "
                    'has a tau.'
                )
            else:
                means[action] = tau
        if not means:
            raise ValueError(
                'No action has two clips between which a tau is defined. Check the '
                'data set and `left_out` of KendallsTau.'
            )
        figures = {'mean': float(np.mean(list(means.values()))), **means}
        # One clip of each action at a time, as often as all actions have one.
        groups = zip(*by_action.values(), strict=False)
        unlike = [progress_taus(group, self.stride).ravel() for group in groups]
        tau = _mean(np.concatenate(unlike))
        return figures if tau is None else figures | {'unlike': tau}


def _mean(taus: np.ndarray) -> float | None:
    """Average the taus that are defined, if any is."""
    defined = taus[np.isfinite(taus)]
    return float(defined.mean()) if len(defined) else None
