"""What the page shows."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from mmposenorm.comparison.clip_pictures import show_clip
from mmposenorm.report.content import _matches, report_content


@pytest.fixture(scope='module')
def content(comparison):
    clips = show_clip('A', comparison.clip_a), show_clip('B', comparison.clip_b)
    return report_content(comparison, clips, {'person_a': 'largest'})


def test_everything_is_plain_and_poses_are_in_millimetres(content, comparison):
    json.dumps(content, allow_nan=False)
    root, *_ = np.reshape(content['clips'][0]['poses'][0], (17, 3))
    assert root.tolist() == [0, 0, 0]
    thigh = np.diff(np.reshape(content['clips'][0]['poses'][100], (17, 3))[1:3], axis=0)
    metres = np.linalg.norm(
        np.diff(comparison.clip_a.normalized_poses[100, 1:3], axis=0)
    )
    assert np.linalg.norm(thigh) == pytest.approx(1000 * metres, abs=2)


def test_a_standing_pose_is_upright_with_its_left_at_the_viewers_right(content):
    x, y, _ = np.reshape(content['clips'][0]['poses'][0], (17, 3)).T
    assert y[10] > y[8] > y[0] > y[6]  # head, thorax, root, left foot
    assert x[11] > 0 > x[14]  # left and right shoulder


def test_settings_and_names_of_angles_are_told(content):
    assert content['settings']['person_a'] == 'largest'
    assert content['settings']['mode'] == 'dtw'
    assert 'left elbow flexion' in content['angles']['names']
    assert {'mmposenorm', 'python', 'torch'} <= set(content['versions'])


def test_a_frame_that_is_in_several_pairs_is_shown_with_the_closest():
    alignment = SimpleNamespace(
        path=np.array([(0, 1), (1, 1), (1, 2), (1, 3)]),
        path_distances=np.array([0.2, 0.4, 0.1, 0.3]),
    )
    assert _matches(alignment, 0, 3).tolist() == [1, 2, -1]
    assert _matches(alignment, 1, 5).tolist() == [-1, 0, 1, 1, -1]


def test_each_repetition_is_paired_with_the_model(content, comparison):
    whole, *repetitions = content['pairings']
    assert whole['matches'][0] == comparison.alignment.matches.tolist()
    assert len(repetitions) == 3
    first, last = comparison.repetitions[1].spans[2]
    matched = np.flatnonzero(np.array(repetitions[2]['matches'][1]) >= 0)
    assert (matched[0], matched[-1]) == (first, last)


def test_clips_that_are_not_alike_have_no_differences(unlike):
    clips = show_clip('A', unlike.clip_a), show_clip('B', unlike.clip_b)
    content = report_content(unlike, clips, {})
    assert content['score'] is None
    assert content['differences'] == []
    assert 'poses of one hardly occur in the other' in content['verdict']
