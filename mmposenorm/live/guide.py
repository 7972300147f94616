"""Tell where in a reference a person is now, and what is off."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from mmposenorm.alignment import LivePosition, OnlineAlignment
from mmposenorm.comparison import Difference, measure_curves
from mmposenorm.comparison.differences import find_latest
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import FramePeople
from mmposenorm.live.following import LivePerson
from mmposenorm.live.pose_stream import LOOK_AHEAD, PoseStream
from mmposenorm.pose_result import PoseNormResult

LOOK_BACK = 1.0
"""Seconds of the past that decide where the person is."""
BEGIN_COST = 0.2
"""See :class:`OnlineAlignment`; chosen as docs/live.md says."""
# Seconds of the past whose angles are compared, and how many times a second.
_COMPARED_SECONDS, _POSES_A_SECOND = 1.2, 10


@dataclass(frozen=True, eq=False)
class LiveState:
    """What is known of a person at the latest moment.

    Args:
        time: The moment in seconds; a little before the latest frame.
        keypoints: The person in the latest frame in pixels, Human3.6M's layout,
            (17, 2).
        visible: How sure each is, (17,).
        position: Where in the reference the person is.
        off: The angles that are off now, as in ``Comparison.differences``, with the
            reference as A; the surest first.
    """

    time: float
    keypoints: np.ndarray
    visible: np.ndarray
    position: LivePosition
    off: tuple[Difference, ...]


class LiveGuide:
    """Aligns a person who moves now with a reference.

    .. code-block:: python

        guide = LiveGuide(inferencer('coach.mp4'), inferencer, 'mediapipe', fps=30)
        for time, people in frames:
            state = guide.add(people, time)

    Args:
        reference: The reference, with pose features and times.
        inferencer: The model that computed it.
        layout: Layout of the keypoints that will come.
        fps: Frames a second that will come.
        loops: Whether the movement may begin again after its end.
        look_ahead: See :class:`PoseStream`.

    Raises:
        ValueError: If the reference has no frame in which the person is seen, or the
            model is not made for it.
    """

    def __init__(
        self,
        reference: PoseNormResult,
        inferencer: PoseNormInferencer,
        layout: str,
        fps: float,
        *,
        loops: bool = True,
        look_ahead: int = LOOK_AHEAD,
    ) -> None:
        self._stream = PoseStream(inferencer, look_ahead)
        self._person = LivePerson(layout, fps)
        seen = np.flatnonzero((reference.keypoints_visible > 0).any(axis=1))
        if not len(seen):
            raise ValueError(
                'The reference has no frame in which a keypoint is seen. Give one that '
                'shows the whole body.'
            )
        times, rate = reference.frame_times, min(fps, self._stream.fps)
        self._frames = (
            seen if times is None else seen[frames_at_rate(times[seen], rate)]
        )
        self._curves = measure_curves(reference)
        self._online = OnlineAlignment(
            reference.pose_features[self._frames],
            None if times is None else times[self._frames],
            look_back=max(1.0, LOOK_BACK * rate),
            begin_cost=BEGIN_COST,
            loops=loops,
        )
        self._poses: deque[tuple[int, PoseNormResult]] = deque()
        self._off: tuple[Difference, ...] = ()
        self._position: tuple[float, LivePosition] | None = None

    def add(self, people: FramePeople, time: float) -> LiveState | None:
        """Take the people in the next frame.

        Args:
            people: Everybody in it.
            time: When it was taken, in seconds.

        Returns:
            What is known now; None if the person is not seen, or has only just been.
        """
        found = self._person.add(people)
        if found is None or not self._stream.add(*found, time):
            return None
        now = self._stream.time
        if self._position is None or now > self._position[0]:
            self._follow(now)
        assert self._position is not None
        return LiveState(now, *found, self._position[1], self._off)

    def _follow(self, now: float) -> None:
        """Find where in the reference the person is, and what is off."""
        position = self._online.update(self._stream.feature(), now)
        frame = int(self._frames[position.reference_frame])
        self._position = now, position._replace(reference_frame=frame)
        # Moments are a fifth of that apart, and rounded.
        if not self._poses or now >= self._pose_time(-1) + 0.95 / _POSES_A_SECOND:
            self._compare(frame, now)

    def _pose_time(self, number: int) -> float:
        _, pose = self._poses[number]
        assert pose.frame_times is not None
        return float(pose.frame_times[0])

    def _compare(self, frame: int, now: float) -> None:
        """Estimate the pose and compare the latest ones with the reference."""
        self._poses.append((frame, self._stream.pose()))
        while self._pose_time(0) < now - _COMPARED_SECONDS:
            self._poses.popleft()
        frames, poses = zip(*self._poses, strict=True)
        curves = measure_curves(_joined(poses))
        path = np.stack([frames, np.arange(len(frames))], axis=1)
        self._off = find_latest(self._curves, curves, path)


def frames_at_rate(times: np.ndarray, rate: float) -> np.ndarray:
    """Choose frames of a reference so that there are no more a second than estimates.

    With more, who moves as fast as the reference would have to pass several frames with
    each estimate, and each of them counts.

    Args:
        times: Times of its frames in seconds, increasing, (T,).
        rate: Estimates a second.

    Returns:
        The frames, increasing, (N,).
    """
    moments = np.append(np.arange(times[0], times[-1], 1 / rate), times[-1])
    return np.unique(
        np.interp(moments, times, np.arange(len(times))).round().astype(int)
    )


def _joined(poses: tuple[PoseNormResult, ...]) -> PoseNormResult:
    """Join results of single frames."""
    names = ['joint_rotations', 'normalized_poses', 'body_up']
    names += ['keypoints', 'keypoints_visible', 'frame_times']
    if poses[0].direction_sigma is not None:
        names.append('direction_sigma')
    joined = {
        name: np.concatenate([getattr(pose, name) for pose in poses]) for name in names
    }
    return replace(poses[0], **joined)
