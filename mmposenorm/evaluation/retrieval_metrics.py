"""Metrics of retrieval across views: of poses by their truth, of clips by their action.

A view is named by the direction of its camera in degrees, such as ``'yaw+45'``. Queries
are seen from one view and compared with each other view on its own. Figures are named
by the angle between the two, e.g. ``mAP_90``.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric

from mmposenorm.evaluation.action_recognition import PooledClip, pool_parts
from mmposenorm.evaluation.frame_descriptions import describe_frames
from mmposenorm.evaluation.nearest_neighbours import (
    angle_between,
    from_view,
    squared_distances,
    unit_rows,
)
from mmposenorm.evaluation.retrieval import measure_queries, summarize_queries
from mmposenorm.fields import Count, NotNegative
from mmposenorm.geometry.distances import pairwise_mpjpe
from mmposenorm.registry import METRICS

_AT_ONCE = 64  # queries; more would need gigabytes


@METRICS.register_module()
class PoseRetrieval(BaseMetric):
    """How well poses of other clips or moments are found again from another side.

    The query is a frame, the library all frames of a view, compared by the Euclidean
    distance of their features. Right are those whose true normalized pose is near that
    of the query. Figures are those of
    :func:`mmposenorm.evaluation.retrieval.summarize_queries`, for each view.

    Args:
        features: A field of ``pred_instances``, or the fields that a descriptor takes.
        descriptor: See
            :func:`mmposenorm.evaluation.frame_descriptions.describe_frames`.
        query_view: View of the queries.
        other_people: Whether only poses of other people count.
        radius: Largest mean distance of the joints of two normalized poses that count
            as the same, in metres. 0.05 of the condition skeleton is the share of a
            torso that Pr-VIPE's 0.1 is of a pose of unit size.
        frame_step: Take every n-th frame, since neighbours hardly differ.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Source:
        After Sun et al., View-Invariant Probabilistic Embedding for Human Pose, ECCV
        2020, whose Hit@k is ``any@k``.
    """

    default_prefix = 'pose_retrieval'

    def __init__(
        self,
        features: str | Sequence[str],
        descriptor: str | None = None,
        query_view: str = 'yaw+0',
        other_people: bool = False,
        radius: NotNegative = 0.05,
        frame_step: Count = 5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.features = features
        self.descriptor = descriptor
        self.query_view = query_view
        self.other_people = other_people
        self.radius = radius
        self.frame_step = frame_step

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep what describes every n-th frame, and its true pose."""
        for sample in data_samples:
            described = describe_frames(
                sample['pred_instances'], self.features, self.descriptor
            )
            truth = torch.as_tensor(sample['gt_instances']['normalized_poses']).cpu()
            every = slice(None, None, self.frame_step)
            self.results.append(
                (sample['view'], sample['subject'], described[every], truth[every])
            )

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Rank the frames of each other view for the frames of the query's."""
        names = [view for view, *_ in results]
        queries = _frames_of(results, self.query_view, names)
        figures = {}
        for view in sorted(set(names) - {self.query_view}):
            library = _frames_of(results, view, names)
            parts = list(self._measure(queries, library))
            joined = {key: np.concatenate([p[key] for p in parts]) for key in parts[0]}
            angle = f'_{angle_between(self.query_view, view):g}'
            for key, value in summarize_queries(joined).items():
                figures[key + angle] = value
        return figures

    def _measure(self, queries: tuple, library: tuple) -> Iterator[dict]:
        people, described, truth = queries
        for start in range(0, len(people), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            distances = squared_distances(described[some], library[1])
            right = pairwise_mpjpe(truth[some], library[2]).numpy() <= self.radius
            allowed = None
            if self.other_people:
                allowed = people[some, None] != library[0]
            yield measure_queries(distances, right, allowed)


def _frames_of(results: list[tuple], view: str, names: list[str]) -> tuple:
    """Join the frames of a view: who it is (F,), features (F, E), truth (F, 17, 3)."""
    from_view(names, view, view)  # refuses a view that no clip has
    clips = [result[1:] for result in results if result[0] == view]
    people = np.repeat([who for who, *_ in clips], [len(clip[1]) for clip in clips])
    described = np.concatenate([clip[1] for clip in clips]).astype(np.float64)
    return people, described, torch.cat([clip[2] for clip in clips]).float()


@METRICS.register_module()
class ClipRetrieval(BaseMetric):
    """How well clips of the same action by other people are found from another side.

    Each clip is rank-pooled to a vector of unit length. Figures are those of
    :func:`mmposenorm.evaluation.retrieval.summarize_queries`, for each view; that of
    the queries is one of them.

    Args:
        features: A field of ``pred_instances``, or the fields that a descriptor takes.
        descriptor: See
            :func:`mmposenorm.evaluation.frame_descriptions.describe_frames`.
        query_view: View of the queries.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.
    """

    default_prefix = 'clip_retrieval'

    def __init__(
        self,
        features: str | Sequence[str],
        descriptor: str | None = None,
        query_view: str = 'yaw+0',
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.parts = [{'features': features, 'descriptor': descriptor}]
        self.query_view = query_view

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Pool the features of each clip."""
        for sample in data_samples:
            names = {key: sample[key] for key in PooledClip._fields if key in sample}
            vectors = pool_parts(sample['pred_instances'], self.parts)
            self.results.append(PooledClip(**names, vectors=vectors))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Rank the clips of each view for the clips of the query's."""
        clips = [PooledClip(*result) for result in results]
        clips.sort(key=lambda clip: (clip.clip_id, clip.view))
        views, people, actions = (
            np.array([getattr(clip, name) for clip in clips])
            for name in ('view', 'subject', 'action')
        )
        vectors = unit_rows(np.stack([clip.vectors[0] for clip in clips]))
        figures = {}
        for view in sorted(set(views)):
            allowed = from_view(views.tolist(), self.query_view, view)
            allowed &= people[:, None] != people
            queries, library = views == self.query_view, views == view
            measured = measure_queries(
                squared_distances(vectors[queries], vectors[library]),
                actions[queries, None] == actions[library],
                allowed[np.ix_(queries, library)],
            )
            angle = f'_{angle_between(self.query_view, view):g}'
            for key, value in summarize_queries(measured).items():
                figures[key + angle] = value
        return figures
