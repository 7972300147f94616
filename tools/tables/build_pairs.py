"""Write the pairs of a config's dense correspondence task to an npz file.

The file tells other programs which frames to compute features for: ``PAIR/source_ids``
and ``PAIR/target_ids`` are the retained frames of the clip PAIR, seen from
``PAIR/source_view`` and ``PAIR/target_view``. The data set CorrespondencePairs reads it
as ``pairs_file``.
"""

import mmposenorm.stopping  # noqa: F401

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from mmengine.registry import init_default_scope

from mmposenorm.datasets.correspondence import save_pairs
from mmposenorm.engine.runtime import add_cfg_options, one_sentence_errors, read_config
from mmposenorm.registry import DATASETS


def main() -> None:
    """Write the pairs as the command line says."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n'
        '  python tools/tables/build_pairs.py configs/table2/ceiling.py pairs.npz',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', type=Path, help='a config that tests on the pairs')
    parser.add_argument('file', type=Path, help='the npz file to write')
    add_cfg_options(parser, 'the config', 'test_dataloader.dataset.seed=1')
    args = parser.parse_args()
    with one_sentence_errors():
        config = read_config(args.config, args.cfg_options)
        init_default_scope('mmposenorm')
        dataset = config.test_dataloader.dataset
        if dataset.type != 'CorrespondencePairs':
            raise ValueError(
                f'{args.config} tests on {dataset.type}; expected CorrespondencePairs, '
                'as in configs/table2/ceiling.py.'
            )
        pairs = DATASETS.build(dataset).pairs
        save_pairs(pairs, args.file)
    frames = sum(len(pair.target_ids) for pair in pairs)
    print(f'Wrote {len(pairs)} pairs with {frames} target frames to {args.file}.')


if __name__ == '__main__':
    main()
