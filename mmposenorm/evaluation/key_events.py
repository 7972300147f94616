"""How well real clips of one action are aligned, judged by their key events.

A key event is a moment that every repetition of an action has, e.g. the lowest point of
a squat. Two clips are aligned, and the frame of B that is matched to A's event is
compared with B's own event.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmengine.evaluator import BaseMetric

from mmposenorm.alignment import adapt_features
from mmposenorm.alignment.options import NOISY_DIAGONAL_WEIGHT
from mmposenorm.alignment.tempo import align_tempos
from mmposenorm.evaluation.frame_descriptions import describe_parts
from mmposenorm.fields import Count, Seed
from mmposenorm.registry import METRICS

Span = tuple[int, int]
# As demo/align_videos.py aligns.
_OPTIONS: dict[str, Any] = {
    'diagonal_weight': NOISY_DIAGONAL_WEIGHT,
    'open_begin': True,
    'open_end': True,
}


class EventPair(NamedTuple):
    """Two clips that show one event.

    Attributes:
        action: What both show.
        clip_a: Name of clip A.
        clip_b: Name of clip B.
        span_a: First and last frame of the event in A.
        span_b: The same in B.
    """

    action: str
    clip_a: str
    clip_b: str
    span_a: Span
    span_b: Span


def draw_event_pairs(
    clips: dict[str, dict[str, Any]], max_pairs: int, seed: int
) -> list[EventPair]:
    """Draw pairs of clips that show the same event of the same action.

    Args:
        clips: By name, ``action`` and ``events``, of each the name and its span.
        max_pairs: Largest number of pairs of one event.
        seed: Seed of the draw.

    Returns:
        The pairs; each is aligned one way, from A to B.
    """
    by_event = defaultdict(list)
    for name, clip in sorted(clips.items()):
        for event, span in clip['events'].items():
            by_event[clip['action'], event].append((name, tuple(span)))
    generator = np.random.default_rng(seed)
    pairs = []
    for (action, _), shown in sorted(by_event.items()):
        every = list(permutations(shown, 2))
        chosen = generator.permutation(len(every))[:max_pairs]
        pairs += [
            EventPair(action, a, b, span_a, span_b)
            for (a, span_a), (b, span_b) in (every[i] for i in sorted(chosen))
        ]
    return pairs


def event_error(matches: np.ndarray, pair: EventPair, length_b: int) -> float:
    """Measure how far from B's event A's event is matched.

    Args:
        matches: The frame of B matched to each frame of A, -1 for none, (Ta,).
        pair: The clips and their events.
        length_b: Number of B's frames.

    Returns:
        Distance of the match of the middle of A's event from B's span, 0 within, in
        per cent of B's length. An unmatched frame takes the match of the nearest frame
        that has one.
    """
    matched = np.flatnonzero(matches >= 0)
    middle = sum(pair.span_a) / 2
    found = float(np.interp(middle, matched, matches[matched]))
    first, last = pair.span_b
    return 100 * max(first - float(found), float(found) - last, 0.0) / length_b


@METRICS.register_module()
class KeyEventError(BaseMetric):
    """Error of aligned key events, in per cent of the clip: ``plain`` and ``adapted``.

    Means over the pairs of each action, then over the actions. ``adapted`` aligns by
    features that are adapted to the two clips
    (:func:`mmposenorm.alignment.adapt_features`). ``line`` matches the clips linearly.

    Args:
        events_file: JSON: for each clip ``action``, ``frames`` and ``events``.
        features: Fields of ``pred_instances`` that describe a frame side by side; see
            :func:`mmposenorm.evaluation.frame_descriptions.describe_parts`.
        max_pairs: Largest number of pairs of one event.
        seed: Seed of the draw of pairs.
        left_out: Names of clips whose events are not to be trusted.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.
    """

    default_prefix = 'key_events'

    def __init__(
        self,
        events_file: str,
        features: Sequence[str | dict],
        max_pairs: Count = 40,
        seed: Seed = 0,
        left_out: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not Path(events_file).is_file():
            raise FileNotFoundError(
                f'{events_file} not found; expected the JSON file of key events. Check '
                '`events_file` of KeyEventError.'
            )
        clips = json.loads(Path(events_file).read_text())
        clips = {name: clip for name, clip in clips.items() if name not in left_out}
        self.pairs = draw_event_pairs(clips, max_pairs, seed)
        self._needed = {name for p in self.pairs for name in (p.clip_a, p.clip_b)}
        self.features = list(features)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the descriptions of the clips that are in a pair."""
        for sample in data_samples:
            needed = sample['clip_id'] in self._needed
            described = None
            if needed:
                described = describe_parts(sample['pred_instances'], self.features)
            self.results.append((sample['clip_id'], described))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Align every pair and average."""
        clips = dict(results)
        errors: dict[str, dict[str, list[float]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for pair in self.pairs:
            a, b = clips.get(pair.clip_a), clips.get(pair.clip_b)
            if a is None or b is None:
                continue
            ways = {'plain': (a, b), 'adapted': adapt_features(a, b)}
            for way, described in ways.items():
                matches = align_tempos(*described, **_OPTIONS).matches
                error = event_error(matches, pair, len(b))
                errors[way][pair.action].append(error)
            line = np.linspace(0, len(b) - 1, len(a))
            errors['line'][pair.action].append(event_error(line, pair, len(b)))
        return {
            way: float(np.mean([np.mean(some) for some in by_action.values()]))
            for way, by_action in errors.items()
        }
