import numpy as np
import pytest
from mmengine.config import Config

from mmposenorm.datasets.correspondence_pairs import CorrespondencePairs


@pytest.fixture
def rows(configs_dir, workplace):
    """A list of two rows: one that needs no checkpoint, one that has none."""
    file = workplace / 'rows.py'
    ceiling = {'name': 'ceiling', 'config': f'{configs_dir}/table2/ceiling.py'}
    ceiling |= {'checkpoint': None, 'paper': {'hit': 94.25, 'mse': 2.35}}
    missing = {'name': 'pose embedder', 'config': f'{configs_dir}/table3/fc.py'}
    latent = f'{configs_dir}/table2/semgcn_h36m_latent.py'
    by_file = {'name': 'by file', 'config': latent, 'checkpoint': None}
    by_file |= {'file': 'data/none.pth', 'source': 'its makers'}
    file.write_text(
        f"data = 'made-up motion'\nbudget = 'nothing'\n"
        f'table1 = []\ntable2 = [{ceiling}, {missing}, {by_file}]\n'
        f'table3 = [{missing}]\n'
    )
    return file


def table_lines(text):
    """Return the cells of each row of the tables in a text, by the row's name."""
    lines = [line for line in text.splitlines() if line.startswith('| ')]
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines]
    return {cells[0]: cells[1:] for cells in rows}


def test_rows_are_printed_beside_the_papers_figures(in_process, rows, workplace):
    file = 'data/cmu_h36m17/test.npz'
    clips = {'type': 'MocapClips', 'ann_file': file, 'test_mode': True}
    arrays = {}
    for pair in CorrespondencePairs(
        clips
    ).pairs:  # the number of the frame itself as its feature
        arrays[f'{pair.pair_id}/source'] = pair.source_ids[:, None].astype(float)
        arrays[f'{pair.pair_id}/target'] = pair.target_ids[:, None].astype(float)
    np.savez(workplace / 'clock.npz', **arrays)
    in_process(
        'tables/reproduce_tables.py', '--rows', rows, '--tables', 2, 3,
        '--features', 'clock=clock.npz', '--out', 'out/tables.md',
    )  # fmt: skip
    text = (workplace / 'out' / 'tables.md').read_text()
    assert 'Data: made-up motion.' in text
    assert '3 pairs of views yaw-22.5 and yaw+22.5' in text
    assert 'the models see the dropped sequence' in text
    lines = table_lines(text)
    columns = lines.pop('')
    ceiling = dict(zip(columns, lines['ceiling'], strict=True))
    assert ceiling['hit@5, paper'] == '94.25'
    assert float(ceiling['hit@10']) > 95
    assert float(dict(zip(columns, lines['clock'], strict=True))['hit@5']) == 100
    assert dict(zip(columns, lines['by file'], strict=True))['hit@1'] == (
        'data/none.pth is missing: its makers'
    )
    assert 'work_dirs/fc/iter_1954.pth is missing: `python tools/train.py ' in text
    assert dict(zip(columns, lines['pose embedder'], strict=True))['hit@1'].startswith(
        'work_dirs'
    )


def test_features_of_other_pairs_make_no_row(in_process, rows, workplace):
    np.savez(workplace / 'other.npz', **{'09_09/source': np.zeros((3, 2))})
    for file, words in (
        ('other.npz', "has no array '02_01/source'"),
        ('none.npz', r'none\.npz not found'),
    ):
        with pytest.raises(SystemExit, match=words):
            in_process(
                'tables/reproduce_tables.py', '--rows', rows, '--tables', 2,
                '--features', f'SMPL={file}', '--out', 'out.md',
            )  # fmt: skip
    assert not (workplace / 'out.md').exists()
    assert not (workplace / 'work_dirs').exists()  # said before any row was evaluated


def test_every_listed_row_has_its_config(repository, configs_dir):
    rows = Config.fromfile(repository / 'tools' / 'tables' / 'rows_cmu.py')
    for row in [*rows.table1, *rows.table2, *rows.table3]:
        assert (configs_dir / row['config']).is_file()
        assert (configs_dir / row.get('trained_by', row['config'])).is_file()
