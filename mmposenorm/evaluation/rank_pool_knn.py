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
    PART_DESCRIPTORS,
    Answer,
    PooledClip,
    answer_queries,
    class_accuracy,
    pool_parts,
    summarize_answers,
)
from mmposenorm.evaluation.nearest_neighbours import (
    between_folds,
    confusion_matrix,
    from_view,
    leave_one_out,
    other_subjects,
    train_to_test,
)
from mmposenorm.registry import METRICS

GALLERIES = ('train', 'leave_one_out', 'folds', 'other_subjects')


@METRICS.register_module()
class RankPoolKNN(BaseMetric):
    """How often the clips nearest to a clip show the same action.

    Each clip's features are rank pooled to a vector, and vectors are compared. Figures
    are in per cent: ``top1``, ``any5`` (the action is among those of the 5 nearest: so
    the paper's Top-5 must be read), ``vote5`` (most of the 5 say so) and
    ``mean_class`` (the mean over actions of each one's top1). An action that only one
    clip shows cannot be recognized: it counts as missed, and the log names it.

    Args:
        features: The field of ``pred_instances`` that is pooled, e.g.
            ``'normalized_poses'`` or ``'pose_features'``; or several parts, dicts
            of :func:`pool_parts`, whose squared distances add up, each times the
            part's ``weight`` (1 if it has none).
        distance: ``'cosine'`` or ``'euclidean'``.
        whitening: Shrinkage with which the vectors of each part are whitened by those
            of the gallery, see
            :func:`mmposenorm.evaluation.nearest_neighbours.whiten`; not if not given.
        k: How many neighbours are asked.
        gallery: Which clips answer: ``'train'``, those of the training split answer
            those of the test split; ``'leave_one_out'``, all others; ``'folds'``,
            those of the other folds (cross-validation); ``'other_subjects'``, those
            of other people.
        num_folds: Folds of the cross-validation.
        seeds: Seeds of the folds; figures are means over all.
        across_views: Whether clips seen from one side are answered by those seen from
            another: figures are then for each angle between the two, ``top1_45`` and
            so on, over all pairs of views that far apart. Views are called by their
            angle in degrees, as ``yaw+45``.
        pooling: Options of :func:`mmposenorm.evaluation.rank_pooling.rank_pool`.
        out_dir: Folder for ``PREFIX.json``, the figures with those of each action and,
            for each clip, whether it was recognized (1 or 0, once for each seed or
            pair of views), and ``PREFIX.png``, the confusion matrix.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ValueError: If an option is none, or, when it computes, if there are fewer than
            k clips to answer a query.

    Source:
        Paper section 4.5.
    """

    default_prefix = 'action'

    def __init__(
        self,
        features: str | Sequence[dict],
        distance: str = 'cosine',
        whitening: float | None = None,
        k: int = 5,
        gallery: str = 'train',
        num_folds: int = 5,
        seeds: Sequence[int] = (0,),
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
                'descriptor', part.get('descriptor'), (None, *PART_DESCRIPTORS)
            )
        _check_option('gallery', gallery, GALLERIES)
        _check_option('distance', distance, DISTANCES)
        if whitening is not None and whitening <= 0:
            raise ValueError(f'`whitening` must be positive, but is {whitening}.')
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
            described = [sample[key] for key in PooledClip._fields[:-1]]
            fields = sample['pred_instances']
            vectors = pool_parts(fields, self.parts, self.pooling)
            self.results.append(PooledClip(*described, vectors))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Find the neighbours in all galleries and average."""
        # Processes hand clips over in an order of their own.
        clips = [PooledClip(*result) for result in results]
        clips.sort(key=lambda clip: (clip.clip_id, clip.view))
        self._name_single_actions(clips)
        weights = [part.get('weight', 1) for part in self.parts]
        options = (self.k, weights, self.distance, self.whitening)
        answers: dict[str, list[Answer]] = {}
        for suffix, allowed in self._galleries(clips):
            answers.setdefault(suffix, []).extend(
                answer_queries(clips, allowed, *options)
            )
        summary = {
            f'{key}{suffix}': value
            for suffix, some in answers.items()
            for key, value in summarize_answers(some).items()
        }
        everything = [answer for some in answers.values() for answer in some]
        lines = (f'{v:6.1f}  {name}' for name, v in class_accuracy(everything).items())
        MMLogger.get_current_instance().info('\n'.join(('top1, actions:', *lines)))
        if self.out_dir is not None:
            self._write(summary, everything)
        return summary

    def _galleries(self, clips: Sequence[PooledClip]) -> Iterator[tuple[str, Any]]:
        """Give each mask of who may answer whom, with the suffix of its figures."""
        views = [clip.view for clip in clips]
        pairs = [('', True)]
        if self.across_views:
            pairs = [
                (
                    f'_{_angle_between(query, gallery):g}',
                    from_view(views, query, gallery),
                )
                for query, gallery in product(sorted(set(views)), repeat=2)
            ]
        others = leave_one_out([clip.clip_id for clip in clips])
        for allowed, (suffix, mask) in product(self._protocols(clips), pairs):
            yield suffix, allowed & mask & others

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
                "The data set does not say which clips are 'train' and which 'test'. "
                'Use PennAction or ActionClips, or choose another `gallery`.'
            )
        splits = self.dataset_meta['splits']
        return [train_to_test([splits[clip.clip_id] for clip in clips])]

    def _name_single_actions(self, clips: Sequence[PooledClip]) -> None:
        motions = {clip.clip_id: clip.action for clip in clips}
        single = [a for a, count in Counter(motions.values()).items() if count == 1]
        if single:
            MMLogger.get_current_instance().warning(
                f'There is only one clip of {", ".join(sorted(single))}: it cannot be '
                'recognized, and counts as missed.'
            )

    def _write(self, summary: dict[str, float], answers: Sequence[Answer]) -> None:
        # Here, since matplotlib takes its time and most runs draw nothing.
        from mmposenorm.visualization.confusion import plot_confusion

        recognized: dict[str, list[int]] = {}
        for answer in answers:
            right = int(answer.right['top1'])
            recognized.setdefault(answer.query.clip_id, []).append(right)
        content = {
            'figures': summary,
            'actions': class_accuracy(answers),
            'clips': recognized,
        }
        with atomic_path(self.out_dir / f'{self.prefix}.json') as partial:
            Path(partial).write_text(json.dumps(content, indent=1) + '\n')
        names = sorted({answer.query.action for answer in answers})
        names += sorted({str(a.labels[0]) for a in answers} - set(names))
        counts = confusion_matrix(
            [str(answer.labels[0]) for answer in answers],
            [answer.query.action for answer in answers],
            names,
        )
        with atomic_path(self.out_dir / f'{self.prefix}.png') as partial:
            plot_confusion(counts, names).savefig(partial, format='png', dpi=120)


def _check_option(name: str, value: Any, known: Sequence[Any]) -> None:
    if value not in known:
        raise ValueError(
            f'`{name}` must be one of {", ".join(map(repr, known))}, but is {value!r}. '
            'Check RankPoolKNN in your config.'
        )


def _angle_between(view: str, other: str) -> float:
    """Tell how far apart two views are, in degrees from 0 to 180."""
    try:
        angle = abs(float(view.removeprefix('yaw')) - float(other.removeprefix('yaw')))
    except ValueError as error:
        raise ValueError(
            f"The views are called '{view}' and '{other}'; expected angles in degrees, "
            "as 'yaw+45'. Name the `view` of each clip so, or set across_views=False."
        ) from error
    return min(angle % 360, -angle % 360)
