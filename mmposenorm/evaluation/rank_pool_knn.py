"""The metric of action recognition by rank pooling and nearest neighbours."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmposenorm.atomic_files import atomic_path
from mmposenorm.evaluation.action_recognition import (
    DISTANCES,
    PooledClip,
    QueryResult,
    class_accuracy,
    match_queries,
    pool_parts,
    summarize_results,
)
from mmposenorm.evaluation.frame_descriptions import FRAME_DESCRIPTORS
from mmposenorm.evaluation.nearest_neighbours import (
    angle_between,
    between_folds,
    from_view,
    leave_one_out,
    other_subjects,
    train_to_test,
)
from mmposenorm.fields import Count, Positive, Seed
from mmposenorm.registry import METRICS

GALLERIES = ('train', 'leave_one_out', 'folds', 'other_subjects')


@METRICS.register_module()
class RankPoolKNN(BaseMetric):
    """Share of clips whose nearest clips show the same action.

    The features of each clip are rank-pooled to a vector, and the vectors are compared.
    Figures are in per cent: ``top1``; ``any5``, the action of any of the 5 nearest
    (which is what the paper's Top-5 means); ``vote5``, the majority of the 5; and
    ``mean_class``, the mean of the actions' top1. An action that only one clip shows
    cannot be recognized: it counts as missed, and the log names it.

    Args:
        features: The field of ``pred_instances`` to pool, e.g. ``'normalized_poses'``
            or ``'pose_features'``; or several parts, dicts as for :func:`pool_parts`,
            whose squared distances add up, each times the part's ``weight`` (default
            1).
        distance: ``'cosine'`` or ``'euclidean'``.
        whitening: Shrinkage with which the vectors of each part are whitened, see
            :func:`mmposenorm.evaluation.nearest_neighbours.whiten`. Without it,
            vectors are not whitened.
        k: Number of neighbours.
        gallery: The clips that a query is compared with. ``'train'``: queries are the
            clips of the test split, and the gallery is the training split;
            ``'leave_one_out'``: all other clips; ``'folds'``: the clips of the other
            folds (cross-validation); ``'other_subjects'``: the clips of other people.
        num_folds: Number of folds of the cross-validation.
        seeds: Seeds of the folds; figures are averaged over them.
        across_views: Whether to compare each pair of views separately. Figures are then
            named by the angle between the views, ``top1_45`` and so on, and averaged
            over all pairs of views that far apart. Views must be named by their angle
            in degrees, such as ``yaw+45``.
        pooling: Options of :func:`mmposenorm.evaluation.rank_pooling.rank_pool`.
        out_dir: Folder for ``PREFIX.json`` (all figures, those of each action, and
            whether each clip was recognized: 1 or 0, once for each seed or pair of
            views) and ``PREFIX.png`` (the confusion matrix).
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ValueError: If an option is invalid or, when the figures are computed, a query
            is compared with fewer than k clips.

    Source:
        Paper section 4.5.
    """

    default_prefix = 'action'

    def __init__(
        self,
        features: str | Sequence[dict],
        distance: str = 'cosine',
        whitening: Positive | None = None,
        k: Count = 5,
        gallery: str = 'train',
        num_folds: Count = 5,
        seeds: Sequence[Seed] = (0,),
        across_views: bool = False,
        pooling: dict | None = None,
        out_dir: str | Path | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(features, str):
            features = [{'features': features}]
        self.parts = list(features)
        for part in self.parts:
            _check_option(
                'descriptor', part.get('descriptor'), (None, *FRAME_DESCRIPTORS)
            )
        _check_option('gallery', gallery, GALLERIES)
        _check_option('distance', distance, DISTANCES)
        self.distance = distance
        self.whitening = whitening
        self.k = k
        self.gallery = gallery
        self.num_folds = num_folds
        self.seeds = tuple(seeds)
        self.across_views = across_views
        self.pooling = pooling
        self.out_dir = None if out_dir is None else Path(out_dir)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Pool the features of each clip."""
        for sample in data_samples:
            names = {key: sample[key] for key in PooledClip._fields if key in sample}
            vectors = pool_parts(sample['pred_instances'], self.parts, self.pooling)
            self.results.append(PooledClip(**names, vectors=vectors))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Find the neighbours in all galleries and average."""
        # With several processes, clips come in another order.
        clips = [PooledClip(*result) for result in results]
        clips.sort(key=lambda clip: (clip.clip_id, clip.view))
        self._warn_of_single_clips(clips)
        weights = [part.get('weight', 1) for part in self.parts]
        options = (self.k, weights, self.distance, self.whitening)
        by_suffix: dict[str, list[QueryResult]] = {}
        for suffix, allowed in self._galleries(clips):
            found = match_queries(clips, allowed, *options)
            by_suffix.setdefault(suffix, []).extend(found)
        summary = {
            f'{key}{suffix}': value
            for suffix, some in by_suffix.items()
            for key, value in summarize_results(some).items()
        }
        everything = [result for some in by_suffix.values() for result in some]
        lines = (f'{v:6.1f}  {name}' for name, v in class_accuracy(everything).items())
        MMLogger.get_current_instance().info('\n'.join(('top1, actions:', *lines)))
        if self.out_dir is not None:
            self._write(self.out_dir, summary, everything)
        return summary

    def _galleries(self, clips: Sequence[PooledClip]) -> Iterator[tuple[str, Any]]:
        """Yield the mask of each gallery with the suffix of its figures."""
        others = leave_one_out([clip.clip_id for clip in clips])
        masks = [('', others)]
        if self.across_views:
            views = [clip.view for clip in clips]
            masks = [
                (f'_{angle_between(*pair):g}', others & from_view(views, *pair))
                for pair in product(sorted(set(views)), repeat=2)
            ]
        for allowed, (suffix, mask) in product(self._protocols(clips), masks):
            yield suffix, allowed & mask

    def _protocols(self, clips: Sequence[PooledClip]) -> list[np.ndarray]:
        if self.gallery == 'leave_one_out':
            return [np.array(True)]
        if self.gallery == 'other_subjects':
            return other_subjects([clip.subject for clip in clips])
        if self.gallery == 'folds':
            actions = [clip.action for clip in clips]
            return [
                mask
                for seed in self.seeds
                for mask in between_folds(actions, self.num_folds, seed)
            ]
        if not self.dataset_meta or 'splits' not in self.dataset_meta:
            raise ValueError(
                "The data set does not assign clips to 'train' and 'test'. Use "
                'PennAction or ActionClips, or choose another `gallery`.'
            )
        splits = self.dataset_meta['splits']
        return [train_to_test([splits[clip.clip_id] for clip in clips])]

    def _warn_of_single_clips(self, clips: Sequence[PooledClip]) -> None:
        motions = {clip.clip_id: clip.action for clip in clips}
        single = [a for a, count in Counter(motions.values()).items() if count == 1]
        if single:
            MMLogger.get_current_instance().warning(
                f'There is only one clip of {", ".join(sorted(single))}: it cannot be '
                'recognized, and counts as missed.'
            )

    def _write(
        self, folder: Path, summary: dict[str, float], results: Sequence[QueryResult]
    ) -> None:
        recognized: dict[str, list[int]] = {}
        for result in results:
            correct = int(result.correct['top1'])
            recognized.setdefault(result.query.clip_id, []).append(correct)
        content = {
            'figures': summary,
            'actions': class_accuracy(results),
            'clips': recognized,
        }
        with atomic_path(folder / f'{self.prefix}.json') as partial:
            partial.write_text(json.dumps(content, indent=1) + '\n')
        with atomic_path(folder / f'{self.prefix}.png') as partial:
            _plot_confusion(results, partial)


def _plot_confusion(results: Sequence[QueryResult], file: Path) -> None:
    # Imported here because they take a second and most runs draw nothing.
    from sklearn.metrics import confusion_matrix

    from mmposenorm.visualization.confusion import plot_confusion

    truth = [result.query.action for result in results]
    found = [str(result.labels[0]) for result in results]
    # Actions that were only found, in none of the queries, come last.
    names = sorted(set(truth)) + sorted(set(found) - set(truth))
    counts = confusion_matrix(truth, found, labels=names)
    plot_confusion(counts, names).savefig(file, format='png', dpi=120)


def _check_option(name: str, value: Any, known: Sequence[Any]) -> None:
    if value not in known:
        raise ValueError(
            f'`{name}` must be one of {", ".join(map(repr, known))}, but is {value!r}. '
            'Check RankPoolKNN in your config.'
        )
