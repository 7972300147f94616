"""Train the model of a config."""

import mmposenorm.stopping  # noqa: F401

from mmengine.dist import barrier

from mmposenorm.engine.runtime import (
    argument_parser,
    build_runner,
    load_config,
    one_sentence_errors,
)


def main() -> None:
    """Train as the command line says."""
    parser = argument_parser(
        __doc__,
        'python tools/train.py configs/posenorm_cmu_small.py '
        '--cfg-options randomness.seed=1',
    )
    parser.add_argument(
        '--resume',
        action='store_true',
        help='resume from the last checkpoint in the work folder',
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='train in mixed precision: float16 on GPUs, bfloat16 on CPUs',
    )
    args = parser.parse_args()
    with one_sentence_errors():
        config = load_config(args)
        if args.resume:
            config.resume = True
        if args.amp:
            config.optim_wrapper.type = 'AmpOptimWrapper'
        runner = build_runner(config, 'train', 'val')
        runner.train()
    barrier()  # nobody leaves while another process still saves


if __name__ == '__main__':
    main()
