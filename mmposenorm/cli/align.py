"""Align two videos of the same action and show where they differ.

Prints whether the clips show the same action and what differs. Writes to --out-dir:
report.html (a page with all of it, to play and to turn, for any browser), aligned.mp4
(both side by side, B played in step with A), keyframes.png (key poses of A above their
matches in B), alignment.png (frame distances, path and angles), alignment.csv (which
frames match, and the joint angles of both), differences.csv and result.json (the
complete result). Left limbs are blue, right limbs vermilion; limbs that differ have a
bright rim. Without A and B, two views of a sample clip are aligned.
"""

import sys
from argparse import ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from mmposenorm.atomic_files import stop_on_sigterm
from mmposenorm.cli.parser import Parser

EXAMPLES = """examples:
  mmposenorm align
  mmposenorm align mine.mp4 theirs.mp4 --out-dir compared
  mmposenorm align short.mp4 long.mp4 --mode subsequence --person-b 2
  mmposenorm align a.mp4 b.mp4 --export bvh,trc
  mmposenorm align a.mp4 b.mp4 --pose2d rtmpose-m --det rtmdet-m
"""


def parse_arguments(arguments: list[str] | None, prog: str | None) -> Namespace:
    """Read the command line."""
    parser = Parser(
        prog=prog,
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'clips',
        nargs='*',
        type=Path,
        metavar='A B',
        help='two videos, or two files or folders of 2D keypoints',
    )
    parser.add_argument(
        '--out-dir',
        type=Path,
        default=Path('outputs'),
        help='folder for the files; default: outputs',
    )
    _add_clips_options(parser)
    _add_alignment_options(parser)
    _add_export_options(parser)
    _add_detector_options(parser)
    _add_model_options(parser)
    args = parser.parse_args(arguments)
    if len(args.clips) not in (0, 2):
        parser.error(f'expected two clips or none, but got {len(args.clips)}')
    return args


def _add_clips_options(parser: Parser) -> None:
    """Say whom to follow in the clips, and how the clips were filmed."""
    for letter in 'ab':
        parser.add_argument(
            f'--person-{letter}',
            default='largest',
            metavar='WHO',
            help=f'which person to follow in {letter.upper()}: largest (default), '
            'longest (most frames), a number, or the point x,y in pixels where the '
            'person first appears',
        )
        parser.add_argument(
            f'--fps-{letter}',
            type=float,
            metavar='FPS',
            help=f'frames a second of {letter.upper()}, if its file does not tell',
        )
        parser.add_argument(
            f'--speed-{letter}',
            type=float,
            default=1.0,
            metavar='SPEED',
            help=f'speed at which {letter.upper()} plays: 0.125 for eightfold slow '
            'motion; aligned.mp4 plays as fast as A, slow motion or not',
        )
    parser.add_argument(
        '--layout',
        help='layout of keypoint files that do not name it: coco, h36m, ...',
    )
    parser.add_argument(
        '--size',
        type=image_size,
        metavar='WxH',
        help='size of the image in pixels, for keypoint files with coordinates '
        'between 0 and 1',
    )


def _add_alignment_options(parser: Parser) -> None:
    """Say how the clips are compared."""
    parser.add_argument(
        '--features',
        choices=('normalized', 'features'),
        help='what frames are compared by: pose features (default, if the checkpoint '
        'has them) or normalized poses',
    )
    parser.add_argument(
        '--mode',
        choices=('auto', 'dtw', 'nn', 'subsequence'),
        default='auto',
        help='dtw: align in order of time; subsequence: find all of A somewhere in B; '
        'nn: nearest frame, in any order; auto (default): dtw or, if one clip shows a '
        'movement once and the other repeatedly, each repetition by itself',
    )
    parser.add_argument(
        '--closed-ends',
        action='store_true',
        help='both clips begin and end at the same moment; only for dtw',
    )
    parser.add_argument(
        '--mirror',
        action='store_true',
        help='mirror clip A if it fits better so, e.g. to compare a left-hander with a '
        'right-hander',
    )
    parser.add_argument(
        '--repetitions',
        action='store_true',
        help='find the repetitions of a movement in both clips and compare each of B '
        'with one of A',
    )
    parser.add_argument(
        '--camera-pitch',
        type=float,
        metavar='DEGREES',
        help='by how much both cameras look down, if known: the lean of the trunk is '
        'then surer',
    )
    parser.add_argument(
        '--identity-root',
        action='store_true',
        help="draw normalized poses with the root at identity, as in the paper's "
        'figures: who lies then stands',
    )
    parser.add_argument(
        '--low-memory',
        action='store_true',
        help='do not keep the distances of all frames: slower, for very long videos',
    )


def _add_export_options(parser: Parser) -> None:
    """Say what is written for other programs."""
    parser.add_argument(
        '--export',
        type=export_formats,
        default=[],
        metavar='FORMATS',
        help='also write the motion of both clips, as clip_a.bvh, clip_b.bvh, ...: bvh '
        '(Blender), trc (OpenSim), c3d, or several with commas between them',
    )
    parser.add_argument(
        '--export-root',
        choices=('identity', 'estimated'),
        default='identity',
        help='of exported motion: identity (default): upright and facing you, as '
        'normalized poses are; estimated: with the heading and lean that the camera '
        'sees',
    )


def _add_detector_options(parser: Parser) -> None:
    """Say what finds the 2D poses."""
    parser.add_argument(
        '--pose2d',
        default='auto',
        metavar='MODEL',
        help='2D pose estimator: mediapipe, rtmlib, or the alias or config of an '
        'mmpose model; default: an mmpose model if its weights are available, else '
        'mediapipe',
    )
    parser.add_argument(
        '--pose2d-weights', metavar='FILE', help='checkpoint of the mmpose model'
    )
    parser.add_argument(
        '--det', metavar='MODEL', help='person detector for an mmpose model'
    )
    parser.add_argument(
        '--det-weights', metavar='FILE', help='checkpoint of the detector'
    )


def _add_model_options(parser: Parser) -> None:
    """Say which weights are used, and where they run."""
    parser.add_argument(
        '--config',
        type=Path,
        help='config of --checkpoint, if that was written during training',
    )
    parser.add_argument(
        '--checkpoint', type=Path, help='weights to use instead of the shipped ones'
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load a checkpoint that was written during training, which can run code '
        'from the file: only for files that you or someone you trust wrote',
    )
    parser.add_argument(
        '--device', help='cpu, cuda:0, ...; default: a GPU if there is one, else cpu'
    )


def image_size(text: str) -> tuple[int, int]:
    """Read a size such as 1920x1080."""
    sides = text.lower().split('x')
    if len(sides) != 2 or not all(side.isdecimal() for side in sides):
        raise ArgumentTypeError(f'expected WxH, such as 1920x1080, but got {text}')
    return int(sides[0]), int(sides[1])


def export_formats(text: str) -> list[str]:
    """Read formats such as bvh,trc."""
    from mmposenorm.export import FORMATS

    formats = list(dict.fromkeys(text.lower().split(',')))
    if not set(formats) <= set(FORMATS):
        raise ArgumentTypeError(
            f'expected formats out of {", ".join(FORMATS)}, with commas between them, '
            f'but got {text}'
        )
    return formats


def main(arguments: list[str] | None = None, prog: str | None = None) -> None:
    """Run the program; a user's mistake ends in one sentence.

    Args:
        arguments: Those of the command line if not given.
        prog: Name of the program in its help.
    """
    args = parse_arguments(arguments, prog)
    from mmposenorm.cli.align_clips import align  # takes seconds, which help need not

    stop_on_sigterm()
    try:
        align(args)
    except (ImportError, OSError, ValueError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit('Stopped. Nothing was written.')
