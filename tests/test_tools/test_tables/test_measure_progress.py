"""tools/tables/measure_progress.py on made-up clips and small random models."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import kendalltau
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm.datasets.penn_action import PennAction
from mmposenorm.datasets.synthetic import write_synthetic_penn_action
from mmposenorm.transforms.gaps import fill_gaps

ACTIONS = ('squat', 'bowl', 'jump_rope')


@pytest.fixture
def rows(tool, tmp_path):
    """Return the rows of the table by their names, and the data set they are of."""
    folder = tmp_path / 'penn_action'
    write_synthetic_penn_action(folder, 4, num_frames=16, actions=ACTIONS)
    weights = tiny_weights(tmp_path / 'tiny.pth', EMBEDDER)
    options = ['--penn-action', str(folder), '--checkpoint', str(weights)]
    out = tmp_path / 'progress.md'
    tool('measure_progress').main([*options, '--split', 'test', '--out', str(out)])
    tables = []
    for text in out.read_text().split('### ')[1:]:
        cells = [line.split('|')[1:-1] for line in text.splitlines() if '|' in line]
        cells = [[cell.strip() for cell in line] for line in cells]
        tables.append({name: rest for name, *rest in cells})
    return tables, PennAction(folder, 'test')


def plain_tau(dataset, action):
    """Compute the tau of plain 2D between the two clips of an action by SciPy."""
    clips = []
    for clip in dataset.clips:
        if clip.action == action:
            filled = fill_gaps(clip.keypoints, clip.keypoints_visible)
            centred = filled - filled[:, :1]
            sizes = np.sqrt(np.square(centred).sum(-1).mean(-1))
            median = np.sort(sizes)[(len(sizes) - 1) // 2]
            clips.append((centred / median).reshape(len(filled), -1)[::2])
    taus = []
    for a, b in (clips, clips[::-1]):
        nearest = cdist(a, b).argmin(axis=1)
        taus.append(kendalltau(np.arange(len(nearest)), nearest).statistic)
    return np.mean(taus)


def test_rows_have_a_tau_for_each_action_and_their_mean(rows):
    tables, dataset = rows
    columns = ['trained on Penn Action', 'mean', 'bowl', 'squat', 'unlike']
    names = {'plain 2D coordinates', 'normalized poses', 'pose features'}
    assert len(tables) == 3
    for table in tables:
        assert table[''] == columns
        assert names < set(table)
        for name in set(table) - {'', '---'}:
            trained, *taus = table[name]
            assert trained == 'never'
            mean, bowl, squat, _ = map(float, taus)
            assert mean == pytest.approx((bowl + squat) / 2, abs=0.002)
    assert len({table['plain 2D coordinates'][1] for table in tables}) == 3
    for column, action in ((2, 'bowl'), (3, 'squat')):
        found = float(tables[0]['plain 2D coordinates'][column])
        assert found == pytest.approx(plain_tau(dataset, action), abs=0.001)
