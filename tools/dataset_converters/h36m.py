"""Convert the poses of Human3.6M to mmpose's annotation files, at 50 fps.

From vision.imar.ro/human3.6m download "Poses: D2 Positions" and "D3 Positions mono" of
S1, S5, S6, S7, S8, S9 and S11 and unpack them into one folder (h36m_raw/S1/
MyPoseFeatures/D2_Positions/Directions 1.54138969.cdf, ...); metadata.xml comes with
their code. Needs ``pip install cdflib``.

mmpose has a converter of its own (tools/dataset_converters/preprocess_h36m.py, with
--sample-rate 1), whose files work as well. It also reads the videos and writes every
frame as an image; if a video cannot be read (S11_Directions.54138969 is damaged), its
image names no longer fit its poses. This converter needs no videos.

Example:
    python tools/dataset_converters/h36m.py h36m_raw/ metadata.xml data/h36m
    python tools/dataset_converters/check_h36m.py data/h36m
"""

import mmposenorm.stopping  # noqa: F401

import pickle
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from scipy.spatial.transform import Rotation

from mmposenorm.atomic_files import atomic_file
from mmposenorm.engine.runtime import one_sentence_errors

SPLITS = {'train': ('S1', 'S5', 'S6', 'S7', 'S8'), 'test': ('S9', 'S11')}
# Camera ids in the order of metadata.xml, with the height of their images; all are
# 1000 px wide.
CAMERAS = {'54138969': 1002, '55011271': 1000, '58860488': 1000, '60457274': 1002}
# The 17 of the 32 recorded joints that move.
JOINTS = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
NUM_SUBJECTS = 11


def convert(raw_dir: Path, metadata_file: Path, data_root: Path) -> dict[str, int]:
    """Write ``annotation_body3d/cameras.pkl`` and ``fps50/h36m_{train,test}.npz``.

    Args:
        raw_dir: Folder with S1, S5, ...
        metadata_file: metadata.xml of Human3.6M's code.
        data_root: Folder in which ``annotation_body3d`` is written.

    Returns:
        Number of frames in each split.

    Raises:
        FileNotFoundError: If a folder or file is missing.
        ValueError: If a file is invalid.
    """
    videos = {
        split: [pair for subject in subjects for pair in find_videos(raw_dir, subject)]
        for split, subjects in SPLITS.items()
    }
    cameras = load_cameras(metadata_file)
    folder = data_root / 'annotation_body3d'
    num_frames = {}
    for split, pairs in videos.items():
        arrays = join_videos(pairs)
        with atomic_file(folder / 'fps50' / f'h36m_{split}.npz') as file:
            np.savez(file, **arrays)
        num_frames[split] = len(arrays['imgname'])
    with atomic_file(folder / 'cameras.pkl') as file:
        pickle.dump(cameras, file)
    return num_frames


def find_videos(raw_dir: Path, subject: str) -> Iterator[tuple[str, Path, Path]]:
    """Yield the name of each video of a subject and its files of 2D and 3D poses."""
    folder = raw_dir / subject / 'MyPoseFeatures'
    names = [path.name for path in sorted((folder / 'D2_Positions').glob('*.cdf'))]
    # _ALL contains all the others.
    names = [name for name in names if not name.startswith('_ALL')]
    if not names:
        raise FileNotFoundError(
            f'{folder / "D2_Positions"} contains no .cdf. Download the D2 and D3 mono '
            f'positions of {subject} and unpack them there.'
        )
    for name in names:
        file_3d = folder / 'D3_Positions_mono' / name
        if not file_3d.is_file():
            raise FileNotFoundError(
                f'{file_3d} not found; expected the 3D poses of each file in '
                f'D2_Positions. Download the D3 mono positions of {subject} again.'
            )
        video = f'{subject}_{name.removesuffix(".cdf").replace(" ", "_")}'
        yield video, folder / 'D2_Positions' / name, file_3d


def join_videos(
    videos: Sequence[tuple[str, Path, Path]],
) -> dict[str, np.ndarray]:
    """Read many videos into the arrays of one annotation file.

    Args:
        videos: As from :func:`find_videos`.

    Returns:
        ``imgname`` (N,), ``center`` (N, 2) px, ``scale`` (N,) in 200 px, ``part``
        (N, 17, 3) px and visibility, ``S`` (N, 17, 4) metres in the camera frame and
        visibility.
    """
    names, keypoints, positions = [], [], []
    for video, file_2d, file_3d in videos:
        pose_2d, pose_3d = load_pose(file_2d, 2), load_pose(file_3d, 3) / 1000
        if len(pose_2d) != len(pose_3d):
            raise ValueError(
                f'{file_2d} has {len(pose_2d)} frames, but {file_3d} has '
                f'{len(pose_3d)}; expected the same number. Download both again.'
            )
        stem = f'{video.split("_")[0]}/{video}/{video}'
        names += [f'{stem}_{number:06d}.jpg' for number in range(1, len(pose_2d) + 1)]
        keypoints.append(pose_2d)
        positions.append(pose_3d)
    part, in_camera = np.concatenate(keypoints), np.concatenate(positions)
    low, high = part.min(axis=1), part.max(axis=1)
    visible = np.ones((*part.shape[:2], 1), dtype=np.float32)
    return {
        'imgname': np.array(names),
        'center': (low + high) / 2,
        'scale': 1.2 * (high - low).max(axis=1) / 200,
        'part': np.concatenate([part, visible], axis=2),
        'S': np.concatenate([in_camera, visible], axis=2),
    }


def load_pose(file: Path, width: int) -> np.ndarray:
    """Read the 17 moving joints of a CDF file, (T, 17, width) float32."""
    try:
        from cdflib import CDF
    except ImportError:
        raise SystemExit('cdflib is missing. Run "pip install cdflib".') from None
    pose = np.asarray(CDF(file).varget('Pose'), dtype=np.float32)
    if pose.size == 0 or pose.shape[-1] != 32 * width:
        raise ValueError(
            f'{file} has poses of shape {pose.shape}; expected (1, T, {32 * width}), '
            f'{width} numbers for each of 32 joints. Download it again.'
        )
    return pose.reshape(-1, 32, width)[:, JOINTS]


def load_cameras(file: Path) -> dict[tuple[str, str], dict]:
    """Read the cameras out of metadata.xml.

    Its ``w0`` lists, for each camera and each of 11 subjects, three angles and the
    camera's centre in millimetres, and then nine lens parameters of each camera. World
    to camera is a rotation about x, then the new y, then the new z.

    Args:
        file: metadata.xml.

    Returns:
        As :func:`mmposenorm.datasets.h36m_annotations.load_cameras`.
    """
    if not file.is_file():
        raise FileNotFoundError(
            f"{file} not found. Give the path of metadata.xml from Human3.6M's code."
        )
    text = ElementTree.parse(file).getroot().findtext('w0') or ''
    numbers = np.array(text.strip(' []\n').split(), dtype=float)
    num_placed = len(CAMERAS) * NUM_SUBJECTS
    if numbers.size != num_placed * 6 + len(CAMERAS) * 9:
        raise ValueError(
            f'w0 of {file} has {numbers.size} numbers; expected 300. Download it again.'
        )
    placed = numbers[: num_placed * 6].reshape(len(CAMERAS), NUM_SUBJECTS, 6)
    lenses = numbers[num_placed * 6 :].reshape(len(CAMERAS), 9)
    cameras = {}
    for number, (camera_id, height) in enumerate(CAMERAS.items()):
        focal, center, radial, tangential = np.split(lenses[number, :, None], (2, 4, 7))
        for subject, pose in enumerate(placed[number], start=1):
            cameras[f'S{subject}', camera_id] = {
                'R': Rotation.from_euler('XYZ', pose[:3]).as_matrix().T,
                'T': pose[3:, None] / 1000,
                'c': center,
                'f': focal,
                'k': radial,
                'p': tangential,
                'w': 1000,
                'h': height,
                'name': f'camera{number + 1}',
                'id': camera_id,
            }
    return cameras


def main() -> None:
    """Convert as the command line says."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('raw_dir', type=Path, help='folder with S1, S5, ...')
    parser.add_argument('metadata', type=Path, help='metadata.xml')
    parser.add_argument(
        'data_root', type=Path, help='folder to write annotation_body3d/ to'
    )
    args = parser.parse_args()
    with one_sentence_errors():
        num_frames = convert(args.raw_dir, args.metadata, args.data_root)
    for split, count in num_frames.items():
        print(f'Wrote {count} frames of the {split} split to {args.data_root}.')


if __name__ == '__main__':
    main()
