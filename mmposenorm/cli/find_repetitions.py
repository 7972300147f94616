"""What ``mmposenorm repetitions`` does."""

from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path

from mmposenorm.atomic_files import atomic_folder
from mmposenorm.cli.people import find_people, open_clips
from mmposenorm.comparison.repetition_table import (
    RepetitionTable,
    tabulate_repetitions,
)
from mmposenorm.inference import PoseNormInferencer


def show_repetitions(args: Namespace) -> None:
    """Find the repetitions, print them as a table and write it if asked for."""
    parent = nullcontext() if args.out is None else atomic_folder(args.out.parent)
    with parent as folder:
        table = find(args)
        if folder is not None:
            table.save(folder / args.out.name)
    print(table)
    if args.out is not None:
        print(f'Wrote {args.out}.')


def find(args: Namespace) -> RepetitionTable:
    """Find the repetitions of the clip and compare them with a model."""
    paths: list[Path] = [args.clip]
    who, suffixes = [args.person], ['']
    if args.reference is not None:
        paths.append(args.reference)
        who.append(args.person_reference)
        suffixes.append('_reference')
    clips = open_clips(paths, who, args)
    inferencer = PoseNormInferencer(
        args.config, args.checkpoint, args.device, trust=args.trust_checkpoint
    )
    results = inferencer(find_people(clips, suffixes, args))
    assert isinstance(results, list)
    return tabulate_repetitions(*results)
