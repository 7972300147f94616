"""Synthetic label files of Penn Action, for tests and trials."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.io import savemat

from mmposenorm.atomic_files import atomic_file
from mmposenorm.keypoints import LAYOUTS

ACTIONS = ('bowl', 'pushup', 'squat')

_IMAGE_SIZE = (480, 270)  # width, height
_HIDDEN_SHARE = 0.22


def write_synthetic_penn_action(
    data_root: str | Path,
    clips_per_action: int = 8,
    num_frames: int = 40,
    actions: Sequence[str] = ACTIONS,
    seed: int = 0,
) -> None:
    """Write label files in the format of Penn Action.

    In each action, joints swing about a standing pose in directions of their own. Every
    second clip belongs to the training split. Each joint is invisible for a while, in
    all 22 % of the joints. Their coordinates are then meaningless; a third of them are
    at the corner of the image. As in the original, ``nframes`` is one byte.

    Args:
        data_root: Folder of the data set; the files are ``labels/NNNN.mat`` in it.
        clips_per_action: Number of clips of each action.
        num_frames: Number of frames of each clip.
        actions: Names of the actions.
        seed: Seed of all draws.
    """
    generator = np.random.default_rng(seed)
    number = 0
    for action in actions:
        swing = generator.normal(0, 25, (13, 2))  # px, differs between actions
        phases = generator.uniform(0, 6, (13, 1))
        for clip in range(clips_per_action):
            number += 1
            positions = _move(swing, phases, num_frames, generator)
            visible = _see(num_frames, generator)
            junk = generator.uniform(0, _IMAGE_SIZE, positions.shape)
            junk[generator.random(visible.shape) < 1 / 3] = 1
            positions = np.where(visible[..., None], positions, junk)
            label = {
                'action': action,
                'pose': 'front',
                'x': positions[..., 0],
                'y': positions[..., 1],
                'visibility': visible.astype(np.uint8),
                'train': np.int32(1 if clip % 2 == 0 else -1),
                'bbox': np.tile((100.0, 20.0, 380.0, 260.0), (num_frames, 1)),
                'dimensions': np.array([*_IMAGE_SIZE[::-1], num_frames], np.uint16),
                'nframes': np.array(num_frames).astype(np.uint8),
            }
            with atomic_file(Path(data_root) / 'labels' / f'{number:04d}.mat') as file:
                savemat(file, label)


def _move(
    swing: np.ndarray,
    phases: np.ndarray,
    num_frames: int,
    generator: np.random.Generator,
) -> np.ndarray:
    """Swing a standing person's joints at a random speed, (T, 13, 2)."""
    # fmt: off
    standing = {
        'head': (0, -100), 'shoulder': (25, -75), 'elbow': (35, -40),
        'wrist': (38, -5), 'hip': (15, 0), 'knee': (17, 50), 'ankle': (18, 100),
    }
    # fmt: on
    pose = []
    for name in LAYOUTS['penn_action'].joint_names:
        side, _, joint = name.rpartition('_')
        x, y = standing[joint]
        pose.append((-x if side == 'right' else x, y))
    speed = generator.uniform(0.8, 1.2)
    times = np.linspace(0, 3 * speed, num_frames)[:, None, None]
    middle = np.array(_IMAGE_SIZE) / 2 + generator.normal(0, 10, 2)
    moved = np.array(pose) + swing * np.sin(times + phases)
    return middle + moved + generator.normal(0, 1, moved.shape)


def _see(num_frames: int, generator: np.random.Generator) -> np.ndarray:
    """Draw when each joint is visible: all but one run of frames, (T, 13) bool."""
    length = generator.uniform(0, 2 * _HIDDEN_SHARE, 13) * num_frames
    start = generator.uniform(0, num_frames - length)
    frames = np.arange(num_frames)[:, None]
    return (frames < start) | (frames >= start + length)
