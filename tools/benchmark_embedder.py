"""Measure what E_P costs: mining and loss in a training step, and encoding.

Everything is timed in one run on one machine, in turns, and printed as ratios of
medians; the times themselves depend on the machine.
"""

import time
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Callable
from statistics import median

import torch
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from mmposenorm.models.encoders import FullyConnectedEncoder
from mmposenorm.models.losses import TripletMarginLoss
from mmposenorm.models.triplet_mining import AdaptiveTripletMiner


def main() -> None:
    """Measure as the command line says."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter
    )
    parser.add_argument('--clips', type=int, default=32, help='clips of a batch')
    parser.add_argument('--frames', type=int, default=64, help='frames of a clip')
    parser.add_argument('--poses', type=int, default=100_000, help='poses to encode')
    parser.add_argument('--rounds', type=int, default=5, help='times each is measured')
    parser.add_argument(
        '--device', default='cuda' if torch.cuda.is_available() else 'cpu'
    )
    args = parser.parse_args()
    init_default_scope('mmposenorm')
    torch.manual_seed(0)
    encoder = FullyConnectedEncoder().to(args.device)
    millions = sum(p.numel() for p in encoder.parameters()) / 1e6
    print(
        f'FullyConnectedEncoder, {millions:.1f} M weights, {args.device}, '
        f'{torch.get_num_threads()} threads'
    )
    walk = torch.randn(args.clips, args.frames, 17, 3).cumsum(dim=1) / 50
    share = mining_share(encoder, walk.to(args.device), args.rounds)
    print(
        f'mining + loss: {share:.1%} of a training step of {args.clips} clips of '
        f'{args.frames} frames'
    )
    poses = torch.randn(1, args.poses, 17, 3, device=args.device)
    ratio = encoding_ratio(encoder, poses, args.rounds)
    print(
        f'features of {args.poses} poses: {ratio:.2f} times the time of a bare MLP of '
        'the same layers'
    )


def mining_share(encoder: nn.Module, poses: Tensor, rounds: int) -> float:
    """Measure the share of a training step that goes to mining and loss.

    Args:
        encoder: E_P's encoder.
        poses: A batch of normalized poses, (B, T, 17, 3).
        rounds: Number of steps.

    Returns:
        Share of the median step: mining, and the loss forward and backward down to the
        features.
    """
    miner, loss = AdaptiveTripletMiner(), TripletMarginLoss(margin=1.0)
    generator = torch.Generator(poses.device).manual_seed(0)
    optimizer = torch.optim.AdamW(encoder.parameters())
    encoder.train()
    parts, steps = [], []
    for _ in range(rounds + 1):
        start = now(poses)
        features = encoder(poses).flatten(0, 1)
        ends = features.detach().requires_grad_()
        mining = now(poses)
        loss(ends, miner(poses, generator)).backward()
        mined = now(poses)
        optimizer.zero_grad()
        features.backward(ends.grad)
        optimizer.step()
        steps.append(now(poses) - start)
        parts.append(mined - mining)
    return median(parts[1:]) / median(steps[1:])


def encoding_ratio(encoder: FullyConnectedEncoder, poses: Tensor, rounds: int) -> float:
    """Measure encoding against a plain chain of the same linear layers and ReLUs.

    Args:
        encoder: E_P's encoder.
        poses: Normalized poses, (1, N, 17, 3).
        rounds: Number of turns.

    Returns:
        Time of the encoder, as the model calls it, over that of the chain.
    """
    linear = [module for module in encoder.modules() if isinstance(module, nn.Linear)]
    chain = [part for layer in linear for part in (layer, nn.ReLU())][:-1]
    bare = nn.Sequential(*chain).to(poses.device)
    encoder.eval()
    with torch.inference_mode():
        flat = poses.flatten(2)[0]
        turns = [
            (seconds(lambda: encoder(poses), poses), seconds(lambda: bare(flat), poses))
            for _ in range(rounds + 1)
        ]
    ours, theirs = zip(*turns[1:], strict=True)
    return median(ours) / median(theirs)


def seconds(run: Callable[[], object], tensor: Tensor) -> float:
    """Time a call on the device of a tensor."""
    start = now(tensor)
    run()
    return now(tensor) - start


def now(tensor: Tensor) -> float:
    """Read the clock when the device of a tensor has done what it was given."""
    if tensor.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter()


if __name__ == '__main__':
    main()
