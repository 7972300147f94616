"""Compare two videos of the same action and write the report alone: one HTML page.

The page shows both clips in step, both poses in 3D, the joint angles and what differs.
It needs no other file and no network. From files of keypoints it shows the keypoints;
with --video-a and --video-b, the pictures too, without detecting any poses again.
`mmposenorm align` writes the same page and tables, pictures and a video beside it.
"""

from pathlib import Path

from mmposenorm.cli.options import (
    add_detector_options,
    add_model_options,
    add_pair_options,
    add_show_option,
    file_to_write,
)
from mmposenorm.cli.parser import Parser, ending_in_a_sentence, parse_pair

EXAMPLES = """examples:
  mmposenorm report mine.mp4 theirs.mp4 --out compared.html --show
  mmposenorm report a.npz b.npz --video-a a.mp4 --video-b b.mp4
"""


def build_parser(prog: str | None) -> Parser:
    """Build the parser of the command."""
    parser = Parser(prog=prog, description=__doc__, epilog=EXAMPLES)
    add_pair_options(parser)
    parser.add_argument(
        '--out',
        type=file_to_write('.html'),
        default=Path('report.html'),
        metavar='FILE',
        help='the page; default: report.html',
    )
    add_show_option(parser)
    add_detector_options(parser)
    add_model_options(parser)
    return parser


def main(arguments: list[str] | None = None, prog: str | None = None) -> None:
    """Write the page; a user's mistake ends in one sentence.

    Args:
        arguments: Those of the command line if not given.
        prog: Name of the program in its help.
    """
    args = parse_pair(build_parser(prog), arguments)
    with ending_in_a_sentence():
        from mmposenorm.cli.align_clips import report  # takes seconds; help need not

        report(args)
