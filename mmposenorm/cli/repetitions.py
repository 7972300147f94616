"""Find the repetitions of a movement in a video, and which of them stand out.

Prints a table: when each repetition begins and ends, its score, and how it differs
from a model. The model is the repetition of --reference that is most like its others;
without --reference, that of the video itself. The score is from 0 to 100, higher is
more alike. Without --out nothing is written.
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
  mmposenorm repetitions squats.mp4
  mmposenorm repetitions squats.mp4 --reference coach.mp4 --out squats.csv
"""


def build_parser(prog: str | None) -> Parser:
    """Build the parser of the command."""
    parser = Parser(prog=prog, description=__doc__, epilog=EXAMPLES)
    parser.add_argument(
        'clip', type=Path, metavar='V', help='a video, or a file of 2D keypoints'
    )
    parser.add_argument(
        '--reference',
        type=Path,
        metavar='A',
        help='a clip that shows how it should be done, once or several times',
    )
    parser.add_argument(
        '--out',
        type=file_to_write('.csv', '.json'),
        metavar='FILE',
        help='also write the table, as FILE.csv or FILE.json',
    )
    add_clip_options(parser, '', 'the video')
    add_clip_options(parser, '-reference', 'the reference')
    add_file_options(parser)
    add_detector_options(parser)
    add_model_options(parser)
    return parser


def main(arguments: list[str] | None = None, prog: str | None = None) -> None:
    """Print the table; a user's mistake ends in one sentence.

    Args:
        arguments: Those of the command line if not given.
        prog: Name of the program in its help.
    """
    args = build_parser(prog).parse_args(arguments)
    with ending_in_a_sentence():
        # Takes seconds, which help need not.
        from mmposenorm.cli.find_repetitions import show_repetitions

        show_repetitions(args)
