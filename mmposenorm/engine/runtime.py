"""Shared by the tools: from a command line and a config to a runner of MMEngine.

Mistakes of the user end in one sentence instead of a traceback.
"""

import atexit
import gc
import linecache
import re
import reprlib
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from inspect import signature
from pathlib import Path
from traceback import walk_tb
from typing import Any

import torch
from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.evaluator import Evaluator
from mmengine.runner import CheckpointLoader, Runner
from torch import Tensor

from mmposenorm.atomic_files import stop_on_sigterm
from mmposenorm.checkpoints import (
    load_weights,
    read_training_weights,
    trust_local_checkpoints,
)
from mmposenorm.engine.resuming import (
    find_checkpoint,
    write_checkpoints_atomically,
)
from mmposenorm.fields import Count, CountFromZero, Seed, check_field
from mmposenorm.registry import DATASETS, MODELS

# Fields of a config that a run reads: arguments of MMEngine's runner, and a few more.
_FIELDS = {
    *signature(Runner).parameters,
    *('activation_checkpointing', 'compile', 'efficient_conv_bn_eval'),
    *('find_unused_parameters', 'model_wrapper_cfg', 'sync_bn'),
}

_CLASS_NAME = re.compile(r'[^\W\d][\w.]*')

# Packages whose ``raise`` tells users what is wrong; ``__main__`` is a tool.
_REFUSING_PACKAGES = {'__main__', 'mmposenorm', 'mmengine', 'mmpose', 'mmcv', 'mmdet'}


def argument_parser(description: str, example: str) -> ArgumentParser:
    """Build a parser of the arguments that training and testing share.

    Args:
        description: What the tool does, for ``--help``.
        example: A valid command line, for ``--help``.
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
    add_cfg_options(parser, 'the config', 'train_dataloader.batch_size=8')
    return parser


def add_trust_checkpoint(parser: ArgumentParser) -> None:
    """Add ``--trust-checkpoint`` to a parser."""
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load checkpoints of training runs too, which can run code from the file: '
        'only for files that you or someone you trust wrote',
    )


class _CfgOptions(DictAction):
    """MMEngine's action, with an error instead of a traceback if there is no ``=``."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: list[str],
        option_string: str | None = None,
    ) -> None:
        for value in values:
            if '=' not in value:
                parser.error(f'{option_string} takes KEY=VALUE, but got {value!r}')
        try:
            super().__call__(parser, namespace, values, option_string)
        except (AssertionError, RecursionError, ValueError):  # of brackets
            parser.error(f'{option_string} cannot be read; expected KEY=VALUE')


def add_cfg_options(parser: ArgumentParser, changed: str, example: str) -> None:
    """Add ``--cfg-options`` to a parser.

    Args:
        parser: The parser.
        changed: What has the fields that they change, for ``--help``.
        example: A valid option, for ``--help``.
    """
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=_CfgOptions,
        default={},
        metavar='KEY=VALUE',
        help=f'fields of {changed} to change, e.g. {example}',
    )


@contextmanager
def one_sentence_errors() -> Iterator[None]:
    """End the program with one sentence if the user made a mistake.

    Mistakes are a missing file or optional package, a value that this package or one
    of OpenMMLab's refuses, and an unknown name or a missing argument in a config.
    Anything else, such as NumPy's ``ValueError`` about shapes, is a bug and keeps its
    traceback. If the program is told to terminate, it deletes its unfinished files.
    """
    stop_on_sigterm()
    try:
        yield
    except OSError as error:
        if error.strerror is None:
            sys.exit(_one_line(error))
        sys.exit(f'{error.filename}: {error.strerror}. Give another path.')
    except (ImportError, ValueError) as error:
        if not _is_refusal(error):
            raise
        sys.exit(_one_line(error))
    except TypeError as error:
        if not _is_wrong_argument(error):
            raise
        sys.exit(f'{_one_line(error)}. Check the config and --cfg-options.')
    except AssertionError as error:
        if 'does not exist' in str(error):  # raised by mmpose's data sets
            sys.exit(f'{_one_line(error)} Get it, or give another path.')
        if _origin(error)[0] != 'mmengine' or not str(error):
            raise
        sys.exit(f'{_one_line(error)}. Check the config and --cfg-options.')
    except KeyError as error:
        words = _words_of_missing(error)
        if words is None:
            raise
        sys.exit(words)


def _words_of_missing(error: KeyError) -> str | None:
    """Tell what a config names, or leaves out, in vain; None if it is a bug."""
    words = str(error.args[0])
    package, _, line = _origin(error)
    unknown = re.search(r'\S+ is not in the .+? registry', words)
    if unknown:
        return f'{unknown.group()}. Check `type` in the config and --cfg-options.'
    if package == 'mmposenorm' and f'inputs[{words!r}]' in line:
        return (
            f'A batch has no {words!r}, which the model or one of its transforms '
            'reads. Check `model.data_preprocessor.train_transforms` and '
            '`test_transforms` in the config and --cfg-options.'
        )
    if _is_refusal(error) and ' ' in words:  # a sentence, not the name of a key
        return f'{words.rstrip(".")}. Check the config and --cfg-options.'
    return None


def _is_refusal(error: ImportError | KeyError | ValueError) -> bool:
    """Whether a ``raise`` in a tool, in this package or in OpenMMLab's made the error.

    The traceback of another error ends in NumPy or PyTorch or, where their code is
    compiled, in a line of ours that calls them.
    """
    package, _, line = _origin(error)
    return package in _REFUSING_PACKAGES and line.startswith('raise')


def _is_wrong_argument(error: TypeError) -> bool:
    """Whether a config names an argument that does not exist, or lacks one.

    Or whether MMEngine refuses a value, or ``type`` names what is no class.
    """
    package, function, line = _origin(error)
    if package == 'mmengine' and line.startswith('raise'):
        return function != 'call_hook'  # which raises whatever error a hook ends with
    if re.search('not callable|must be callable|not a callable object', str(error)):
        return package in ('mmengine', 'inspect')
    if not re.search('unexpected keyword argument|required positional', str(error)):
        return False
    # MMEngine builds from configs; constructors of ours pass arguments on to its own.
    # Their names are checked by mmposenorm/fields.py.
    ours = package == 'mmposenorm' and function in ('__init__', '_check_names')
    return package == 'mmengine' or ours


def _origin(error: Exception) -> tuple[str, str, str]:
    """Return the package, the function and the line of code that raised an error."""
    *_, (frame, line_number) = walk_tb(error.__traceback__)
    package = frame.f_globals.get('__name__', '').partition('.')[0]
    line = linecache.getline(frame.f_code.co_filename, line_number)
    return package, frame.f_code.co_name, line.strip()


def _one_line(error: Exception) -> str:
    # Older MMEngines put the classes that they were building before the words.
    words = re.sub(r'^(class `\w+` in \S+: )+', '', str(error))
    return ' '.join(words.split())


def load_config(args: Namespace) -> Config:
    """Read the config and apply the options of the command line.

    Args:
        args: Arguments parsed by :func:`argument_parser`.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: See :func:`read_config`.
    """
    config = read_config(args.config, args.cfg_options)
    config.launcher = args.launcher
    if args.work_dir is not None:
        config.work_dir = str(args.work_dir)
    config.setdefault('work_dir', str(Path('work_dirs') / args.config.stem))
    return config


def read_config(file: Path, options: dict[str, Any]) -> Config:
    """Read a config and change fields of it.

    Args:
        file: The config, a Python file.
        options: New values by dotted field names.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If it is not valid Python, or if an option would change nothing.
            Names that only the config itself uses, e.g. ``data_root``, are replaced by
            their values while it is read, so changing them has no effect.
    """
    if not file.is_file():
        raise FileNotFoundError(
            f'Config {file} not found. Give the path of a config, such as '
            'configs/posenorm_cmu.py.'
        )
    try:
        config = Config.fromfile(file)
    except SyntaxError as error:
        raise ValueError(
            f'{file} cannot be read as a config: {error}. Correct it.'
        ) from error
    for option in options:
        field = option.partition('.')[0]
        if field not in _FIELDS:
            close = get_close_matches(field, _FIELDS, n=1, cutoff=0.7)
            raise ValueError(
                f'--cfg-options {option} has no effect, since nothing reads the field '
                f'{field!r}{f" (did you mean {close[0]}?)" if close else ""}. Name a '
                'field that is read, e.g. train_dataloader.dataset.ann_file.'
            )
    unchanged = config.to_dict()
    before = {option: _value_at(unchanged, option) for option in options}
    try:
        config.merge_from_dict(options)
    # E.g. an index beyond the end of a list, or a number in the place of a dict.
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f'{file} cannot take --cfg-options {options}: {error.args[0]}. Name fields '
            'as they are in the config.'
        ) from error
    for option, value in options.items():
        _check_option(option, before[option], value)
    return config


def _value_at(config: Any, field: str) -> Any:
    """Return the value of a dotted field, or None if there is no such field."""
    for name in field.split('.'):
        if isinstance(config, dict):
            config = config.get(name)
        elif isinstance(config, list | tuple) and name.isdecimal():
            config = config[int(name)] if int(name) < len(config) else None
        else:
            return None
    return config


def _check_option(option: str, before: Any, value: Any) -> None:
    """Refuse a value of another kind than the one that the config has."""
    is_number = isinstance(before, int | float) and not isinstance(before, bool)
    kinds: tuple[tuple[bool, str, Any], ...] = (
        (option.split('.')[-1] == 'type', 'the name of a class', str),
        (isinstance(before, dict), 'a dict', dict),
        (isinstance(before, list | tuple), 'a list or a dict', list | tuple | dict),
        (is_number, 'a number', int | float),
    )
    for is_of_kind, words, kind in kinds:
        fits = value is None or isinstance(value, kind)
        if kind is str:
            fits = isinstance(value, str) and bool(_CLASS_NAME.fullmatch(value))
        if is_of_kind and not fits:
            raise ValueError(
                f'--cfg-options {option} must be {words}, as in the config, but is '
                f'{reprlib.repr(value)}. Change it.'
            )
    lists = isinstance(before, list | tuple) and isinstance(value, list | tuple)
    if lists and len({type(item) for item in before}) == 1:
        for number, item in enumerate(value):
            _check_option(f'{option}.{number}', before[0], item)


def build_runner(config: Config, *loops: str, trust: bool = True) -> Runner:
    """Build the runner of a config, on GPUs or on the CPU.

    Args:
        config: A config of :func:`load_config`.
        loops: Loops to build at once, of ``train``, ``val`` and ``test``, so that
            missing data is noticed before a long computation starts.
        trust: Whether ``load_from`` of the config and the files in its work folder come
            from a source that you trust; see
            :func:`~mmposenorm.checkpoints.load_model`.

    Raises:
        FileNotFoundError: If the checkpoint or data that the config names is missing.
        ValueError: If the config has no model, the checkpoint or the data is invalid,
            or the weights do not fit the model.
    """
    if 'model' not in config:
        raise ValueError(
            f'{config.filename} has no `model`. Give the config of a training run.'
        )
    _check_fields(config)
    _seed_draws(config)
    resumes = 'train' in loops and config.get('resume', False)
    resumed = _resume(config) if resumes else None
    weights = None if resumed else _read_load_from(config.get('load_from'), trust)
    if get_device() == 'cpu':
        _mix_precision_on_cpu(config)
        if config.launcher != 'none':
            _join_cpu_processes(config)
    trust_local_checkpoints(trust)
    write_checkpoints_atomically()
    runner = Runner.from_cfg(config)
    if resumes:
        runner.logger.warning(
            f'Resuming from {resumed}.'
            if resumed
            else f'{config.work_dir} has no intact checkpoint: training begins anew.'
        )
    if 'train' in loops:
        _check_normalizer(runner)
    for loop in loops:
        getattr(runner, f'{loop}_loop')
    if 'train' in loops:
        _check_save_best(runner)
        runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    if weights is not None:
        # When the run begins, MMEngine itself only logs what does not fit. To start
        # from weights of a part of the model, give that part an ``init_cfg``.
        model = getattr(runner.model, 'module', runner.model)  # of several processes
        load_weights(model, weights, config.load_from)
    # A ModelWithoutWeights has one number; its module can't be imported from here.
    elif 'test' in loops and any(p.numel() > 1 for p in runner.model.parameters()):
        runner.logger.warning(
            'No checkpoint given: weights that the config does not load are random.'
        )
    return runner


def _resume(config: Config) -> str | None:
    """Let a run resume from the newest intact checkpoint, if there is one."""
    found = find_checkpoint(config.work_dir)
    config.resume = found is not None
    if found is None:
        return None
    config.load_from = str(found)
    return config.load_from


def _check_fields(config: Config) -> None:
    """Refuse what Python, NumPy or PyTorch would refuse with a traceback."""
    for name in ('default_scope', 'load_from', 'work_dir'):
        check_field(name, config.get(name), str | None)
    seed = config.get('randomness', {}).get('seed')
    check_field('randomness.seed', seed, Seed | None)
    fields = {'batch_size': Count, 'num_workers': CountFromZero}
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        dataloader = config.get(name) or {}
        for field in fields.keys() & dataloader.keys():
            check_field(f'{name}.{field}', dataloader[field], fields[field])


def _seed_draws(config: Config) -> None:
    """Use ``randomness.seed`` as the seed of all parts that have none of their own.

    MMEngine's seed determines the initial weights and the order of clips, but not the
    cameras, noise, parts of clips and triplets, which have their own generators.
    """
    seed = config.get('randomness', {}).get('seed')
    model = config.model
    data = (config.get('train_dataloader') or {}).get('dataset', {})
    for part, registry in (
        (model, MODELS),
        (model.get('data_preprocessor') or {}, MODELS),
        (data, DATASETS),
    ):
        name = str(part.get('type')).removeprefix('mmposenorm.')
        built = registry.get(f'mmposenorm.{name}')
        if seed is not None and built and 'seed' in signature(built).parameters:
            part.setdefault('seed', seed)


def _read_load_from(checkpoint: str | None, trust: bool) -> dict[str, Tensor] | None:
    if checkpoint is None:
        return None
    if '://' not in checkpoint:
        return read_training_weights(Path(checkpoint).expanduser(), trust)
    if not trust and not checkpoint.startswith('mmposenorm://'):
        raise ValueError(
            f'{checkpoint} is not on this computer, and loading it can run code from '
            'the file. If you trust where it comes from, add --trust-checkpoint.'
        )
    return CheckpointLoader.load_checkpoint(checkpoint, 'cpu')['state_dict']


def _check_normalizer(runner: Runner) -> None:
    """Refuse a wrong normalizer of an embedder before all clips are normalized."""
    model = getattr(runner.model, 'module', runner.model)  # of several processes
    # Only PoseEmbedder has it; importing the class here would load all models.
    if not hasattr(model, 'load_normalizer'):
        return
    model.load_normalizer()
    init_cfg = getattr(model.normalizer, 'init_cfg', None)
    dataset = (runner.cfg.get('train_dataloader') or {}).get('dataset', {})
    learned_from = (dataset.get('normalizer') or {}).get('checkpoint')
    if not isinstance(init_cfg, dict) or init_cfg.get('prefix') or not learned_from:
        return
    kept = init_cfg.get('checkpoint', learned_from)
    if Path(kept).expanduser().resolve() != Path(learned_from).resolve():
        raise ValueError(
            f'`model.normalizer.init_cfg.checkpoint` is {kept}, but '
            f'`train_dataloader.dataset.normalizer.checkpoint` is {learned_from}; '
            'expected the same file, since the pose embedder must encode poses of the '
            'normalizer that it learned from. Change one of them.'
        )


def _check_save_best(runner: Runner) -> None:
    """Refuse a figure that no metric can report, before the first validation.

    Before it, only what the names of a metric's figures begin with is known.
    """
    evaluator: Any = getattr(runner.val_loop, 'evaluator', None)
    if type(evaluator) is not Evaluator:  # others name the figures in their own way
        return
    prefixes = [metric.prefix for metric in evaluator.metrics]
    if not prefixes or not all(prefixes):
        return
    names = ' or '.join(f'{prefix}/...' for prefix in dict.fromkeys(prefixes))
    for hook in runner.hooks:
        for figure in getattr(hook, 'save_best', None) or ():
            if figure != 'auto' and figure.partition('/')[0] not in prefixes:
                raise ValueError(
                    f'`save_best` of {type(hook).__name__} is {figure!r}, but the '
                    f'figures of `val_evaluator` are named {names}. Give one of them.'
                )


def _mix_precision_on_cpu(config: Config) -> None:
    """Replace MMEngine's wrapper, which is for GPUs only, by ours for CPUs."""
    wrapper = config.get('optim_wrapper')
    if wrapper and wrapper.get('type') == 'AmpOptimWrapper':
        wrapper.type = 'CPUAmpOptimWrapper'
        for only_on_gpus in ('loss_scale', 'dtype', 'use_fsdp'):
            wrapper.pop(only_on_gpus, None)


def _join_cpu_processes(config: Config) -> None:
    """Join the processes and wrap the model, as MMEngine does only for GPUs."""
    if config.launcher != 'pytorch':
        sys.exit(
            f'--launcher {config.launcher} needs GPUs, but there are none. On CPUs use '
            'tools/dist_train.sh or tools/dist_test.sh.'
        )
    torch.distributed.init_process_group('gloo')
    atexit.register(_leave_processes)
    wrapper = config.get('model_wrapper_cfg') or {
        'type': 'MMDistributedDataParallel',
        'broadcast_buffers': False,
        'find_unused_parameters': config.get('find_unused_parameters', False),
    }
    config.model_wrapper_cfg = {**wrapper, 'device_ids': None}


def _leave_processes() -> None:
    """End the threads of gloo.

    They end with the last reference to the group, the wrapped model's among them. One
    that frees a tensor while Python ends would abort the process.
    """
    torch.distributed.destroy_process_group()
    gc.collect()
