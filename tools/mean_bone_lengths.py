"""Work out the condition skeleton: mean bone lengths of a set of 3D clips.

Example:
    python tools/mean_bone_lengths.py data/cmu_h36m17/train.npz \
        --source 'CMU motion capture, train.npz' --out condition_skeleton.json
"""

import argparse
import json
from pathlib import Path

import numpy as np

from mmposenorm.skeletons import H36M_KEYPOINTS, mean_bone_lengths


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('clips', type=Path, help='npz of clips, each (T, 17, 3) in m')
    parser.add_argument('--source', required=True, help='what the clips are')
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write')
    return parser.parse_args()


def main() -> None:
    """Measure the clips and write the file."""
    args = parse_args()
    if not args.clips.is_file():
        raise SystemExit(f'{args.clips} not found; expected an npz of 3D clips.')
    with np.load(args.clips) as clips:
        lengths = mean_bone_lengths([clips[key] for key in clips.files])
        frames = sum(len(clips[key]) for key in clips.files)
    document = {
        'source': f'{args.source}: mean over {frames} frames, left and right averaged',
        'bone_lengths': dict(
            zip(H36M_KEYPOINTS, lengths.round(4).tolist(), strict=True)
        ),
    }
    part = args.out.with_name(args.out.name + '.part')
    part.write_text(json.dumps(document, indent=1) + '\n')
    part.replace(args.out)
    print(f'Wrote {args.out}.')


if __name__ == '__main__':
    main()
