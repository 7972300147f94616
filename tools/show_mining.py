"""Draw how triplets are mined in a clip, as in Figure 4 of the paper.

For one anchor frame, the picture shows its distance to all other frames of the clip,
the candidate ranges of positives and negatives at the beginning and the end of the
curriculum, and triplets drawn from them. Writes CLIP_mining.png.
"""

import mmposenorm.stopping  # noqa: F401

import re
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmposenorm.atomic_files import atomic_path
from mmposenorm.engine.runtime import add_cfg_options, one_sentence_errors, read_config
from mmposenorm.models.triplet_mining import AdaptiveTripletMiner, primary_distances
from mmposenorm.registry import DATASETS
from mmposenorm.visualization.mining import MinedAnchor, plot_mining


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n'
        '  python tools/show_mining.py configs/embedder_cmu.py --closed-form '
        '--clip 01_01',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', type=Path, help='config of a pose embedder')
    parser.add_argument(
        '--closed-form',
        action='store_true',
        help='use true poses, normalized in closed form, instead of a normalizer',
    )
    parser.add_argument('--clip', help='clip_id (default: the longest clip)')
    parser.add_argument(
        '--anchor', type=int, help='anchor frame (default: the middle of the clip)'
    )
    parser.add_argument('--triplets', type=int, default=4, help='triplets to draw')
    parser.add_argument('--seed', type=int, default=0, help='random seed')
    parser.add_argument(
        '--out-dir', type=Path, default=Path('outputs'), help='folder for the picture'
    )
    add_cfg_options(parser, 'the config', 'train_dataloader.dataset.ann_file=mine.npz')
    args = parser.parse_args()
    if args.triplets < 1:
        parser.error(f'--triplets must be at least 1, but is {args.triplets}')
    return args


def main() -> None:
    """Draw as the command line says."""
    args = parse_arguments()
    with one_sentence_errors():
        config = read_config(args.config, args.cfg_options)
        args.out_dir.mkdir(parents=True, exist_ok=True)
        name, poses = find_clip(config, args.clip, args.closed_form)
    anchor = len(poses) // 2 if args.anchor is None else args.anchor
    if not 0 <= anchor < len(poses):
        sys.exit(
            f'--anchor is {anchor}, but the clip has frames 0 to {len(poses) - 1}.'
        )
    stages = [
        mine(poses, anchor, *stage, args.triplets, args.seed)
        for stage in read_stages(config)
    ]
    file = args.out_dir / (re.sub(r'[^\w.+-]+', '_', name) + '_mining.png')
    with atomic_path(file) as partial:
        plot_mining(poses.numpy(), stages).savefig(partial, dpi=100)
    print(f"Drew the mining around frame {anchor} of clip '{name}'. Wrote {file}.")


def find_clip(
    config: Config, clip_id: str | None, closed_form: bool
) -> tuple[str, torch.Tensor]:
    """Find a clip in the training data of a config.

    Args:
        config: Its ``train_dataloader.dataset`` is built.
        clip_id: The clip; the longest if None.
        closed_form: Whether to use true poses instead of a normalizer.

    Returns:
        Name and normalized poses of the first rendering, (T, 17, 3).
    """
    description = config.train_dataloader.dataset
    if description.type != 'NormalizedPoseClips':
        sys.exit(
            f'The config trains on {description.type}; expected NormalizedPoseClips, '
            'as in configs/embedder_cmu.py.'
        )
    if closed_form:
        description.update(normalizer=None, num_renderings=1)
    init_default_scope('mmposenorm')
    motions = DATASETS.build(description).motions
    if clip_id is None:
        clip_id = max(motions, key=lambda name: motions[name].shape[1])
    if clip_id not in motions:
        known = sorted(motions)
        listed = ', '.join(known[:20]) + (', ...' if len(known) > 20 else '')
        sys.exit(
            f"The training data has no clip '{clip_id}' of enough frames; it has "
            f'{len(known)}: {listed}.'
        )
    return clip_id, torch.from_numpy(motions[clip_id][0])


def read_stages(config: Config) -> list[tuple[str, tuple, tuple]]:
    """Read the thresholds that a config moves through.

    Args:
        config: With an adaptive miner, and a curriculum or none.

    Returns:
        Title, positive range and negative range of each stage.
    """
    miner = dict(config.model.miner)
    if miner.pop('type') != 'AdaptiveTripletMiner':
        sys.exit(f'{config.model.miner.type} has no thresholds to show.')
    hooks = [
        hook
        for hook in config.get('custom_hooks', [])
        if hook['type'] == 'MiningCurriculumHook'
    ]
    if not hooks:
        miner = AdaptiveTripletMiner(**miner)
        return [('no curriculum', miner.positive_range, miner.negative_range)]
    positives, negatives = hooks[0]['positive_ranges'], hooks[0]['negative_ranges']
    return [
        ('easy, at the beginning', positives[0], negatives[0]),
        ('semi-hard, at the end', positives[1], negatives[1]),
    ]


def mine(
    poses: torch.Tensor,
    anchor: int,
    title: str,
    positive_range: tuple[float, float],
    negative_range: tuple[float, float],
    num_triplets: int,
    seed: int,
) -> MinedAnchor:
    """Mine the triplets of one anchor.

    Args:
        poses: Normalized poses of a clip, (T, 17, 3).
        anchor: The anchor's frame.
        title: Name of the stage of the curriculum.
        positive_range: Thresholds (c_pl, c_pu).
        negative_range: Thresholds (c_nl, c_nu).
        num_triplets: Number of triplets.
        seed: Random seed.

    Returns:
        The anchor with its candidates and triplets.
    """
    miner = AdaptiveTripletMiner(positive_range, negative_range, num_triplets)
    distances = primary_distances(poses[None], miner.still_below)[0, anchor].numpy()
    if np.isnan(distances).all():
        sys.exit(
            f'The distances of frame {anchor} to the other frames differ by less than '
            f'{1000 * miner.still_below:g} mm, so there is nothing to mine. Choose '
            'another --anchor or --clip.'
        )
    triplets = miner(poses[None], torch.Generator().manual_seed(seed))
    drawn = triplets.valid & (triplets.anchor == anchor)
    if not drawn.any():
        sys.exit(
            f'Frame {anchor} has no candidates between the thresholds {positive_range} '
            f'and {negative_range}. Choose another --anchor.'
        )
    return MinedAnchor(
        title,
        anchor,
        distances,
        positive_range,
        negative_range,
        triplets.positive[drawn].tolist(),
        triplets.negative[drawn].tolist(),
    )


if __name__ == '__main__':
    main()
