"""Turn a training checkpoint into a file that inference needs nothing else for.

The file holds the weights (their average, where the run kept one) and the model's
config; PoseNormInferencer(checkpoint=FILE) and demo/align_videos.py --checkpoint FILE
take it. An embedder that was trained without its normalizer is joined with one.
"""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from mmposenorm.checkpoints import (
    read_model_config,
    read_training_weights,
    save_weights,
)
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.runtime import one_sentence_errors
from mmposenorm.whole_files import whole_or_nothing

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
        default=(),
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
    with one_sentence_errors():
        refuse_to_overwrite(args.out, args.config, args.checkpoint, *args.normalizer)
        model_config = read_model_config(args.config)
        state_dict = read_training_weights(args.checkpoint)
        if args.normalizer:
            model_config, state_dict = join(model_config, state_dict, *args.normalizer)
        given = ' + '.join((args.checkpoint, *args.normalizer[1:]))
        with whole_or_nothing(args.out) as partial:
            save_weights(partial, model_config, state_dict, args.half)
            check_inference(partial, given)
    size = args.out.stat().st_size / 1e6
    print(f'Wrote {args.out} ({size:.1f} MB).')


def refuse_to_overwrite(out: Path, *given: str) -> None:
    """Refuse to write over one of the files that are given."""
    for file in map(Path, given):
        if out.exists() and file.exists() and out.samefile(file):
            raise ValueError(
                f'{out} would be written over {file}, which it is made from. Give '
                'another file to write.'
            )


def check_inference(exported: Path, checkpoint: str) -> None:
    """Refuse what inference cannot use, by the name of what it is made from."""
    try:
        PoseNormInferencer(checkpoint=exported, device='cpu')
    except ValueError as error:
        words = str(error).replace(str(exported), checkpoint)
        if checkpoint not in words:
            words = f'{checkpoint} cannot be exported: {words}'
        raise ValueError(words) from error


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
