"""Align two videos of the same action and show where they differ.

Prints whether the clips show the same action and what differs. Writes to --out-dir:
report.html (a page with all of it, to play and to turn, for any browser), aligned.mp4
(both side by side, B played in step with A), keyframes.png (key poses of A above their
matches in B), alignment.png (frame distances, path and angles), alignment.csv (which
frames match, and the joint angles of both), differences.csv and result.json (the
complete result). Left limbs are blue, right limbs vermilion; limbs that differ have a
bright rim. Without A and B, two views of a sample clip are aligned.
"""

from argparse import ArgumentTypeError
from pathlib import Path

from mmposenorm.cli.options import (
    add_detector_options,
    add_model_options,
    add_pair_options,
    add_show_option,
)
from mmposenorm.cli.parser import Parser, ending_in_a_sentence, parse_pair

EXAMPLES = """examples:
  mmposenorm align
  mmposenorm align mine.mp4 theirs.mp4 --out-dir compared
  mmposenorm align short.mp4 long.mp4 --mode subsequence --person-b 2
  mmposenorm align a.mp4 b.mp4 --export bvh,trc
  mmposenorm align a.mp4 b.mp4 --pose2d rtmpose-m --det rtmdet-m
"""


def build_parser(prog: str | None) -> Parser:
    """Build the parser of the command."""
    parser = Parser(prog=prog, description=__doc__, epilog=EXAMPLES)
    add_pair_options(parser)
    parser.add_argument(
        '--out-dir',
        type=Path,
        default=Path('outputs'),
        help='folder for the files; default: outputs',
    )
    add_show_option(parser)
    _add_export_options(parser)
    add_detector_options(parser)
    add_model_options(parser)
    return parser


def _add_export_options(parser: Parser) -> None:
    """Say what is written for other programs."""
    parser.add_argument(
        '--export',
        type=export_formats,
        default=[],
        metavar='FORMATS',
        help='also write the motion of both clips, as clip_a.bvh, clip_b.bvh, ...: bvh '
        '(Blender), trc (OpenSim), c3d, csv, npz, or several with commas between them',
    )
    parser.add_argument(
        '--export-root',
        choices=('identity', 'estimated'),
        default='identity',
        help='of exported motion: identity (default): upright and facing you, as '
        'normalized poses are; estimated: with the heading and lean that the camera '
        'sees',
    )


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
    args = parse_pair(build_parser(prog), arguments)
    with ending_in_a_sentence():
        from mmposenorm.cli.align_clips import align  # takes seconds; help need not

        align(args)
