"""Views of movements, each played at its own varying speed, for align_views.py.

The *moment* of a frame is its number in the unwarped view, which may lie between two
frames. A view has ``T`` frames.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from scipy.interpolate import PchipInterpolator

from mmposenorm.keypoints import (
    PersonTrack,
    build_detector,
    detect_people,
    follow,
    read_keypoints,
    save_people,
    smooth_keypoints,
    to_h36m,
)
from mmposenorm.keypoints.video import Video
from mmposenorm.resampling import resample_keypoints
from mmposenorm.sample_clips import four_views
from mmposenorm.transforms.detections import AddDetectorNoise, ThoraxFromShoulders
from mmposenorm.transforms.views import ViewClip, VirtualCamera

# The clip of each movement, and where the person is in the first frame of each of its
# four views.
FILMED = {
    'balance': ('pose2sim_balance', ['largest'] * 4),
    'trial 2, man': (
        'pose2sim_trial_2',
        ['405,782', '578,789', '634,904', '419,981'],
    ),
    'trial 2, woman': (
        'pose2sim_trial_2',
        ['728,1294', '208,1074', '275,787', '796,690'],
    ),
}
_LOWEST_SPEED, _HIGHEST_SPEED, _MOST_TRIMMED = 0.4, 2.5, 0.2
_LENGTHS = 0.6, 1.4  # of the warped view, relative to the view
_SPEED_KNOTS = 6  # the speed is interpolated between them
_MOCAP_FPS, _MOCAP_FRAMES = 50.0, (150, 300)
_LACKING = [7, 9, 10]  # spine, neck base, head: not in the layouts of detectors


class View(NamedTuple):
    """One person from one side.

    Attributes:
        keypoints: Human3.6M's 17 keypoints in pixels, (T, 17, 2).
        visible: Which of them are visible, (T, 17).
        fps: Frames per second.
        moments: Moment of each frame, (T,).
    """

    keypoints: np.ndarray
    visible: np.ndarray
    fps: float
    moments: np.ndarray


def filmed_views(name: str, cache: Path) -> list[View]:
    """Return the views of a movement of :data:`FILMED`.

    Args:
        name: Key of the movement.
        cache: Folder that keeps the detected keypoints.

    Returns:
        Four views that begin at the same moment.
    """
    clip, people = FILMED[name]
    views = []
    for path, who in zip(keypoint_files(clip, cache), people, strict=True):
        views.append(_view(follow(read_keypoints(path), who)))
    return views


def keypoint_files(clip: str, cache: Path) -> list[Path]:
    """Detect the people in the four views of a clip by MediaPipe, once.

    Args:
        clip: See :func:`mmposenorm.sample_clips.four_views`.
        cache: Folder that keeps the detected keypoints.

    Returns:
        A file of keypoints for each view.
    """
    return [_keypoint_file(path, cache / clip) for path in four_views(clip)]


def mocap_views(path: Path, count: int, seed: int = 0) -> list[list[View]]:
    """Render parts of motion capture trials by two virtual cameras each.

    The keypoints have a detector's errors and lack the joints that detectors lack.

    Args:
        path: npz file of trials, (T, 17, 3) in metres.
        count: Number of trials to draw.
        seed: Random seed.

    Returns:
        Two views of each trial.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'{path} not found. Give an npz file of motion capture by --mocap, or '
            'leave mocap out of --movements.'
        )
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    shortest, longest = _MOCAP_FRAMES
    with np.load(path) as file:
        names = [name for name in sorted(file.files) if len(file[name]) >= shortest]
        trials = [file[name] for name in rng.choice(names, count, replace=False)]
    movements = []
    for trial in trials:
        frames = min(len(trial), longest)
        start = rng.integers(len(trial) - frames + 1)
        world = torch.from_numpy(trial[start : start + frames]).float()
        movements.append([virtual_view(world, generator) for _ in range(2)])
    return movements


def virtual_view(world: torch.Tensor, generator: torch.Generator) -> View:
    """See motion capture as a detector does, from a random side.

    Args:
        world: Positions in metres, y up, (T, 17, 3), at 50 frames a second.
        generator: Random generator.

    Returns:
        The view, with a detector's errors and without the joints that detectors lack.
    """
    inputs = {'keypoints_world': world[None]}
    steps = VirtualCamera(), ViewClip(), ThoraxFromShoulders(1.0), AddDetectorNoise(1.0)
    for step in steps:
        inputs = step(inputs, generator)
    keypoints = inputs['keypoints'][0].numpy()
    visible = np.ones(keypoints.shape[:2], np.float32)
    visible[:, _LACKING] = 0
    keypoints = smooth_keypoints(keypoints, visible, _MOCAP_FPS)
    return View(keypoints, visible, _MOCAP_FPS, np.arange(len(world), dtype=float))


def warp_view(view: View, rng: np.random.Generator) -> View:
    """Play a view at a smoothly varying speed, and trim its ends.

    The speed stays between 0.4 and 2.5 times the original one. Up to a fifth is trimmed
    at either end. The result has 60 to 140 % of the frames.

    Args:
        view: The view.
        rng: Random generator.

    Returns:
        The warped view.
    """
    last = len(view.moments) - 1
    while True:
        frames = round(rng.uniform(*_LENGTHS) * (last + 1))
        first, end = rng.uniform(0, _MOST_TRIMMED, 2) * last
        knots = rng.uniform(np.log(_LOWEST_SPEED), np.log(_HIGHEST_SPEED), _SPEED_KNOTS)
        curve = PchipInterpolator(np.linspace(0, 1, _SPEED_KNOTS), knots)
        speeds = np.exp(curve(np.linspace(0, 1, frames - 1)))
        speeds *= (last - first - end) / speeds.sum()
        if speeds.min() >= _LOWEST_SPEED and speeds.max() <= _HIGHEST_SPEED:
            break
    positions = first + np.concatenate([[0], np.cumsum(speeds)])
    keypoints, visible = resample_keypoints(view.keypoints, view.visible, positions)
    return View(keypoints.astype(np.float32), visible, view.fps, positions)


def _keypoint_file(video: Path, folder: Path) -> Path:
    """Detect the people in a video by MediaPipe, once."""
    path = folder / f'{video.name}.npz'
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        save_people(path, detect_people(Video(video), build_detector('mediapipe')))
    return path


def _view(person: PersonTrack) -> View:
    keypoints, visible = to_h36m(person.keypoints, person.visible, person.layout)
    return View(keypoints, visible, person.fps, np.arange(len(keypoints), dtype=float))
