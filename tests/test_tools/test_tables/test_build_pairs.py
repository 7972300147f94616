import pytest

from mmposenorm.datasets.correspondence import load_pairs


@pytest.mark.usefixtures('workplace')
def test_pairs_are_written_for_other_programs(in_process, configs_dir, capsys):
    in_process(
        'tables/build_pairs.py', configs_dir / 'table2' / 'ceiling.py', 'pairs.npz'
    )
    pairs = load_pairs('pairs.npz')
    assert [pair.pair_id for pair in pairs] == ['02_01', '02_02', '02_03']
    assert 'Wrote 3 pairs' in capsys.readouterr().out
    for config, file, words in (
        ('nowhere.py', 'more.npz', 'Config nowhere'),
        (configs_dir / 'posenorm_cmu.py', 'more.npz', 'tests on MocapClips; expected'),
        (
            configs_dir / 'table2' / 'ceiling.py',
            'pairs.npz/x',
            'pairs.npz cannot be written to',
        ),
    ):
        with pytest.raises(SystemExit, match=words):
            in_process('tables/build_pairs.py', config, file)
