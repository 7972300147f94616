"""Export a training checkpoint to one file for inference.

The file contains the weights (their moving average if the run kept one) and the config
of the model. Use it by PoseNormInferencer(checkpoint=FILE) or demo/align_videos.py
--checkpoint FILE. A pose embedder that was trained without a pose normalizer must be
joined with one (--normalizer).
"""

import mmposenorm.stopping  # noqa: F401

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmposenorm.atomic_files import atomic_path
from mmposenorm.checkpoints import (
    read_model_config,
    read_trained_config,
    read_training_weights,
    save_weights,
)
from mmposenorm.engine.runtime import add_trust_checkpoint, one_sentence_errors
from mmposenorm.inference import PoseNormInferencer

EXAMPLES = """examples:
  python tools/export_weights.py configs/posenorm_cmu.py \\
      work_dirs/posenorm_cmu/iter_7812.pth posenorm.pth --trust-checkpoint
  python tools/export_weights.py embedder.py embedder.pth posenorm.pth \\
      --normalizer normalizer.py normalizer.pth --trust-checkpoint
"""
# Fields of a model's config that inference does not read.
TRAINING_ONLY = ('losses', 'loss', 'miner')


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config of the training run')
    parser.add_argument('checkpoint', help='its checkpoint (*.pth)')
    parser.add_argument('out', type=Path, help='file to write (*.pth)')
    parser.add_argument(
        '--normalizer',
        nargs=2,
        default=(),
        metavar=('CONFIG', 'CHECKPOINT'),
        help='pose normalizer for a pose embedder, in place of its own if any',
    )
    parser.add_argument(
        '--half',
        action='store_true',
        help='store matrices in half precision (half the size)',
    )
    add_trust_checkpoint(parser)
    return parser.parse_args()


def main() -> None:
    """Export as the command line says."""
    args = parse_arguments()
    with one_sentence_errors():
        refuse_to_overwrite(args.out, args.config, args.checkpoint, *args.normalizer)
        model_config = read_model_config(args.config)
        trust = args.trust_checkpoint
        state_dict = read_training_weights(args.checkpoint, trust)
        if args.normalizer:
            config, checkpoint = args.normalizer
            model_config = model_config | {'normalizer': read_model_config(config)}
            normalizer = read_training_weights(checkpoint, trust)
            state_dict = with_normalizer(state_dict, normalizer)
        given = ' + '.join((args.checkpoint, *args.normalizer[1:]))
        with atomic_path(args.out) as partial:
            save_weights(partial, model_config, state_dict, args.half)
            check_inference(partial, given)
        tell_differences(args.config, args.checkpoint, trust, bool(args.normalizer))
        if args.normalizer:
            tell_differences(*args.normalizer, trust)
    size = args.out.stat().st_size / 1e6
    print(f'Wrote {args.out} ({size:.1f} MB).')


def refuse_to_overwrite(out: Path, *given: str) -> None:
    """Raise an error if the file to write is one of the input files."""
    for file in map(Path, given):
        if out.exists() and file.exists() and out.samefile(file):
            raise ValueError(
                f'{out} would overwrite the input {file}. Give another file to write.'
            )


def tell_differences(
    config: str, checkpoint: str, trust: bool, other_normalizer: bool = False
) -> None:
    """Warn where the exported config differs from the config of the training run.

    Args:
        config: Config file with which the model is exported.
        checkpoint: Checkpoint of the model, which contains the config of its run.
        trust: Whether it is trusted; if not, the config of a run is not read.
        other_normalizer: Whether its normalizer is replaced, so that it is ignored.
    """
    left_out = (*TRAINING_ONLY, 'normalizer') if other_normalizer else TRAINING_ONLY
    trained = read_trained_config(checkpoint, trust)
    if trained is None:
        return
    trained = dict(fields('model', trained, left_out))
    exported = dict(fields('model', read_model_config(config), left_out))
    differences = [
        f'{name} was {trained.get(name, "the default")} and becomes '
        f'{exported.get(name, "the default")}'
        for name in sorted(trained.keys() | exported.keys())
        if trained.get(name, ...) != exported.get(name, ...)
    ]
    if differences:
        print(
            f'{config} is not what {checkpoint} was trained with: '
            f'{"; ".join(differences)}. To keep the trained model, give the config '
            'in its work folder.',
            file=sys.stderr,
        )


def fields(
    name: str, value: Any, left_out: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    """Yield the values of a config by dotted names, as in ``--cfg-options``."""
    if not isinstance(value, dict):
        yield name, value
        return
    for key, part in value.items():
        if key not in left_out:
            yield from fields(f'{name}.{key}', part, left_out)


def check_inference(exported: Path, checkpoint: str) -> None:
    """Raise an error that names the checkpoint if inference cannot use the file."""
    try:
        PoseNormInferencer(checkpoint=exported, device='cpu')
    except ValueError as error:
        words = str(error).replace(str(exported), checkpoint)
        if checkpoint not in words:
            words = f'{checkpoint} cannot be exported: {words}'
        raise ValueError(words) from error


def with_normalizer(embedder: dict, normalizer: dict) -> dict:
    """Put the weights of a normalizer in place of those that an embedder may have."""
    prefix = 'normalizer.'
    own = {k: weight for k, weight in embedder.items() if not k.startswith(prefix)}
    return own | {f'{prefix}{k}': weight for k, weight in normalizer.items()}


if __name__ == '__main__':
    main()
