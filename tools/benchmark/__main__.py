"""Benchmark mmposenorm against other implementations, in one run on one machine.

  import   importing mmposenorm, against importing torch and NumPy
  data     frames per second that reach the network, against mmpose's Human36mDataset
  fk       forward kinematics, forward and backward, against a loop over the joints
  step     share of a training step outside the network's forward and backward pass
  mining   share of an embedder's training step that mining and the loss take
  embed    features of 100,000 poses, against a plain MLP with the same layers
  dtw      alignment of two clips, against dtaidistance and tslearn
  compare  two clips of 1,000 frames, from 2D poses to their differences
  live     each frame of a person who moves now, against the network's whole window
  pooling  rank pooling of 1,258 clips, against scikit-learn's LinearSVR

The candidates of a row take turns after a warm-up. Figures are medians over the turns,
with minimum and maximum. Times depend on the machine and its load, ratios much less:
above 1, mmposenorm is faster.
"""

import mmposenorm.stopping  # noqa: F401

import os
import platform
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter

import torch
from measure_compare import measure_compare
from measure_data import measure_data
from measure_dtw import measure_dtw
from measure_embedder import measure_embedding, measure_mining
from measure_fk import measure_fk
from measure_import import measure_import
from measure_live import measure_live
from measure_pooling import measure_pooling
from measure_step import measure_step
from threadpoolctl import threadpool_limits

ROWS = {
    'import': measure_import,
    'data': measure_data,
    'fk': measure_fk,
    'step': measure_step,
    'mining': measure_mining,
    'embed': measure_embedding,
    'dtw': measure_dtw,
    'compare': measure_compare,
    'live': measure_live,
    'pooling': measure_pooling,
}


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/benchmark --rows data,fk --threads 1',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--rows', default=','.join(ROWS), help='comma-separated rows (default: all)'
    )
    parser.add_argument('--threads', type=int, help='number of CPU threads')
    args = parser.parse_args()
    args.rows = args.rows.split(',')
    if unknown := sorted(set(args.rows) - set(ROWS)):
        parser.error(f'--rows has {unknown}; expected names from {",".join(ROWS)}')
    return args


def main() -> None:
    """Measure and print the selected rows."""
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    with threadpool_limits(args.threads):
        gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else 'no GPU'
        print(
            f'machine: {platform.machine()}, {len(os.sched_getaffinity(0))} cores with '
            f'a load of {os.getloadavg()[0]:.1f}, {gpu}; Python '
            f'{platform.python_version()}, torch {torch.__version__}, '
            f'{torch.get_num_threads()} thread(s)'
        )
        for name in args.rows:
            for row in ROWS[name]():
                print(f'\n{row}', flush=True)


if __name__ == '__main__':
    main()
