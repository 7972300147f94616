"""Synthetic motion capture and Human3.6M, for tests and trials.

People with constant bone lengths walk about on a flat floor and swing all joints
smoothly. World coordinates in metres, y up, floor at 0, 50 fps.
"""

import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from mmposenorm.atomic_files import atomic_file
from mmposenorm.datasets.h36m_annotations import VIDEO_FPS, Y_UP, convert_camera
from mmposenorm.geometry.cameras import project
from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.skeletons import (
    H36M_MIRRORED,
    Skeleton,
    default_bone_lengths,
    extended_skeleton,
)

H36M_CAMERAS = ('54138969', '55011271', '58860488', '60457274')
_TRAIN_VIDEOS = ('S1_Walking', 'S1_Greeting_1', 'S5_Walking', 'S5_Greeting_1')
_TEST_VIDEOS = ('S9_Greeting', 'S9_Walking', 'S11_Directions', 'S11_Directions_1')

# A relaxed stance with hanging arms, as rotation vectors from the T-pose, and how far
# joints swing from it, in radians. Knees and elbows bend in one direction only.
_STANCE = {
    'left_shoulder': (0, 0, -1.2),
    'right_shoulder': (0, 0, 1.2),
    'left_elbow': (0, -0.5, 0),
    'right_elbow': (0, 0.5, 0),
    'left_knee': (0.4, 0, 0),
    'right_knee': (0.4, 0, 0),
}
_SWING = {'left_hip': 0.4, 'right_hip': 0.4, 'left_knee': 0.35, 'right_knee': 0.35}
_OTHER_SWING = 0.2


def draw_body(generator: np.random.Generator) -> Skeleton:
    """Draw a body: each bone 0.85 to 1.15 times the mean, the same left and right."""
    scales = generator.uniform(0.85, 1.15, 17)
    scales = (scales + scales[list(H36M_MIRRORED)]) / 2
    return extended_skeleton((default_bone_lengths() * scales).tolist())


def draw_motion(
    body: Skeleton, num_frames: int, generator: np.random.Generator
) -> np.ndarray:
    """Draw a walk.

    Args:
        body: An extended skeleton.
        num_frames: Number T of frames, at 50 fps.
        generator: Source of the draws.

    Returns:
        World positions in metres, y up, the lowest point of the clip at 0,
        (T, 17, 3) float32.
    """
    times = np.arange(num_frames) / VIDEO_FPS
    turns = np.stack([_swing(n, times, generator) for n in body.joint_names], axis=1)
    heading = generator.uniform(0, 6) + 0.5 * np.sin(0.4 * times)
    to_world = Rotation.from_rotvec(np.outer(heading, (0, 1, 0)))
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3))
    rotations = rotations.as_quat(scalar_first=True).reshape(num_frames, -1, 4)
    pose = forward_kinematics(
        torch.from_numpy(rotations), torch.from_numpy(body.bone_offsets), body.parents
    )[:, list(body.keypoint_joints)]
    forward = to_world.apply((0, 0, 1)) * generator.uniform(0.5, 1.2) / VIDEO_FPS
    path = np.cumsum(forward, axis=0) - forward[0]
    keypoints = np.asarray(pose) @ to_world.as_matrix().swapaxes(1, 2) + path[:, None]
    keypoints[..., 1] -= keypoints[..., 1].min()
    return keypoints.astype(np.float32)


def write_synthetic_mocap(
    path: str | Path, num_clips: int = 4, num_frames: int = 200, seed: int = 0
) -> None:
    """Write motion capture as :class:`MocapClips` reads it.

    Args:
        path: The npz file. Entries for its clips are added to ``index.json`` beside it.
        num_clips: Number of clips, all of one person.
        num_frames: Number of frames of each clip.
        seed: Seed of person and motions, and the person's number in the names of the
            clips, ``{seed:02d}_{clip:02d}``.
    """
    path = Path(path)
    body = draw_body(np.random.default_rng((seed, 0)))
    clips = {
        f'{seed:02d}_{clip:02d}': draw_motion(
            body, num_frames, np.random.default_rng((seed, clip))
        )
        for clip in range(1, num_clips + 1)
    }
    with atomic_file(path) as file:
        np.savez(file, **clips)
    index_file = path.with_name('index.json')
    entries = json.loads(index_file.read_text()) if index_file.exists() else []
    entries = [entry for entry in entries if entry['key'] not in clips]
    for key in clips:
        subject, trial = map(int, key.split('_'))
        entry = {'key': key, 'split': path.stem, 'subject': subject, 'trial': trial}
        entry |= {'frames': num_frames, 'fps': VIDEO_FPS, 'label': 'walk about'}
        entry['made_up'] = True
        entries.append(entry)
    with atomic_file(index_file) as file:
        file.write(json.dumps(entries, indent=0).encode())


def write_synthetic_mocap_sets(data_root: str | Path, num_frames: int = 200) -> None:
    """Write all files of motion capture that our configs use.

    ``mocap/index.json`` lists the clips of ``cmu_h36m17`` too.

    Args:
        data_root: The folder that is named ``data`` in the configs.
        num_frames: Number of frames of each clip.
    """
    root = Path(data_root)
    sizes = {'train': 16, 'test': 4, 'train_dance': 4}
    for seed, (name, count) in enumerate(sizes.items(), start=1):
        file = root / 'cmu_h36m17' / f'{name}.npz'
        write_synthetic_mocap(file, count, num_frames, seed)
    for seed, name in enumerate(('accad', 'cmu_more', 'uiprmd'), start=4):
        write_synthetic_mocap(root / 'mocap' / f'{name}.npz', 4, num_frames, seed)
    index_files = [root / name / 'index.json' for name in ('cmu_h36m17', 'mocap')]
    entries = [entry for file in index_files for entry in json.loads(file.read_text())]
    with atomic_file(index_files[1]) as stream:
        stream.write(json.dumps(entries, indent=0).encode())


def write_synthetic_h36m(
    data_root: str | Path, num_frames: int = 100, seed: int = 0
) -> None:
    """Write a data set in mmpose's format of Human3.6M.

    Two videos each of S1 and S5 (train), S9 and S11 (test), seen by four cameras,
    among them both Directions of S11. ``joint_2d_det_files/synthetic_train.npy`` and
    ``..._test.npy`` contain detections: the true 2D with 3 px of noise, and
    confidences.

    Args:
        data_root: Folder of the data set.
        num_frames: Number of frames of each video.
        seed: Seed of all draws.
    """
    data_root = Path(data_root)
    folder = data_root / 'annotation_body3d'
    generator = np.random.default_rng(seed)
    cameras = _draw_h36m_cameras(('S1', 'S5', 'S9', 'S11'), generator)
    with atomic_file(folder / 'cameras.pkl') as file:
        pickle.dump(cameras, file)
    for split, videos in (('train', _TRAIN_VIDEOS), ('test', _TEST_VIDEOS)):
        arrays = _draw_h36m_videos(videos, cameras, num_frames, generator)
        with atomic_file(folder / f'fps{VIDEO_FPS}' / f'h36m_{split}.npz') as file:
            np.savez(file, **arrays, made_up=True)
        detections = arrays['part'].copy()
        detections[..., :2] += generator.normal(0, 3, detections[..., :2].shape)
        detections[..., 2] = generator.uniform(0.5, 1, detections.shape[:2])
        det_file = data_root / 'joint_2d_det_files' / f'synthetic_{split}.npy'
        with atomic_file(det_file) as file:
            np.save(file, detections)


def _swing(name: str, times: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Swing a joint about its stance, (T, 3) rotation vectors."""
    if name == 'root':
        return np.zeros((len(times), 3))
    axes = generator.uniform(0.2, 1, 3)
    if name in _SWING:
        axes = np.array([1.0, 0.1, 0.1])
    phase = generator.uniform(0, 6) + (np.pi if name.startswith('left') else 0)
    rate = generator.uniform(4, 7)
    wave = _SWING.get(name, _OTHER_SWING) * np.sin(phase + rate * times)
    return np.array(_STANCE.get(name, (0, 0, 0))) + wave[:, None] * axes


def _draw_h36m_cameras(
    subjects: Sequence[str], generator: np.random.Generator
) -> dict[tuple[str, str], dict]:
    """Place four cameras around the middle of a room, z up."""
    cameras = {}
    for subject in subjects:
        for number, camera_id in enumerate(H36M_CAMERAS):
            angle = np.radians(45 + 90 * number) + generator.normal(0, 0.1)
            center = np.array([5 * np.cos(angle), 5 * np.sin(angle), 1.5])
            forward = np.array([0, 0, 0.9]) - center
            forward /= np.linalg.norm(forward)
            right = np.cross(forward, (0, 0, 1))
            right /= np.linalg.norm(right)
            cameras[subject, camera_id] = {
                'R': np.stack([right, np.cross(forward, right), forward], axis=1),
                'T': center[:, None],
                'f': np.array([[1145.0], [1144.0]]),
                'c': np.array([[512.0], [515.0]]),
                'k': np.array([[-0.2], [0.24], [-0.002]]),
                'p': np.array([[-0.001], [-0.0015]]),
                'w': 1000,
                'h': 1002,
                'name': f'camera{number + 1}',
                'id': camera_id,
            }
    return cameras


def _draw_h36m_videos(
    videos: Sequence[str],
    cameras: dict[tuple[str, str], dict],
    num_frames: int,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    names, part, positions = [], [], []
    bodies = {video.split('_')[0]: draw_body(generator) for video in videos}
    for video in videos:
        subject = video.split('_')[0]
        world = draw_motion(bodies[subject], num_frames, generator)
        world -= world[:, :1].mean(axis=0) * (1, 0, 1)
        for camera_id in H36M_CAMERAS:
            camera = cameras[subject, camera_id]
            in_camera = (world @ Y_UP - camera['T'].reshape(3)) @ camera['R']
            stem = f'{video}.{camera_id}'
            names += [
                f'{subject}/{stem}/{stem}_{n:06d}.jpg' for n in range(1, num_frames + 1)
            ]
            positions.append(in_camera)
            part.append(project(torch.from_numpy(in_camera), _as_double(camera)))
    return {'imgname': np.array(names), **_h36m_arrays(part, positions)}


def _as_double(camera: dict) -> dict[str, torch.Tensor]:
    return {key: value.double() for key, value in convert_camera(camera).items()}


def _h36m_arrays(
    part: Sequence[torch.Tensor], positions: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    keypoints, in_camera = torch.cat(list(part)).numpy(), np.concatenate(positions)
    low, high = keypoints.min(axis=1), keypoints.max(axis=1)
    ones = np.ones((*keypoints.shape[:2], 1))
    return {
        'center': (low + high) / 2,
        'scale': 1.2 * (high - low).max(axis=1) / 200,  # 200 px, the field's unit
        'part': np.concatenate([keypoints, ones], axis=2),
        'S': np.concatenate([in_camera, ones], axis=2),
    }
