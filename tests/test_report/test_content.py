"""What the page shows."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from known_results import result_of

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
    of_a, of_b = _matches(alignment, 0), _matches(alignment, 1)
    assert (of_a['first'], of_a['frames'].tolist()) == (0, [1, 2])
    assert (of_b['first'], of_b['frames'].tolist()) == (1, [0, 1, 1])


def test_a_frame_without_a_pair_between_others_has_no_match():
    alignment = SimpleNamespace(
        path=np.array([(5, 2), (7, 3)]), path_distances=np.array([0.2, 0.4])
    )
    found = _matches(alignment, 0)
    assert (found['first'], found['frames'].tolist()) == (5, [2, -1, 3])


def test_each_repetition_is_paired_with_the_model(content, comparison):
    whole, *repetitions = content['pairings']
    assert whole['matches'][0]['frames'] == comparison.alignment.matches.tolist()
    assert len(repetitions) == 3
    first, last = comparison.repetitions[1].spans[2]
    matches = repetitions[2]['matches'][1]
    assert matches['first'] == first
    assert len(matches['frames']) == last - first + 1


def test_of_long_clips_the_page_holds_every_nth_pose(content, comparison, monkeypatch):
    clips = show_clip('A', comparison.clip_a), show_clip('B', comparison.clip_b)
    assert content['step'] == 1
    assert content['notice'] is None
    monkeypatch.setattr('mmposenorm.report.content._MOST_POSES', 250)
    thinned = report_content(comparison, clips, {})
    assert thinned['step'] == 3  # 400 and 200 frames
    assert 'one every 3 frames' in thinned['notice']
    for whole, some in zip(content['clips'], thinned['clips'], strict=True):
        assert some['count'] == whole['count']
        assert some['poses'] == whole['poses'][::3]
        assert some['keypoints'] == whole['keypoints'][::3]
    angles = [np.array(part['angles']['degrees'][0]) for part in (content, thinned)]
    assert angles[1].tolist() == angles[0][:, ::3].tolist()
    for whole, some in zip(content['pairings'], thinned['pairings'], strict=True):
        assert some['matches'] == whole['matches']


def test_the_page_of_two_hours_stays_small(comparison):
    """Two clips of an hour at 30 frames a second, with a repetition every 4 seconds."""
    frames = np.arange(108_000)
    clips, results = [], []
    for clip in (comparison.clip_a, comparison.clip_b):
        some = frames % len(clip)
        results.append(
            result_of(clip.normalized_poses[some], clip.body_up[some], fps=30)
        )
        clips.append(show_clip('clip', results[-1]))
    curves = [
        replace(of_clip, degrees=np.take(of_clip.degrees, frames, 0, mode='wrap'))
        for of_clip in comparison.angles
    ]
    path = np.stack([frames, frames], axis=1)
    whole = replace(comparison.alignment, path=path, path_distances=np.zeros(len(path)))
    parts = [
        replace(whole, path=part, path_distances=np.zeros(len(part)))
        for part in np.array_split(path, 900)
    ]
    long = replace(
        comparison,
        clip_a=results[0],
        clip_b=results[1],
        angles=tuple(curves),
        alignment=whole,
        each_repetition=replace(comparison.each_repetition, alignments=tuple(parts)),
    )
    size = len(json.dumps(report_content(long, tuple(clips), {})))
    assert size < 15e6


def test_clips_that_are_not_alike_have_no_differences(unlike):
    clips = show_clip('A', unlike.clip_a), show_clip('B', unlike.clip_b)
    content = report_content(unlike, clips, {})
    assert content['score'] is None
    assert content['differences'] == []
    assert 'poses of one hardly occur in the other' in content['verdict']
