"""What the tools share: from a command line and a config to an MMEngine runner.

What stops a run before it has begun ends in a sentence, not in a traceback.
"""

import re
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.runner import CheckpointLoader, Runner


def argument_parser(description: str, example: str) -> ArgumentParser:
    """Return a parser of the arguments that training and testing have in common.

    Args:
        description: What the tool does, for ``--help``.
        example: A command line that works, for ``--help``.
    """
    parser = ArgumentParser(
        description=description,
        epilog=f'example:\n  {example}',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', type=Path, help='the config, a Python file')
    parser.add_argument(
        '--work-dir',
        type=Path,
        help='where logs and checkpoints go; work_dirs/NAME_OF_THE_CONFIG if not given',
    )
    parser.add_argument(
        '--launcher',
        choices=('none', 'pytorch', 'slurm'),
        default='none',
        help='what started the processes; tools/dist_*.sh and slurm_*.sh set it',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='fields of the config to change, e.g. train_dataloader.batch_size=8',
    )
    return parser


@contextmanager
def one_sentence_errors() -> Iterator[None]:
    """End the program with the sentence of a ``FileNotFoundError``, if one is raised.

    MMEngine puts the classes that it was building before the sentence; they go.
    """
    try:
        yield
    except FileNotFoundError as error:
        sys.exit(re.sub(r'^(class `\w+` in \S+: )+', '', str(error)))


def load_config(args: Namespace) -> Config:
    """Read the config and change in it what the command line says.

    Args:
        args: What :func:`argument_parser` parsed.

    Raises:
        FileNotFoundError: If there is no such config.
    """
    if not args.config.is_file():
        raise FileNotFoundError(
            f'Config {args.config} not found. Give the path of a config, such as '
            'configs/posenorm_cmu.py.'
        )
    config = Config.fromfile(args.config)
    config.merge_from_dict(args.cfg_options)
    config.launcher = args.launcher
    if args.work_dir is not None:
        config.work_dir = str(args.work_dir)
    config.setdefault('work_dir', str(Path('work_dirs') / args.config.stem))
    return config


def build_runner(config: Config, *loops: str) -> Runner:
    """Build the runner of a config on whatever devices there are.

    Args:
        config: A config of :func:`load_config`. Its ``load_from`` and its work folder
            name files that the user trusts: see :func:`trust_local_checkpoints`.
        loops: Those of ``train``, ``val`` and ``test`` to build at once, so that
            missing data is noticed before anything long begins.

    Raises:
        FileNotFoundError: If the checkpoint or data that the config names is missing.
    """
    _check_load_from(config)
    if get_device() == 'cpu':
        _mix_precision_on_cpu(config)
        if config.launcher != 'none':
            _join_cpu_processes(config)
    trust_local_checkpoints()
    runner = Runner.from_cfg(config)
    for loop in loops:
        getattr(runner, f'{loop}_loop')
    return runner


def trust_local_checkpoints() -> None:
    """Let MMEngine load whole checkpoints from local files, not just weights.

    Its checkpoints hold the history of the losses too, which resuming needs and which
    ``torch.load`` refuses by default from torch 2.6 on. Loading them can run code that
    the file brings along: call this only for files that the user named.
    """

    def load_from_local(filename: str, map_location: Any = None) -> dict:
        path = Path(filename).expanduser()
        return torch.load(path, map_location=map_location, weights_only=False)

    CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


def _check_load_from(config: Config) -> None:
    checkpoint = config.get('load_from')
    is_address = checkpoint is not None and '://' in checkpoint
    if checkpoint is None or is_address or Path(checkpoint).expanduser().is_file():
        return
    raise FileNotFoundError(
        f'Checkpoint {checkpoint} not found. Give a .pth file that '
        'tools/train.py wrote into its work folder.'
    )


def _mix_precision_on_cpu(config: Config) -> None:
    """Put our wrapper, for CPUs, in the place of MMEngine's, which takes GPUs only."""
    wrapper = config.get('optim_wrapper') or {}
    if wrapper.get('type') == 'AmpOptimWrapper':
        wrapper.type = 'CPUAmpOptimWrapper'
        for only_on_gpus in ('loss_scale', 'dtype', 'use_fsdp'):
            wrapper.pop(only_on_gpus, None)


def _join_cpu_processes(config: Config) -> None:
    """Do what MMEngine does for GPUs only: join the processes and wrap the model."""
    if config.launcher != 'pytorch':
        sys.exit(
            f'--launcher {config.launcher} needs GPUs, and there is none. On CPUs use '
            'tools/dist_train.sh or tools/dist_test.sh.'
        )
    torch.distributed.init_process_group('gloo')
    wrapper = config.get('model_wrapper_cfg') or {
        'type': 'MMDistributedDataParallel',
        'broadcast_buffers': False,
        'find_unused_parameters': config.get('find_unused_parameters', False),
    }
    config.model_wrapper_cfg = {**wrapper, 'device_ids': None}
