"""Evaluate a checkpoint on the test data of a config."""

from mmposenorm.engine.runtime import (
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
        'work_dirs/posenorm_cmu_small/iter_1953.pth',
    )
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='a .pth file or URL; leave it out for a model without weights',
    )
    args = parser.parse_args()
    with one_sentence_errors():
        config = load_config(args)
        config.load_from = args.checkpoint
        runner = build_runner(config, 'test')
    runner.test()


if __name__ == '__main__':
    main()
