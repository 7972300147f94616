"""Options that several commands have."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path

from mmposenorm.cli.parser import Parser


def add_clip_options(parser: Parser, suffix: str, name: str) -> None:
    """Say whom to follow in a clip, and how it was filmed.

    Args:
        parser: The parser.
        suffix: What the options end in, such as ``'-a'``.
        name: What the clip is called in the help.
    """
    parser.add_argument(
        f'--person{suffix}',
        default='largest',
        metavar='WHO',
        help=f'which person to follow in {name}: largest (default), longest (most '
        'frames), a number, or the point x,y in pixels where the person first appears',
    )
    parser.add_argument(
        f'--fps{suffix}',
        type=float,
        metavar='FPS',
        help=f'frames a second of {name}, if its file does not tell',
    )
    parser.add_argument(
        f'--speed{suffix}',
        type=float,
        default=1.0,
        metavar='SPEED',
        help=f'speed at which {name} plays: 0.125 for eightfold slow motion',
    )


def add_file_options(parser: Parser) -> None:
    """Say what keypoint files do not tell."""
    parser.add_argument(
        '--layout',
        help='layout of keypoint files that do not name it: coco, h36m, ...',
    )
    parser.add_argument(
        '--size',
        type=_image_size,
        metavar='WxH',
        help='size of the image in pixels, for keypoint files with coordinates '
        'between 0 and 1',
    )


def add_pair_options(parser: Parser) -> None:
    """Name two clips, and say how they were filmed and how they are compared."""
    parser.add_argument(
        'clips',
        nargs='*',
        type=Path,
        metavar='A B',
        help='two videos, or two files or folders of 2D keypoints',
    )
    for letter in 'ab':
        name = letter.upper()
        add_clip_options(parser, f'-{letter}', name)
        parser.add_argument(
            f'--video-{letter}',
            type=Path,
            metavar='FILE',
            help=f'the video in which the keypoints of {name} were found, if {name} is '
            'a file of keypoints: its pictures are shown',
        )
    add_file_options(parser)
    _add_alignment_options(parser)


def _add_alignment_options(parser: Parser) -> None:
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


def add_detector_options(parser: Parser) -> None:
    """Say what finds the 2D poses, and where models run."""
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
    parser.add_argument(
        '--device', help='cpu, cuda:0, ...; default: a GPU if there is one, else cpu'
    )


def detector_arguments(
    args: Namespace,
) -> tuple[str, str | None, str | None, str | None, str | None]:
    """Return what these options say, for ``mmposenorm.keypoints.build_detector``."""
    return (
        args.pose2d,
        args.pose2d_weights,
        args.det,
        args.det_weights,
        args.device,
    )


def add_model_options(parser: Parser) -> None:
    """Say which weights are used."""
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


def add_show_option(parser: Parser) -> None:
    """Offer to open the report."""
    parser.add_argument(
        '--show', action='store_true', help='open the report in a browser'
    )


def file_to_write(*suffixes: str) -> Callable[[str], Path]:
    """Return what reads the name of a file with one of these suffixes."""

    def read(text: str) -> Path:
        path = Path(text)
        if path.suffix.lower() not in suffixes:
            raise ArgumentTypeError(
                f'expected a file that ends in {" or ".join(suffixes)}, but got {text}'
            )
        if path.is_dir():
            raise ArgumentTypeError(f'{text} is a folder; expected a file to write')
        return path

    return read


def _image_size(text: str) -> tuple[int, int]:
    """Read a size such as 1920x1080."""
    sides = text.lower().split('x')
    if len(sides) != 2 or not all(side.isdecimal() for side in sides):
        raise ArgumentTypeError(f'expected WxH, such as 1920x1080, but got {text}')
    return int(sides[0]), int(sides[1])
