"""Project UTD-MHAD's skeletons to 2D keypoints by virtual cameras, for ActionClips.

SOURCE is a folder with ``aA_sS_tT_skeleton.mat`` (action, subject, trial), or an npz
file of the same skeletons, (T, 20, 3), named ``aA_sS_tT``. Cameras stand around each
person as for motion capture (mmposenorm.datasets.frontal_views).

Example:
    python tools/dataset_converters/utd_mhad.py Skeleton data/utd_mhad_views
"""

import mmposenorm.stopping  # noqa: F401

import re
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from scipy.io import loadmat

from mmposenorm.atomic_files import atomic_file
from mmposenorm.datasets.frontal_views import frontal_camera, load_view_table
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.geometry.cameras import project, world_to_camera
from mmposenorm.keypoints import to_h36m

# fmt: off
ACTIONS = (
    'swipe left', 'swipe right', 'wave', 'clap', 'throw', 'arm cross',
    'basketball shoot', 'draw x', 'draw circle clockwise',
    'draw circle counter-clockwise', 'draw triangle', 'bowling', 'boxing',
    'baseball swing', 'tennis swing', 'arm curl', 'tennis serve', 'push', 'knock',
    'catch', 'pick up and throw', 'jog', 'walk', 'sit to stand', 'stand to sit',
    'lunge', 'squat',
)
# fmt: on
FPS = 30.0


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('source', type=Path, help='folder of .mat files, or npz file')
    parser.add_argument('out_dir', type=Path, help='folder for the clips')
    parser.add_argument(
        '--views',
        type=float,
        nargs='+',
        default=(0, 45, 90, 180),
        help='cameras, in degrees from the direction that the person faces',
    )
    return parser.parse_args()


def main() -> None:
    """Convert as the command line says."""
    args = parse_arguments()
    with one_sentence_errors():
        count = 0
        for name, skeletons in read_skeletons(args.source):
            write_views(name, skeletons, args.views, args.out_dir)
            count += 1
    print(f'Wrote {count} motions, {len(args.views)} views each, to {args.out_dir}.')


def read_skeletons(source: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Read all skeletons.

    Args:
        source: See the module.

    Yields:
        The name, ``aA_sS_tT``, and Kinect's 20 joints in metres, (T, 20, 3).

    Raises:
        FileNotFoundError: If there are no skeletons.
    """
    files = sorted(source.glob('*_skeleton.mat')) if source.is_dir() else []
    if not files and not source.is_file():
        raise FileNotFoundError(
            f'{source} is neither an npz file nor a folder with *_skeleton.mat. Give '
            "UTD-MHAD's folder Skeleton."
        )
    for file in files:
        joints, axes_, frames = 0, 1, 2
        skeletons = loadmat(file)['d_skel'].transpose(frames, joints, axes_)
        yield file.stem.removesuffix('_skeleton'), skeletons
    if not files:
        with open_npz(source) as arrays:
            yield from arrays.items()


def write_views(
    name: str, skeletons: np.ndarray, views: list[float], out_dir: Path
) -> None:
    """Write one motion, a file for each view.

    Args:
        name: ``aA_sS_tT``.
        skeletons: Kinect's 20 joints in metres, y up, (T, 20, 3).
        views: Directions of the cameras, in degrees.
        out_dir: Folder for the files.

    Raises:
        ValueError: If the name is invalid.
    """
    numbers = re.fullmatch(r'a(\d+)_s(\d+)_t(\d+)', name)
    if numbers is None or not 1 <= int(numbers[1]) <= len(ACTIONS):
        raise ValueError(
            f"The skeleton is named '{name}'; expected a name like a1_s1_t1 with an "
            f'action from 1 to {len(ACTIONS)}. Keep the file names of UTD-MHAD.'
        )
    action, subject, trial = map(int, numbers.groups())
    keypoints, visible = to_h36m(skeletons, None, 'kinect')
    lowest = keypoints[..., 1][visible > 0].min()  # the floor
    keypoints[..., 1] -= lowest
    table = load_view_table()
    row = table[(100 * action + 10 * subject + trial) % len(table)]
    for yaw in views:
        camera = frontal_camera(keypoints, yaw, row)
        picture = project(world_to_camera(torch.from_numpy(keypoints), camera), camera)
        with atomic_file(out_dir / f'{name}_yaw{yaw:+g}.npz') as file:
            np.savez(
                file,
                keypoints=np.where(visible[..., None] > 0, picture.numpy(), 0),
                visible=visible,
                clip_id=name,
                action=ACTIONS[action - 1],
                subject=f's{subject}',
                view=f'yaw{yaw:+g}',
                fps=FPS,
                image_size=(1000, 1000),
            )


if __name__ == '__main__':
    main()
