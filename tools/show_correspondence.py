"""Draw key frames of a motion above their matches in another, as in Figure 7.

Two trials of motion capture are filmed by virtual cameras, and their 2D keypoints are
compared as those of two videos. (For videos, `mmposenorm align` draws the same picture
as keyframes.png.)
"""

import mmposenorm.stopping  # noqa: F401

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np
import torch

from mmposenorm import PoseNormInferencer, compare
from mmposenorm.comparison.clip_pictures import show_clip
from mmposenorm.comparison.key_frames import draw_key_frames
from mmposenorm.datasets.frontal_views import frontal_camera, load_view_table
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.geometry.cameras import project, world_to_camera
from mmposenorm.visualization import write_image

FPS = 50  # of the files of motion capture


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n'
        '  python tools/show_correspondence.py data/cmu_h36m17/test.npz:02_03 \\\n'
        '      data/cmu_h36m17/test.npz:127_06 --yaw 30 -60',
        formatter_class=RawDescriptionHelpFormatter,
    )
    for letter in 'ab':
        parser.add_argument(letter, metavar='FILE.npz:TRIAL', help=f'motion {letter}')
    parser.add_argument(
        '--yaw', nargs=2, type=float, default=(30, -60), metavar=('A', 'B'),
        help='where the cameras stand, in degrees to the left of the person '
        '(default: %(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--checkpoint', help='weights with pose features instead of those that ship'
    )
    parser.add_argument(
        '--out', type=Path, default=Path('outputs/correspondence.png'),
        help='the picture (default: %(default)s)',
    )  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Draw as the command line says."""
    args = parse_arguments(arguments)
    with one_sentence_errors():
        motions = [read_motion(name) for name in (args.a, args.b)]
        inferencer = PoseNormInferencer(checkpoint=args.checkpoint)
        results = [
            inferencer(film(motion, yaw), layout='h36m', fps=FPS)
            for motion, yaw in zip(motions, args.yaw, strict=True)
        ]
        comparison = compare(*results, inferencer=inferencer)
        clips = [
            show_clip(name, result)
            for name, result in zip((args.a, args.b), results, strict=True)
        ]
        args.out.parent.mkdir(parents=True, exist_ok=True)
        write_image(args.out, draw_key_frames(*clips, comparison))
    print(f'{comparison}\nWrote {args.out}.')


def read_motion(name: str) -> np.ndarray:
    """Read a trial, written as FILE.npz:TRIAL: metres, y up, (T, 17, 3)."""
    file, _, trial = name.rpartition(':')
    if not file:
        sys.exit(f'Expected FILE.npz:TRIAL, but got {name!r}.')
    with open_npz(Path(file)) as trials:
        if trial not in trials:
            known = sorted(trials)
            sys.exit(
                f'{file} has no trial {trial!r}; it has {len(known)}: '
                f'{", ".join(known[:20])}{", ..." if len(known) > 20 else ""}.'
            )
        return np.asarray(trials[trial], np.float32)


def film(motion: np.ndarray, yaw: float) -> np.ndarray:
    """Return what a camera sees ``yaw`` degrees to the person's left: (T, 17, 2)."""
    camera = frontal_camera(motion, yaw, load_view_table()[0])
    return project(world_to_camera(torch.from_numpy(motion), camera), camera).numpy()


if __name__ == '__main__':
    sys.exit(main())
