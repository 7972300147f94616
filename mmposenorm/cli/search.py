"""Find where a pose or a movement occurs in a library of videos.

The query is a person of a video or keypoint file: a movement from --from to --to, all
of the clip if neither is given, or a single pose --at a time. With --action in place of
a query, it is the labelled examples of an action. Prints the places, the nearest first.
"""

import json
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mmposenorm.cli.options import (
    add_detector_options,
    add_model_options,
    detector_arguments,
)
from mmposenorm.cli.parser import Parser, ending_in_a_sentence

if TYPE_CHECKING:
    from mmposenorm.keypoints import Detector
    from mmposenorm.library import Place, PoseLibrary

EXAMPLES = """examples:
  mmposenorm search library serve.mp4 --from 2.1 --to 3.4
  mmposenorm search library serve.mp4 --at 2.6 --mirror --sheet places.png
  mmposenorm search library --action serve --top 20 --page places.html
"""


def build_parser(prog: str | None) -> Parser:
    """Build the parser of the command."""
    parser = Parser(prog=prog, description=__doc__, epilog=EXAMPLES)
    parser.add_argument('library', type=Path, help='folder that `index` wrote')
    parser.add_argument(
        'query', type=Path, nargs='?', help='video, or file or folder of keypoints'
    )
    parser.add_argument(
        '--from', dest='start', type=float, metavar='S', help='begin of the movement, s'
    )
    parser.add_argument('--to', dest='end', type=float, metavar='S', help='its end, s')
    parser.add_argument('--at', type=float, metavar='S', help='time of a pose, s')
    parser.add_argument('--action', help='look for a labelled action')
    parser.add_argument(
        '--person',
        default='largest',
        metavar='WHO',
        help='which person of the query: largest (default), longest, a number, or x,y',
    )
    parser.add_argument('--fps', type=float, help='frames a second of the query')
    parser.add_argument('--layout', help='layout of a keypoint file')
    parser.add_argument(
        '--mirror', action='store_true', help='look for the mirrored motion too'
    )
    parser.add_argument(
        '--top', type=int, default=10, metavar='K', help='places to find (default: 10)'
    )
    parser.add_argument('--json', action='store_true', help='print JSON')
    parser.add_argument(
        '--sheet', type=Path, metavar='PNG', help='draw the places into a picture'
    )
    parser.add_argument(
        '--page',
        type=Path,
        metavar='HTML',
        help='show the places on one page, with films where the videos are at hand',
    )
    add_detector_options(parser)
    add_model_options(parser)
    return parser


def main(arguments: list[str] | None = None, prog: str | None = None) -> None:
    """Search the library; a user's mistake ends in one sentence.

    Args:
        arguments: Those of the command line if not given.
        prog: Name of the program in its help.
    """
    parser = build_parser(prog)
    args = parser.parse_args(arguments)
    if (args.query is None) == (args.action is None):
        parser.error('expected a query or --action, one of the two')
    with ending_in_a_sentence():
        search(args)


def search(args: Namespace) -> None:
    """Print the places, and draw them if that is asked for."""
    from mmposenorm.inference import PoseNormInferencer
    from mmposenorm.library import PoseLibrary
    from mmposenorm.library.page import write_places
    from mmposenorm.library.sheet import draw_sheet
    from mmposenorm.visualization import write_image

    inferencer = PoseNormInferencer(
        args.config, args.checkpoint, args.device, trust=args.trust_checkpoint
    )
    library = PoseLibrary.open(args.library, inferencer)
    places = find(library, args)
    if args.json:
        print(json.dumps([asdict(place) for place in places], indent=1))
    else:
        for number, place in enumerate(places, start=1):
            print(f'{number}. {place}')
        if not places:
            print('Nothing was found.')
    if args.sheet and places:
        write_image(args.sheet, draw_sheet(library, places))
    if args.page:
        write_places(args.page, library, places, looked_for(args))


def looked_for(args: Namespace) -> str:
    """Say what was looked for."""
    if args.action is not None:
        return f'Action {args.action}'
    span = [
        f'{word} {seconds:g} s'
        for word, seconds in (('from', args.start), ('to', args.end), ('at', args.at))
        if seconds is not None
    ]
    return ' '.join([args.query.name, *span])


def find(library: 'PoseLibrary', args: Namespace) -> 'list[Place]':
    """Find the places that are asked for."""
    if args.action is not None:
        return library.search_action(args.action, top=args.top)
    from mmposenorm.keypoints import build_detector, is_keypoint_path

    detector: str | Detector = 'auto'
    if not is_keypoint_path(args.query):
        detector = build_detector(*detector_arguments(args))
    return library.search(
        args.query,
        args.start,
        args.end,
        at=args.at,
        top=args.top,
        mirror=args.mirror,
        layout=args.layout,
        fps=args.fps,
        person=args.person,
        detector=detector,
    )
