"""Evaluate a checkpoint on the test data of a config."""

import mmposenorm.stopping  # noqa: F401

from mmengine.dist import barrier

from mmposenorm.engine.runtime import (
    add_trust_checkpoint,
    argument_parser,
    build_runner,
    load_config,
    one_sentence_errors,
)


def main() -> None:
    """Evaluate as the command line says."""
    parser = argument_parser(
        __doc__,
        'python tools/test.py configs/posenorm_cmu_small.py '
        'work_dirs/posenorm_cmu_small/iter_1953.pth --trust-checkpoint',
    )
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='a .pth file or URL; leave it out for a model without weights',
    )
    add_trust_checkpoint(parser)
    args = parser.parse_args()
    with one_sentence_errors():
        config = load_config(args)
        config.load_from = args.checkpoint
        runner = build_runner(config, 'test', trust=args.trust_checkpoint)
        runner.test()
    barrier()  # nobody leaves while another process still saves


if __name__ == '__main__':
    main()
