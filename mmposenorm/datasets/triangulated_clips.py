"""Real videos with 3D ground truth that is triangulated from synchronized cameras."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import torch
from mmengine.logging import print_log
from torch import Tensor

from mmposenorm.datasets.clip_dataset import Clip, ClipDataset
from mmposenorm.fields import Positive
from mmposenorm.geometry.cameras import Camera
from mmposenorm.geometry.triangulation import (
    reprojection_errors,
    triangulate_robustly,
    undistort,
)
from mmposenorm.keypoints import follow, read_keypoints, smooth_keypoints, to_h36m
from mmposenorm.registry import DATASETS
from mmposenorm.skeletons import MIN_VISIBLE

_ROOT, _SPINE, _THORAX, _NECK, _HEAD = 0, 7, 8, 9, 10
_HIPS, _SHOULDERS = [1, 4], [11, 14]
# Joints that are triangulated: hips, legs, shoulders and arms.
_JOINTS = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]
_LIMBS = ((1, 2), (2, 3), (4, 5), (5, 6), (11, 12), (12, 13), (14, 15), (15, 16))
# Qualisys counts in 64ths of a pixel and in millimetres, z up.
_SUBPIXELS, _MILLIMETRES = 64.0, 1000.0
_TO_Y_UP = torch.tensor([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=torch.float64)
_TO_CAMERA = torch.diag(torch.tensor([1.0, -1, -1], dtype=torch.float64))


@DATASETS.register_module()
class TriangulatedClips(ClipDataset):
    """One person, filmed by several calibrated cameras at once: one clip per view.

    A clip has the 2D keypoints of its own view and the 3D keypoints of all views: each
    joint is triangulated from the views that agree, and smoothed. The longest run of
    frames in which all limbs are known is kept. The root is the midpoint of the hips,
    the thorax that of the shoulders; spine, neck and head are placed on the line
    through them, so compare limb directions and not positions. The reprojection error
    and the variation of limb lengths are logged.

    Args:
        keypoint_files: One file per camera, in the order of the calibration, in a
            format of :func:`mmposenorm.keypoints.read_keypoints`.
        calibration: Qualisys calibration file (``.qca.txt``).
        people: The person to follow in each file, see
            :func:`mmposenorm.keypoints.extract_person`; the largest if not given.
        clip_id: Name of the motion.
        max_error: Largest reprojection error of a view that is used, in pixels.
        pipeline: See :class:`ClipDataset`.
        test_mode: See :class:`ClipDataset`.

    Attributes:
        quality: ``reprojection_px``, the median error of the views that are used;
            ``used_views``, their share of all observations in per cent; and
            ``limb_spread``, the standard deviation of the length of a limb in per cent
            of the length, averaged over the limbs.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If files and cameras do not fit, or no frame has all limbs.
    """

    def __init__(
        self,
        keypoint_files: Sequence[str | Path],
        calibration: str | Path,
        people: Sequence[str] | None = None,
        clip_id: str = 'triangulated',
        max_error: Positive = 40.0,
        pipeline: Sequence[dict | Callable] = (),
        test_mode: bool = True,
    ) -> None:
        cameras = read_qualisys_calibration(calibration)
        if len(keypoint_files) != len(cameras):
            raise ValueError(
                f'There are {len(keypoint_files)} keypoint files, but {len(cameras)} '
                f'cameras in {calibration}; expected one file per camera. Check '
                '`keypoint_files`.'
            )
        people = people or ['largest'] * len(cameras)
        keypoints, visible, fps = _read_views(keypoint_files, people)
        stacked = {
            key: torch.stack([camera[key] for camera in cameras.values()])
            for key in next(iter(cameras.values()))
        }
        world, self.quality, span = _triangulate_clip(
            keypoints, visible, fps, stacked, max_error
        )
        print_log(
            f'{clip_id}: {{reprojection_px:.1f}} px reprojection error, '
            '{used_views:.0f} % of the observations used, limb lengths vary by '
            '{limb_spread:.1f} %.'.format(**self.quality),
            logger='current',
        )
        clips = [
            Clip(
                clip_id=clip_id,
                subject='',
                action=clip_id,
                fps=fps,
                keypoints_world=world[span].astype(np.float32),
                view=name,
                camera={key: value.float() for key, value in camera.items()},
                keypoints=keypoints[view, span].astype(np.float32),
                keypoints_visible=visible[view, span].astype(np.float32),
            )
            for view, (name, camera) in enumerate(cameras.items())
        ]
        super().__init__(clips, pipeline, test_mode)


def read_qualisys_calibration(path: str | Path) -> dict[str, Camera]:
    """Read the cameras of a Qualisys calibration file.

    Args:
        path: An XML file, with any suffix.

    Returns:
        Cameras of :mod:`mmposenorm.geometry.cameras` by serial number, float64; the
        world in metres, y up. The model of tangential distortion is Human3.6M's, which
        differs from that of Qualisys by less than a pixel.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is not a calibration file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f'{path} not found; expected a Qualisys calibration file (.qca.txt). Check '
            '`calibration`.'
        )
    try:
        elements = ElementTree.parse(path).getroot().findall('cameras/camera')
        cameras = {element.attrib['serial']: _camera(element) for element in elements}
    except (ElementTree.ParseError, AttributeError, KeyError, ValueError) as error:
        raise ValueError(
            f'{path} is not a Qualisys calibration file ({error!r}); expected XML with '
            'cameras/camera, each with transform and intrinsic. Check `calibration`.'
        ) from error
    if not cameras:
        raise ValueError(
            f'{path} has no camera; expected at least two. Check `calibration`.'
        )
    return cameras


def _camera(element: Any) -> Camera:
    def numbers(tag: str, names: Sequence[str]) -> Tensor:
        attributes = element.find(tag).attrib
        return torch.tensor([float(attributes[n]) for n in names], dtype=torch.float64)

    axes = [f'r{row}{column}' for row in '123' for column in '123']
    # A Qualisys camera looks along -z with y up; its world is z up.
    rotation = _TO_CAMERA @ numbers('transform', axes).reshape(3, 3) @ _TO_Y_UP.mT
    position = _TO_Y_UP @ numbers('transform', 'xyz') / _MILLIMETRES
    radial = [f'radialDistortion{i}' for i in (1, 2, 3)]
    return {
        'rotation': rotation,
        'translation': -rotation @ position,
        'focal': numbers('intrinsic', ['focalLengthU', 'focalLengthV']) / _SUBPIXELS,
        'center': numbers('intrinsic', ['centerPointU', 'centerPointV']) / _SUBPIXELS,
        'radial': numbers('intrinsic', radial),
        'tangential': numbers(
            'intrinsic', ['tangentalDistortion1', 'tangentalDistortion2']
        ),
    }


def _read_views(
    files: Sequence[str | Path], people: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Read (V, T, 17, 2) and (V, T, 17), T that of the shortest, and the frame rate."""
    views = []
    for file, who in zip(files, people, strict=True):
        person = follow(read_keypoints(file), who)
        keypoints, visible = to_h36m(person.keypoints, person.visible, person.layout)
        views.append((keypoints, visible, person.fps))
    rates = {fps for _, _, fps in views}
    fps = rates.pop()
    if rates or fps is None:
        raise ValueError(
            f'The keypoint files have the frame rates {[rate for _, _, rate in views]};'
            ' expected the same, known rate in all. Use files of synchronized cameras.'
        )
    frames = min(len(keypoints) for keypoints, _, _ in views)
    return (
        np.stack([keypoints[:frames] for keypoints, _, _ in views]),
        np.stack([visible[:frames] for _, visible, _ in views]),
        fps,
    )


def _triangulate_clip(
    keypoints: np.ndarray,
    visible: np.ndarray,
    fps: float,
    cameras: Camera,
    max_error: float,
) -> tuple[np.ndarray, dict[str, float], slice]:
    """Triangulate (V, T, 17, 2) to (T, 17, 3), its quality and the frames to keep."""
    seen = torch.from_numpy(keypoints[:, :, _JOINTS]).double()
    weights = torch.from_numpy(visible[:, :, _JOINTS]).double()
    weights = torch.where(weights >= MIN_VISIBLE, weights, 0)
    directions = undistort(seen, cameras)
    points, used = triangulate_robustly(directions, weights, cameras, max_error)
    known = torch.isfinite(points).all(dim=-1).numpy()
    span = _longest_run(known.all(axis=1))
    if span.start == span.stop:
        raise ValueError(
            'There is no frame in which all limbs can be triangulated. Check that '
            'keypoint files and cameras have the same order and that all follow the '
            'same person.'
        )
    errors = reprojection_errors(points, directions, cameras)[used]
    joints = np.nan_to_num(points.numpy())
    world = _complete(smooth_keypoints(joints, known.astype(np.float32), fps))
    ends = np.array(_LIMBS).T
    limbs = world[span][:, ends[1]] - world[span][:, ends[0]]
    lengths = np.linalg.norm(limbs, axis=-1)
    quality = {
        'reprojection_px': float(errors.median()),
        'used_views': 100 * float(used[weights > 0].double().mean()),
        'limb_spread': 100 * float((lengths.std(0) / lengths.mean(0)).mean()),
    }
    return world, quality, span


def _complete(joints: np.ndarray) -> np.ndarray:
    """Add root and thorax, and the joints on their line: (T, 12, 3) to (T, 17, 3)."""
    poses = np.zeros((len(joints), 17, 3))
    poses[:, _JOINTS] = joints
    poses[:, _ROOT] = poses[:, _HIPS].mean(axis=1)
    poses[:, _THORAX] = poses[:, _SHOULDERS].mean(axis=1)
    trunk = poses[:, _THORAX] - poses[:, _ROOT]
    for joint, share in ((_SPINE, 0.5), (_NECK, 1.2), (_HEAD, 1.4)):
        poses[:, joint] = poses[:, _ROOT] + share * trunk
    return poses


def _longest_run(known: np.ndarray) -> slice:
    edges = np.flatnonzero(np.diff(np.r_[0, known.astype(int), 0]))
    runs = [slice(*edge) for edge in edges.reshape(-1, 2).tolist()]
    return max(runs, key=lambda run: run.stop - run.start, default=slice(0, 0))
