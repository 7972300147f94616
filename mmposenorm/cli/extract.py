"""Detect the 2D poses in all videos of a folder.

The keypoints of all people in a video go into one file, which the demo and the
inferencer accept in place of the video. Videos that have a file already are skipped, so
that the command can be stopped and run again.

Example:
    mmposenorm extract videos --out-dir keypoints --jobs 4
"""

from mmposenorm.stopping import stop

import sys
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from mmposenorm.atomic_files import check_folder
from mmposenorm.cli.options import add_detector_options, detector_arguments
from mmposenorm.cli.parser import Parser, ending_in_a_sentence

if TYPE_CHECKING:
    from mmposenorm.keypoints.extraction import Extraction


def build_parser(prog: str | None) -> Parser:
    """Build the parser of the command."""
    parser = Parser(prog=prog, description=__doc__)
    parser.add_argument('folder', type=Path, help='folder of videos')
    parser.add_argument(
        '--out-dir', type=Path, help='folder for the files (default: beside the videos)'
    )
    parser.add_argument(
        '--jobs',
        type=int,
        default=1,
        metavar='N',
        help='process N videos at once, each with models of its own (default: 1)',
    )
    add_detector_options(parser)
    return parser


def main(arguments: list[str] | None = None, prog: str | None = None) -> None:
    """Process the folder; exit with 1 if a video failed.

    Args:
        arguments: Those of the command line if not given.
        prog: Name of the program in its help.
    """
    parser = build_parser(prog)
    args = parser.parse_args(arguments)
    if args.jobs < 1:
        parser.error(f'--jobs must be at least 1, but is {args.jobs}')
    with ending_in_a_sentence():
        extract(args)


def extract(args: Namespace) -> None:
    """Extract the keypoints of the videos that have no file of them yet."""
    # They take seconds to import, which help need not.
    from mmposenorm.keypoints import build_detector
    from mmposenorm.keypoints.extraction import (
        extract_in_processes,
        extract_in_turn,
        videos_to_do,
    )

    out_dir = args.out_dir or args.folder
    videos, jobs = videos_to_do(args.folder, out_dir)
    print(f'Found {len(videos)} videos; {len(videos) - len(jobs)} are already done.')
    if not jobs:
        return
    check_folder(out_dir)
    build = partial(build_detector, *detector_arguments(args))
    # Also if other processes build their own: it downloads the weights, and may fail.
    detector = build()
    print(f'Finding 2D poses with {detector.name}.')
    if args.jobs == 1:
        done = extract_in_turn(jobs, detector)
    else:
        done = extract_in_processes(jobs, build, min(args.jobs, len(jobs)))
    report(done, len(jobs))


def report(results: 'Iterator[Extraction]', count: int) -> None:
    """Print what became of each of ``count`` videos, and in the end what failed."""
    done = []
    bar = tqdm(results, total=count, desc='Videos', unit='video', disable=None)
    try:
        for result in bar:
            done.append(result)
            tqdm.write(result.error or f'Wrote {result.out}. {result.found}.')
    except KeyboardInterrupt:
        stop(
            f'Stopped after {len(done)} of {count} videos. Run the command again to '
            'continue.'
        )
    failures = [f'  {result.error}' for result in done if result.error]
    if failures:
        listed = '\n'.join(failures)
        sys.exit(f'{len(failures)} of {count} videos failed:\n{listed}')
