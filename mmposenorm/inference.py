"""2D poses or videos in, normalized poses and pose features out.

``T`` frames, ``J`` joints that carry rotations, 17 keypoints in Human3.6M's order.
"""

import os
import reprlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.device import get_device
from mmengine.logging import print_log
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import normalize

from mmposenorm.checkpoints import load_model
from mmposenorm.geometry.arrays import to_tensor
from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.geometry.normalization import body_up
from mmposenorm.geometry.rotations import quaternion_to_matrix
from mmposenorm.keypoints import PersonTrack, extract_person, to_h36m
from mmposenorm.keypoints.checks import check_clip
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.registry import INFERENCERS
from mmposenorm.resampling import (
    check_time,
    has_rate,
    interpolate_rotations,
    original_positions,
    resample_keypoints,
    resampled_positions,
)
from mmposenorm.skeletons import H36M_MIRRORED, MIN_VISIBLE, Skeleton
from mmposenorm.transforms.network_input import prepare_keypoints
from mmposenorm.transforms.time_warps import interpolate_frames

# Frames that go through the network at once, apart from those around them that it
# looks at. Memory grows with it; more is not faster.
_CHUNK = 1024
# Training rates from which on half of it is enough moments for a library.
_LEAST_HALVED = 40.0
# What a network may predict of each frame and a result holds.
_PREDICTIONS = {'joint_rotations', 'direction_sigma', 'pose_features'}


_Keypoints = ArrayLike | str | os.PathLike | PersonTrack


_Network = Callable[[dict[str, Tensor]], dict[str, Tensor]]


class _Clip(NamedTuple):
    """A clip that has been checked: (T, 17, 2), (T, 17), (T,) in seconds or None."""

    keypoints: np.ndarray
    visible: np.ndarray
    frame_times: np.ndarray | None


@INFERENCERS.register_module()
class PoseNormInferencer:
    """Normalize 2D poses with a trained model.

    .. code-block:: python

        inferencer = PoseNormInferencer()
        result = inferencer(keypoints, visible, layout='coco', fps=30)
        result = inferencer('video.mp4')

    Args:
        config: Config file of the model, needed only for a checkpoint that a training
            run wrote; see :func:`mmposenorm.checkpoints.load_model`.
        checkpoint: Weights of a PoseNormalizer or LiftedPoseNormalizer, or of a
            PoseEmbedder with its normalizer; those that ship with the package if not
            given.
        device: ``'cpu'``, ``'cuda:0'``, ...; the best there is by default.
        trust: Whether ``checkpoint`` comes from a source that you trust. Checkpoints of
            training runs need it, since loading them can run code from the file.

    Attributes:
        skeleton: The condition skeleton.
        has_features: Whether there is a pose embedder.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the device is not there or the model is of another kind; see
            :func:`mmposenorm.checkpoints.load_model` too.
    """

    def __init__(
        self,
        config: str | os.PathLike | None = None,
        checkpoint: str | os.PathLike | None = None,
        device: str | None = None,
        *,
        trust: bool = False,
    ) -> None:
        self.device = _check_device(device)
        model: Any = load_model(checkpoint, config, trust)  # of one of several classes
        self.normalizer = getattr(model, 'normalizer', model)
        _check_model(model, self.normalizer)
        # A RetrievalEmbedder embeds keypoints as it normalizes them, a PoseEmbedder the
        # normalized poses.
        embeds_keypoints = hasattr(model, 'embed')
        self.network = model if embeds_keypoints else self.normalizer
        self._encoder: Any = None
        if model is not self.network:
            self._encoder = model.encoder
        self.has_features = embeds_keypoints or self._encoder is not None
        self._model = model.to(self.device)
        self.skeleton: Skeleton = self.normalizer.condition.skeleton

    def __call__(
        self,
        keypoints: _Keypoints | Sequence[_Keypoints],
        visible: ArrayLike | Sequence[ArrayLike | None] | None = None,
        layout: str | None = None,
        fps: float | Sequence[float | None] | None = None,
        *,
        size: tuple[float, float] | None = None,
        speed: float = 1.0,
    ) -> PoseNormResult | list[PoseNormResult]:
        """Normalize the poses of a clip, or of a list of clips.

        Args:
            keypoints: 2D keypoints of one person in pixels or any other unit,
                (T, K, 2); or the path of a video or keypoint file, whose largest
                person is taken; or a person of
                :func:`mmposenorm.keypoints.extract_person`. A list of these is a
                batch, whose clips may have different lengths.
            visible: How sure each keypoint is, in [0, 1], (T, K); all seen if not
                given. Where it is 0, keypoints may be NaN. A list for a batch of
                arrays.
            layout: What the K keypoints are: ``'h36m'``, ``'coco'``, ``'halpe26'``,
                ``'openpose_body25'``, ``'penn_action'`` or ``'mediapipe'``. If not
                given, it follows from K; 17 keypoints are taken for ``'coco'`` or
                ``'h36m'`` by the proportions of the body. For a keypoint file it
                overrides the file's own; videos and persons come with theirs.
            fps: Frames a second. If given, or known from the video, the clip is
                played at the rate of the training clips, and the result is that of
                the original frames. A list for a batch.
            size: Width and height of the image. Needed where keypoints are fractions
                of it, from 0 to 1; (1, 1) if x and y were divided by the same number.
                If given, joints on the border of the image count as unseen.
            speed: Speed at which the clip plays: 0.125 for eightfold slow motion,
                whose frame rate is then taken eight times as high. Needs a frame
                rate.

        Returns:
            The result, or a list of results for a batch.

        Raises:
            ValueError: If shapes or values are wrong, or nobody is found.
            FileNotFoundError: If there is no such file.
        """
        batch = _batch(keypoints)
        if batch is None:
            return self._infer(_read_clip(keypoints, visible, layout, fps, size, speed))
        count = len(batch)
        arguments = (batch, _spread(visible, count), _spread(fps, count))
        if len({*map(len, arguments)}) > 1:
            raise ValueError(
                f'There are {count} clips, but {len(arguments[1])} of visible and '
                f'{len(arguments[2])} of fps; expected one for each clip, or None.'
            )
        clips = [
            _read_clip(clip, seen, layout, rate, size, speed)
            for clip, seen, rate in zip(*arguments, strict=True)
        ]
        return [self._infer(clip) for clip in clips]

    def infer_checked(
        self, keypoints: np.ndarray, visible: np.ndarray, fps: float
    ) -> PoseNormResult:
        """Normalize the poses of a clip of a data set, which has checked it.

        Args:
            keypoints: In pixels, Human3.6M's layout, (T, 17, 2).
            visible: How sure each is, in [0, 1], (T, 17); all may be 0.
            fps: Frames per second.

        Returns:
            The result.
        """
        return self._infer(_only_sure(keypoints, visible, fps))

    @cached_property
    def weights_digest(self) -> str:
        """SHA-256 of the weights."""
        digest = sha256()
        for name, weight in self._model.state_dict().items():
            digest.update(name.encode())
            digest.update(weight.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    @property
    @torch.inference_mode()
    def feature_size(self) -> int:
        """Length of a pose feature, 0 if there is no pose embedder."""
        if not self.has_features:
            return 0
        if self._encoder is not None:
            return self._encode(np.zeros((1, 17, 3), np.float32)).shape[1]
        frame = torch.zeros(1, 1, 17, 2, device=self.device)
        return self.network.embed(frame, frame[..., 0]).shape[2]

    @torch.inference_mode()
    def embed(self, result: PoseNormResult) -> np.ndarray:
        """Compute the pose features of a result, e.g. of a mirrored person.

        Args:
            result: What is known of a person.

        Returns:
            Features, (T, E).

        Raises:
            ValueError: If the checkpoint holds no pose embedder.
        """
        if not self.has_features:
            raise ValueError(
                'The checkpoint holds no pose embedder, so there are no features. Give '
                'a checkpoint of one.'
            )
        if self._encoder is not None:
            return self._encode(result.normalized_poses)
        clip = _Clip(result.keypoints, result.keypoints_visible, result.frame_times)
        return self._predict(clip, self._embed_keypoints)['pose_features'].numpy()

    @torch.inference_mode()
    def embed_checked(
        self, keypoints: np.ndarray, visible: np.ndarray, fps: float
    ) -> np.ndarray:
        """Compute the pose features of a clip of a data set, which has checked it.

        If the features come straight from the keypoints, poses are not normalized,
        which takes three quarters of the time.

        Args:
            keypoints: As for :meth:`infer_checked`.
            visible: Likewise.
            fps: Likewise.

        Returns:
            Features, (T, E).

        Raises:
            ValueError: If the checkpoint holds no pose embedder.
        """
        if self._encoder is not None or not self.has_features:
            return self.embed(self.infer_checked(keypoints, visible, fps))
        clip = _only_sure(keypoints, visible, fps)
        return self._predict(clip, self._embed_keypoints)['pose_features'].numpy()

    def _embed_keypoints(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Run only the part of the network that gives pose features."""
        labels, seen = inputs['keypoint_labels'], inputs['keypoints_visible']
        return {'pose_features': self.network.embed(labels, seen)}

    @torch.inference_mode()
    def embed_moments(
        self,
        clip: _Keypoints,
        visible: ArrayLike | None = None,
        layout: str | None = None,
        fps: float | None = None,
        *,
        mirror: bool = False,
    ) -> tuple[np.ndarray, np.ndarray, float | None]:
        """Compute only pose features, of 20 to 40 moments a second.

        Where the features come straight from keypoints, it takes a fifth of the time of
        a complete result.

        Args:
            clip: A person or keypoints, see :meth:`__call__`.
            visible: See :meth:`__call__`.
            layout: See :meth:`__call__`.
            fps: See :meth:`__call__`.
            mirror: Whether to exchange left and right first.

        Returns:
            features: (N, E).
            positions: Where these moments are among the clip's frames, (N,).
            rate: Moments a second; None if the clip has no times: then there is one for
                each frame.

        Raises:
            ValueError: If nothing of the body is seen, or there is no pose embedder.
        """
        read = _read_clip(clip, visible, layout, fps)
        if mirror:
            read = _mirrored(read)
        times, rate = read.frame_times, self.normalizer.fps
        if times is None:
            features = self.embed(self._infer(read))
            return features, np.arange(len(features)), None
        stride = 2 if rate >= _LEAST_HALVED else 1
        positions = np.arange(len(times), dtype=np.float64)
        if not has_rate(times, rate):
            positions = resampled_positions(times, rate)
        if self._encoder is not None or not self.has_features:
            every = torch.from_numpy(self.embed(self._infer(read)))
            found = _at_positions('pose_features', every, positions[::stride])
        else:
            found = self._embed_at(read, positions, stride)
        return found.numpy(), positions[::stride], rate / stride

    def _embed_at(self, clip: _Clip, positions: np.ndarray, stride: int) -> Tensor:
        """Embed every stride-th of the positions, which have the training rate."""
        seen = resample_keypoints(clip.keypoints, clip.visible, positions)
        labels, visible = prepare_keypoints(
            *(torch.from_numpy(part.astype(np.float32))[None] for part in seen)
        )
        # Chunks must begin at frames that are kept.
        context = -(-self.network.encoder.receptive_field // 4) * 2
        parts = []
        for around, inside in _chunks(len(positions), context):
            embedded = self.network.embed(
                labels[:, around].to(self.device),
                visible[:, around].to(self.device),
                stride,
            )
            kept = slice(inside.start // stride, -(-inside.stop // stride))
            parts.append(embedded[0, kept].cpu())
        return torch.cat(parts)

    def _encode(self, normalized_poses: np.ndarray) -> np.ndarray:
        """Embed normalized poses, (T, 17, 3)."""
        poses = to_tensor(normalized_poses).float()
        context = getattr(self._encoder, 'margin', 0)
        return torch.cat(
            [
                self._encoder(poses[None, around].to(self.device))[0, inside].cpu()
                for around, inside in _chunks(len(poses), context)
            ]
        ).numpy()

    @torch.inference_mode()
    def _infer(self, clip: _Clip) -> PoseNormResult:
        predictions = self._predict(clip)
        rotations = predictions['joint_rotations']
        poses = self._pose(rotations)
        features = _array(predictions.get('pose_features'))
        if self._encoder is not None:
            features = self._encode(poses)
        times = clip.frame_times
        return PoseNormResult(
            joint_rotations=rotations.numpy(),
            normalized_poses=poses,
            body_up=body_up(quaternion_to_matrix(rotations[:, 0])).numpy(),
            keypoints=clip.keypoints,
            keypoints_visible=clip.visible,
            frame_times=None if times is None else times.astype(np.float32),
            _pose_features=features,
            direction_sigma=_array(predictions.get('direction_sigma')),
        )

    def _predict(
        self, clip: _Clip, network: _Network | None = None
    ) -> dict[str, Tensor]:
        """Predict what a result holds of each frame, at the training rate and back.

        By the whole network if ``network`` is not given.
        """
        network = network or self.network
        fps, times = self.normalizer.fps, clip.frame_times
        if times is None or has_rate(times, fps):
            return self._estimate(network, clip.keypoints, clip.visible)
        resampled = resample_keypoints(
            clip.keypoints, clip.visible, resampled_positions(times, fps)
        )
        positions = original_positions(times, fps)
        return {
            name: _at_positions(name, values, positions)
            for name, values in self._estimate(network, *resampled).items()
        }

    def _estimate(
        self, network: _Network, keypoints: np.ndarray, visible: np.ndarray
    ) -> dict[str, Tensor]:
        """Run a network on a clip at the training rate.

        In chunks; but the scale, on which everything depends, is that of the clip.
        """
        pixels = torch.from_numpy(keypoints)[None]
        labels, seen = prepare_keypoints(pixels, torch.from_numpy(visible)[None])
        inputs = {
            'keypoints': pixels,  # what finished lifters of mmpose take
            'keypoint_labels': labels,
            'keypoints_visible': seen,
        }
        parts: dict[str, list[Tensor]] = {}
        context = self.network.receptive_field // 2
        for around, inside in _chunks(len(keypoints), context):
            predictions = network(
                {key: part[:, around].to(self.device) for key, part in inputs.items()}
            )
            for name in _PREDICTIONS & predictions.keys():
                part = predictions[name][0, inside].cpu()
                parts.setdefault(name, []).append(part)
        return {name: torch.cat(values) for name, values in parts.items()}

    def _pose(self, rotations: Tensor) -> np.ndarray:
        """Pose the condition skeleton, root at identity: (T, J, 4) -> (T, 17, 3)."""
        offsets = torch.from_numpy(self.skeleton.bone_offsets).float()
        identity = rotations.new_tensor([1, 0, 0, 0])
        keypoint_joints = list(self.skeleton.keypoint_joints)
        poses: list[Tensor] = []
        for part in rotations.split(_CHUNK):
            turned = torch.cat([identity.expand(len(part), 1, 4), part[:, 1:]], dim=1)
            posed = forward_kinematics(turned, offsets, self.skeleton.parents)
            poses.append(to_tensor(posed[:, keypoint_joints]))
        return torch.cat(poses).numpy()


def _only_sure(keypoints: np.ndarray, visible: np.ndarray, fps: float) -> _Clip:
    """Set what is not seen to 0, as a network expects it."""
    sure = visible >= MIN_VISIBLE
    keypoints = np.where(sure[..., None], keypoints, 0).astype(np.float32)
    visible = np.where(sure, visible, 0).astype(np.float32)
    return _Clip(keypoints, visible, np.arange(len(visible)) / fps)


def _batch(clips: Any) -> Sequence | None:
    """Return the clips of a batch, or None if it is a single one."""
    is_batch = getattr(clips, 'ndim', 0) == 4
    if isinstance(clips, list | tuple) and len(clips):
        is_path = isinstance(clips[0], str | os.PathLike | PersonTrack)
        is_batch = is_path or _ndim(clips[0]) == 3
    return clips if is_batch else None


def _ndim(values: Any) -> int:
    try:
        return np.ndim(values)
    except ValueError:  # rows of different lengths
        return 0


def _spread(values: Any, count: int) -> Sequence:
    """Give one value for each clip: those of a list, or the one there is for all."""
    if isinstance(values, list | tuple) or getattr(values, 'ndim', 0) in (1, 3):
        return values
    return [values] * count


def _read_clip(
    clip: Any,
    visible: Any,
    layout: str | None,
    fps: Any,
    size: tuple[float, float] | None = None,
    speed: float = 1.0,
) -> _Clip:
    """Check a clip and bring it into Human3.6M's layout."""
    if isinstance(clip, str | os.PathLike | PersonTrack):
        if visible is not None:
            raise ValueError(
                'visible goes with an array of keypoints; paths and persons bring '
                'their own. Leave it out.'
            )
        person = _read_person(clip, layout, fps, size, speed)
        frame_times = person.motion_times
        keypoints, visible, layout = person.keypoints, person.visible, person.layout
    else:
        check_time(fps, speed)
        keypoints = _numbers(
            clip,
            'keypoints',
            'an array of numbers, (T, K, 2), or the path of a video or keypoint file',
        )
        if visible is not None:
            visible = _numbers(visible, 'visible', 'an array of numbers, (T, K)')
        keypoints, visible, layout = check_clip(keypoints, visible, layout, size)
        frame_times = None if fps is None else np.arange(len(keypoints)) * speed / fps
    keypoints, visible = to_h36m(keypoints, visible, layout)
    unsure = visible < MIN_VISIBLE
    if unsure.all():
        raise ValueError(
            'Of the joints from head to ankles none was seen in any frame, only others '
            f'of the layout {layout}. Give a clip that shows the body.'
        )
    keypoints[unsure], visible[unsure] = 0, 0
    return _Clip(keypoints, visible, frame_times)


def _mirrored(clip: _Clip) -> _Clip:
    keypoints = clip.keypoints[:, H36M_MIRRORED] * np.array([-1, 1], np.float32)
    return clip._replace(keypoints=keypoints, visible=clip.visible[:, H36M_MIRRORED])


def _read_person(
    clip: str | os.PathLike | PersonTrack,
    layout: str | None,
    fps: float | None,
    size: tuple[float, float] | None,
    speed: float,
) -> PersonTrack:
    """Follow somebody in a file, or take a person at another rate if one is given."""
    if not isinstance(clip, PersonTrack):
        person = extract_person(clip, fps=fps, layout=layout, size=size, speed=speed)
        print_log(person.describe(), logger='current')
        return person
    if fps is not None:
        clip = replace(clip, fps=fps, frame_times=None)
    clip = clip if speed == 1 else replace(clip, speed=speed)
    check_time(clip.fps, clip.speed)
    return clip


def _array(values: Tensor | None) -> np.ndarray | None:
    return None if values is None else values.numpy()


def _numbers(values: Any, name: str, expected: str) -> np.ndarray:
    """Return an array of numbers, which may be masked."""
    if isinstance(values, Tensor):
        values = values.detach().cpu().float()
    try:
        array = values if np.ma.isMA(values) else np.asarray(values)
        is_numeric = array.ndim > 0 and array.dtype.kind in 'biuf'
    except ValueError:  # rows of different lengths
        is_numeric = False
    if not is_numeric:
        raise ValueError(
            f'{name} must be {expected}, but is {reprlib.repr(values)}, of type '
            f'{type(values).__name__}.'
        )
    return array


def _at_positions(name: str, values: Tensor, positions: np.ndarray) -> Tensor:
    """Interpolate predictions of (N, ...) frames at positions between them, (T,)."""
    if name == 'joint_rotations':
        return interpolate_rotations(values, positions)
    values = interpolate_frames(values[None], torch.from_numpy(positions)[None].float())
    return normalize(values[0], dim=-1) if name == 'pose_features' else values[0]


def _chunks(count: int, context: int) -> Iterator[tuple[slice, slice]]:
    """Split frames into chunks that overlap.

    Args:
        count: Number of frames.
        context: How many frames to either side matter to a frame.

    Yields:
        The frames of a chunk, and where in it those are whose context is complete.
    """
    for start in range(0, count, _CHUNK):
        first, end = max(0, start - context), min(count, start + _CHUNK)
        around = slice(first, min(count, end + context))
        yield around, slice(start - first, end - first)


def _check_device(device: str | None) -> torch.device:
    """Return the device, with a clear error if it is not available."""
    try:
        return torch.zeros(1, device=device or get_device()).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f'device is {device!r}, which is not available on this machine: {error} '
            "Use 'cpu', or leave it out for the best one available."
        ) from error


def _check_model(model: Any, normalizer: Any) -> None:
    needed = ('condition', 'receptive_field', 'fps')
    if all(hasattr(normalizer, name) for name in needed):
        if getattr(model, 'poses', 'normalized') == 'normalized':
            return
        raise ValueError(
            f'The {type(model).__name__} encodes {model.poses} poses, which need the '
            'true lengths of the bones. Give one that encodes normalized poses.'
        )
    raise ValueError(
        f'The checkpoint is of a {type(model).__name__}'
        + (' without a normalizer' if normalizer is None else '')
        + '; expected a PoseNormalizer, a LiftedPoseNormalizer, or a PoseEmbedder with '
        'its normalizer. Join the two by tools/export_weights.py --normalizer.'
    )
