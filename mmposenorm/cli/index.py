"""Put the people in all videos and keypoint files of a folder into a library.

A library is a folder in which `mmposenorm search` finds poses and movements. Subfolders
are read too. Files that the library holds already, unchanged, are skipped, so that the
command can be stopped and run again; of a video whose keypoints lie beside it, as
`mmposenorm extract` writes them, the keypoints are read.
"""

from mmposenorm.stopping import stop

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from mmposenorm.cli.options import (
    add_detector_options,
    add_model_options,
    detector_arguments,
)
from mmposenorm.cli.parser import Parser, ending_in_a_sentence

if TYPE_CHECKING:
    from mmposenorm.library.indexing import Indexed
    from mmposenorm.library.sources import Source

EXAMPLES = """examples:
  mmposenorm index season --out library
  mmposenorm index keypoints --out library --fps 25 --layout coco --jobs 2
  mmposenorm index season --out library --labels labels.csv
  mmposenorm index /shared/season --out library --cluster tcp://10.0.0.5:8786
"""
_MOST_LISTED = 20


def build_parser(prog: str | None) -> Parser:
    """Build the parser of the command."""
    parser = Parser(prog=prog, description=__doc__, epilog=EXAMPLES)
    parser.add_argument(
        'folder', type=Path, help='folder of videos or keypoint files, or one file'
    )
    parser.add_argument(
        '--out',
        type=Path,
        required=True,
        metavar='LIBRARY',
        help='folder of the library',
    )
    parser.add_argument(
        '--jobs',
        type=int,
        default=1,
        metavar='N',
        help='process N files at once, each with models of its own (default: 1)',
    )
    parser.add_argument(
        '--cluster',
        metavar='ADDRESS',
        help='let the machines of a Dask cluster read the files: the address of its '
        'scheduler, such as tcp://10.0.0.5:8786, or local for a process for each core',
    )
    parser.add_argument(
        '--fps', type=float, help='frames a second of keypoint files that do not tell'
    )
    parser.add_argument('--layout', help='layout of keypoint files that do not name it')
    parser.add_argument(
        '--labels',
        type=Path,
        metavar='CSV',
        help='examples of actions: a table with the columns file, from, to (seconds), '
        'action and perhaps person',
    )
    parser.add_argument(
        '--rebuild', action='store_true', help='make the index of moments anew'
    )
    add_detector_options(parser)
    add_model_options(parser)
    return parser


def main(arguments: list[str] | None = None, prog: str | None = None) -> None:
    """Index the folder; exit with 1 if a file failed.

    Args:
        arguments: Those of the command line if not given.
        prog: Name of the program in its help.
    """
    parser = build_parser(prog)
    args = parser.parse_args(arguments)
    if args.jobs < 1:
        parser.error(f'--jobs must be at least 1, but is {args.jobs}')
    if args.cluster and (args.jobs > 1 or args.config or args.trust_checkpoint):
        parser.error(
            '--cluster reads in processes of its own, by exported weights; leave out '
            '--jobs, --config and --trust-checkpoint'
        )
    with ending_in_a_sentence():
        try:
            index(args)
        except KeyboardInterrupt:
            stop('Stopped. What was read is kept; run the command again to continue.')


def index(args: Namespace) -> None:
    """Add the files that the library does not hold, and bring its index up to date."""
    # They take seconds to import, which help need not.
    from mmposenorm.inference import PoseNormInferencer
    from mmposenorm.keypoints import build_detector
    from mmposenorm.library import PoseLibrary, Source, find_sources, read_labels
    from mmposenorm.library.cluster import Reading, index_on_cluster
    from mmposenorm.library.indexing import Indexer, index_in_processes

    labels = [] if args.labels is None else read_labels(args.labels)
    is_file = args.folder.is_file()
    found = [Source.of(args.folder)] if is_file else find_sources(args.folder)
    build_inferencer = partial(
        PoseNormInferencer,
        args.config,
        args.checkpoint,
        args.device,
        trust=args.trust_checkpoint,
    )
    library = PoseLibrary.open(args.out, build_inferencer(), create=True)
    with library.store.lock():
        pass  # stops here if nothing can be written there
    detector = partial(build_detector, *detector_arguments(args))
    indexer = Indexer(
        args.out,
        build_inferencer if args.jobs > 1 else lambda: library.inferencer,
        detector,
        args.layout,
        args.fps,
        show_progress=args.jobs == 1,
    )
    known = library.store.keys()
    to_do = without(found, known, {args.out.resolve(), args.labels})
    results: Iterable[Indexed]
    if args.cluster is not None:
        weights = args.checkpoint and str(args.checkpoint.resolve())
        reading = Reading(detector, weights, args.layout, args.fps)
        results = index_on_cluster(library.store, to_do, reading, args.cluster)
    elif args.jobs == 1:
        results = map(indexer, to_do)
    else:
        results = index_in_processes(to_do, indexer, args.jobs)
    failures = report(results)
    library.save(rebuild=args.rebuild)
    library.label(labels)
    print(f'{args.out} holds {len(library)} people.')
    if failures:
        listed = '\n'.join(f'  {failure}' for failure in failures[:_MOST_LISTED])
        more = len(failures) - _MOST_LISTED
        listed += f'\n  and {more} more' if more > 0 else ''
        sys.exit(f'{_count(len(failures))} failed:\n{listed}')


def without(
    sources: 'Iterable[Source]', known: set[str], left_out: set[Path | None]
) -> 'Iterator[Source]':
    """Leave out what the library holds already, the library itself and the labels."""
    left_out = {path.resolve() for path in left_out if path is not None}
    for source in sources:
        is_ours = source.path in left_out or left_out & set(source.path.parents)
        if source.key not in known and not is_ours:
            yield source


def report(results: 'Iterable[Indexed]') -> list[str]:
    """Show what becomes of the files, and return what went wrong."""
    failures: list[str] = []
    done = people = 0
    with tqdm(results, desc='Files', unit='file', disable=None) as bar:
        for result in bar:
            done += 1
            people += result.people
            if result.error:
                failures.append(result.error)
                bar.write(result.error)
    print(f'Read {_count(done - len(failures))}: {people} people.')
    return failures


def _count(files: int) -> str:
    return '1 file' if files == 1 else f'{files} files'
