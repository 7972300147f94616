"""What is looked for in a library: a moment or a span of somebody's motion."""

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import PersonTrack, extract_person
from mmposenorm.library.people import start_of
from mmposenorm.pose_result import PoseNormResult


@dataclass(frozen=True, eq=False)
class Query:
    """Features of what is looked for.

    Args:
        features: Of N moments, (N, E).
        rate: Moments a second, None if not known.
        start: Time of the first moment in its clip, in seconds.
        name: What to call it.
        mirrored: Whether left and right were exchanged.
    """

    features: np.ndarray
    rate: float | None
    start: float = 0.0
    name: str = 'the query'
    mirrored: bool = False

    def at(self, seconds: float) -> 'Query':
        """Take the moment nearest to a time in the clip."""
        number = self._number('at', seconds)
        return replace(self, features=self.features[number : number + 1])

    def between(self, start: float | None, end: float | None) -> 'Query':
        """Take the moments from one time in the clip to another, both included.

        Raises:
            ValueError: If the clip has no such moments, or no times.
        """
        first = 0 if start is None else self._number('start', start)
        last = len(self.features) - 1 if end is None else self._number('end', end)
        if last <= first:
            raise ValueError(
                f'The span from {start} to {end} s of {self.name} holds no movement; '
                'expected a start before the end. For a single pose give `at` (--at).'
            )
        return replace(self, features=self.features[first : last + 1])

    def seconds(self, moment: int) -> float:
        """Time of a moment in the clip; its number if times are not known."""
        return moment if self.rate is None else self.start + moment / self.rate

    def _number(self, argument: str, seconds: float) -> int:
        if self.rate is None:
            raise ValueError(
                f'{argument} is {seconds} s, but the frame rate of {self.name} is not '
                'known. Pass fps (--fps).'
            )
        end = self.start + (len(self.features) - 1) / self.rate
        spare = 1 / self.rate
        if not self.start - spare <= seconds <= end + spare:
            raise ValueError(
                f'{argument} is {seconds} s, but the person of {self.name} is there '
                f'from {self.start:.2f} to {end:.2f} s. Choose a time between.'
            )
        number = round((seconds - self.start) * self.rate)
        return min(max(number, 0), len(self.features) - 1)


def make_queries(
    clip: Any,
    inferencer: PoseNormInferencer,
    mirror: bool = False,
    *,
    visible: Any = None,
    layout: str | None = None,
    fps: float | None = None,
    person: str = 'largest',
    detector: Any = 'auto',
) -> list[Query]:
    """Compute the features of a clip, and of its mirror image if that is asked for.

    Args:
        clip: The path of a video or keypoint file; a person; the result of inference;
            keypoints, (T, K, 2); or features at the library's rate, (N, E).
        inferencer: Computes the features.
        mirror: Whether to look for the mirrored motion too.
        visible: Of keypoints, (T, K).
        layout: Of keypoints.
        fps: Frames a second of keypoints, or of a file that does not tell.
        person: Whom to follow in a file.
        detector: Finds the people in a video.

    Returns:
        One query, or two.

    Raises:
        ValueError: If nobody is in it, or an argument does not fit it.
        FileNotFoundError: If there is no such file.
    """
    name, start = 'the query', 0.0
    if isinstance(clip, str | os.PathLike):
        name = str(clip)
        clip = extract_person(clip, detector, person, fps=fps, layout=layout)
        visible = layout = fps = None
    if isinstance(clip, PersonTrack):
        start = start_of(clip)
    if isinstance(clip, PoseNormResult):
        visible, layout = clip.keypoints_visible, 'h36m'
        fps, clip = _mean_rate(clip.frame_times), clip.keypoints
    if not isinstance(clip, PersonTrack) and np.ndim(clip) == 2:
        return [_of_features(np.asarray(clip, np.float32), mirror)]
    queries = []
    for mirrored in (False, True)[: 1 + mirror]:
        features, _, rate = inferencer.embed_moments(
            clip, visible, layout, fps, mirror=mirrored
        )
        queries.append(Query(features, rate, start, name, mirrored))
    return queries


def _mean_rate(times: np.ndarray | None) -> float | None:
    if times is None or len(times) < 2:
        return None
    return float((len(times) - 1) / (times[-1] - times[0]))


def _of_features(features: np.ndarray, mirror: bool) -> Query:
    if mirror:
        raise ValueError(
            'mirror=True needs keypoints, but the query is pose features, of shape '
            f'{features.shape}. Give keypoints, a file or the result of inference.'
        )
    return Query(features, None)
