"""Compute a condition skeleton: the mean bone lengths of a set of 3D clips.

Example:
    python tools/mean_bone_lengths.py data/cmu_h36m17/train.npz \
        --source 'CMU motion capture, train.npz' --out condition_skeleton.json
"""

import mmposenorm.stopping  # noqa: F401

import argparse
import json
from pathlib import Path

import numpy as np

from mmposenorm.atomic_files import atomic_path
from mmposenorm.datasets.clip_dataset import check_keypoints_world
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.skeletons import H36M_KEYPOINTS, mean_bone_lengths


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'clips',
        type=Path,
        help="npz of clips, each (T, 17, 3) in m, or one of mmpose's for Human3.6M",
    )
    parser.add_argument(
        '--source', required=True, help='description of the clips, for the file'
    )
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write')
    return parser.parse_args()


def main() -> None:
    """Compute the bone lengths and write the file."""
    args = parse_args()
    with one_sentence_errors():
        clips = read_clips(args.clips)
        args.out.parent.mkdir(parents=True, exist_ok=True)
    lengths = mean_bone_lengths(clips)
    frames = sum(map(len, clips))
    document = {
        'source': f'{args.source}: mean over {frames} frames, left and right averaged',
        'bone_lengths': dict(
            zip(H36M_KEYPOINTS, lengths.round(4).tolist(), strict=True)
        ),
    }
    with atomic_path(args.out) as partial:
        partial.write_text(json.dumps(document, indent=1) + '\n')
    print(f'Wrote {args.out}.')


def read_clips(file: Path) -> list[np.ndarray]:
    """Read and check the clips of an npz file, each (T, 17, 3) in metres.

    All poses of a Human3.6M annotation file count as one clip.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it contains no clips, or something else.
    """
    if not file.is_file():
        raise FileNotFoundError(f'{file} not found. Give an npz file of 3D clips.')
    with open_npz(file) as arrays:
        is_h36m = 'S' in arrays and 'imgname' in arrays
        clips = {'S': arrays['S'][..., :3]} if is_h36m else dict(arrays)
    if not clips:
        raise ValueError(f'{file} contains no clips. Give an npz file of 3D clips.')
    for name, keypoints_world in clips.items():
        check_keypoints_world(keypoints_world, name, file)
    return list(clips.values())


if __name__ == '__main__':
    main()
