import numpy as np
import pytest

from mmposenorm.visualization.confusion import plot_confusion


@pytest.fixture
def axes():
    """Three of four squats and all bowls are recognized; nobody jumps."""
    counts = np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]])
    [axes] = plot_confusion(counts, ['squat', 'bowl', 'long_jump']).axes
    return axes


def test_shares_of_each_true_action_stand_in_its_row(axes):
    shown = {text.get_position(): text.get_text() for text in axes.texts}
    # (column, row); shares of 0 are left blank
    assert shown == {(0, 0): '75', (1, 0): '25', (1, 1): '100'}


def test_true_actions_are_rows_and_recognized_ones_columns(axes):
    names = ['squat', 'bowl', 'long jump']
    assert [label.get_text() for label in axes.get_xticklabels()] == names
    assert [label.get_text() for label in axes.get_yticklabels()] == names
    assert (axes.get_ylabel(), axes.get_xlabel()) == ('true', 'recognized')
    assert axes.yaxis_inverted()  # the first row is at the top
