"""Write small, made-up data sets in the formats of the real ones, to try things out.

Writes ``cmu_h36m17/`` and ``mocap/`` (for MocapClips), ``cmu_raw/`` (for
cmu_asf_amc.py), ``h36m/`` (for H36MClips) and ``penn_action/`` (for PennAction).
Training names data that is made up.

Example:
    python tools/dataset_converters/synthetic.py data/synthetic
"""

import mmposenorm.stopping  # noqa: F401

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from mmposenorm.atomic_files import check_folder
from mmposenorm.datasets.synthetic import (
    write_synthetic_asf_amc,
    write_synthetic_h36m,
    write_synthetic_mocap_sets,
    write_synthetic_penn_action,
)
from mmposenorm.engine.runtime import one_sentence_errors

_FOLDERS = ('cmu_h36m17', 'mocap', 'cmu_raw', 'h36m', 'penn_action')


def main() -> None:
    """Write as the command line says."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('out_dir', type=Path, help='folder to write to')
    parser.add_argument(
        '--num-frames', type=int, default=200, help='of a clip (%(default)s)'
    )
    args = parser.parse_args()
    if args.num_frames < 2:
        parser.error(f'--num-frames must be at least 2, but is {args.num_frames}')
    for name in _FOLDERS:
        if (args.out_dir / name).exists():
            parser.error(
                f'{args.out_dir / name} is there already, and may be real data; '
                'expected a folder without it. Give another one, or remove it first.'
            )
    with one_sentence_errors():
        check_folder(args.out_dir)
        write_synthetic_mocap_sets(args.out_dir, args.num_frames)
        write_synthetic_asf_amc(args.out_dir / 'cmu_raw', subject=1, num_trials=2)
        write_synthetic_h36m(args.out_dir / 'h36m', args.num_frames)
        write_synthetic_penn_action(args.out_dir / 'penn_action')
    print(
        f'Wrote made-up {", ".join(_FOLDERS)} to {args.out_dir}. What is trained on '
        'them shows that everything runs, and is of no use for real videos.'
    )


if __name__ == '__main__':
    main()
