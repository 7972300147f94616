"""Follow somebody who moves now through a reference, frame by frame.

Says, while the frames arrive, how much of the reference has passed, how far the person
is behind or ahead, and which angles are off now. The source is a camera (its number), a
video that is played as if it came from one, or a file of 2D keypoints. --show draws it
into a window, --out writes it. Ctrl-C, or Esc in the window, ends it; what was asked
for is written then.
"""

from pathlib import Path

from mmposenorm.cli.options import (
    add_clip_options,
    add_detector_options,
    add_file_options,
    add_model_options,
    file_to_write,
)
from mmposenorm.cli.parser import Parser, ending_in_a_sentence

EXAMPLES = """examples:
  mmposenorm live --reference coach.mp4 --show
  mmposenorm live --reference coach.mp4 --source me.mp4 --out live.mp4 live.csv
"""


def build_parser(prog: str | None) -> Parser:
    """Build the parser of the command."""
    parser = Parser(prog=prog, description=__doc__, epilog=EXAMPLES)
    parser.add_argument(
        '--reference',
        type=Path,
        required=True,
        metavar='A',
        help='a clip that shows the movement once, as it should be done',
    )
    parser.add_argument(
        '--source',
        default='0',
        help='the number of a camera, a video or a file of 2D keypoints; default: 0, '
        'the first camera',
    )
    parser.add_argument(
        '--once',
        action='store_true',
        help='the movement is done once; else it may begin again after its end',
    )
    parser.add_argument(
        '--look-ahead',
        type=int,
        metavar='FRAMES',
        help='how many frames of 20 ms an estimate waits for: the more, the better and '
        'the later; default: 5',
    )
    parser.add_argument(
        '--show', action='store_true', help='show it in a window, where there is one'
    )
    parser.add_argument(
        '--out',
        type=file_to_write('.csv', '.mp4'),
        nargs='+',
        default=[],
        metavar='FILE',
        help='write what is said as FILE.csv, what is shown as FILE.mp4, or both',
    )
    add_clip_options(parser, '-reference', 'the reference')
    parser.add_argument(
        '--fps',
        type=float,
        help='frames a second of the source, if its file does not tell',
    )
    add_file_options(parser)
    add_detector_options(parser)
    add_model_options(parser)
    return parser


def main(arguments: list[str] | None = None, prog: str | None = None) -> None:
    """Follow the person; a user's mistake ends in one sentence.

    Args:
        arguments: Those of the command line if not given.
        prog: Name of the program in its help.
    """
    parser = build_parser(prog)
    args = parser.parse_args(arguments)
    suffixes = [path.suffix.lower() for path in args.out]
    if len(set(suffixes)) < len(suffixes):
        parser.error('--out takes one .csv and one .mp4 at most')
    with ending_in_a_sentence():
        # Takes seconds, which help need not.
        from mmposenorm.cli.follow_live import follow

        follow(args)
