"""Turn a training checkpoint into a file that inference needs nothing else for.

The file holds the weights (their average, where the run kept one) and the model's
config; PoseNormInferencer(checkpoint=FILE) and demo/align_videos.py --checkpoint FILE
take it. An embedder that was trained without its normalizer is joined with one.
"""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from mmposenorm.checkpoints import (
    read_model_config,
    read_training_weights,
    save_weights,
)
from mmposenorm.inference import PoseNormInferencer

EXAMPLES = """examples:
  python tools/export_weights.py configs/posenorm_cmu.py \\
      work_dirs/posenorm_cmu/iter_7812.pth posenorm.pth
  python tools/export_weights.py E_P.py E_P.pth posenorm.pth --normalizer E_Q.py E_Q.pth
"""


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config of the training run')
    parser.add_argument('checkpoint', help='a .pth file of it, which you trust')
    parser.add_argument('out', type=Path, help='the file to write, *.pth')
    parser.add_argument(
        '--normalizer',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='the normalizer that goes with an embedder, instead of its own if any',
    )
    parser.add_argument(
        '--half', action='store_true', help='matrices in half precision: half the size'
    )
    return parser.parse_args()


def main() -> None:
    """Export as the command line says."""
    args = parse_arguments()
    try:
        model_config = read_model_config(args.config)
        state_dict = read_training_weights(args.checkpoint)
        if args.normalizer:
            model_config, state_dict = join(model_config, state_dict, *args.normalizer)
        save_weights(args.out, model_config, state_dict, args.half)
        try:
            PoseNormInferencer(checkpoint=args.out, device='cpu')
        except ValueError:
            args.out.unlink()
            raise
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    size = args.out.stat().st_size / 1e6
    print(f'Wrote {args.out} ({size:.1f} MB).')


def join(
    embedder_config: dict, embedder_weights: dict, config: str, checkpoint: str
) -> tuple[dict, dict]:
    """Put a normalizer into an embedder.

    Args:
        embedder_config: Config of the embedder's model.
        embedder_weights: Its weights.
        config: Config file of the normalizer.
        checkpoint: Checkpoint of the normalizer.

    Returns:
        Config and weights of both as one model.
    """
    prefix = 'normalizer.'
    weights = {
        key: tensor
        for key, tensor in embedder_weights.items()
        if not key.startswith(prefix)
    }
    own = read_training_weights(checkpoint)
    weights |= {f'{prefix}{key}': tensor for key, tensor in own.items()}
    return embedder_config | {'normalizer': read_model_config(config)}, weights


if __name__ == '__main__':
    main()
