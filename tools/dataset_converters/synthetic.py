"""Write small synthetic data sets in the formats of the real ones.

Writes ``cmu_h36m17/`` (for MocapClips), ``cmu_raw/`` (for cmu_asf_amc.py), ``h36m/``
(for H36MClips) and ``penn_action/`` (for PennAction).

Example:
    python tools/dataset_converters/synthetic.py data/synthetic
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from mmposenorm.datasets.synthetic import (
    write_synthetic_asf_amc,
    write_synthetic_h36m,
    write_synthetic_mocap_sets,
    write_synthetic_penn_action,
)


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
    write_synthetic_mocap_sets(args.out_dir, args.num_frames)
    write_synthetic_asf_amc(args.out_dir / 'cmu_raw', subject=1, num_trials=2)
    write_synthetic_h36m(args.out_dir / 'h36m', args.num_frames)
    write_synthetic_penn_action(args.out_dir / 'penn_action')
    print(f'Wrote cmu_h36m17, mocap, cmu_raw, h36m and penn_action to {args.out_dir}.')


if __name__ == '__main__':
    main()
