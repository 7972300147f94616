"""Tests of tools/mean_bone_lengths.py."""

import json
import runpy
import sys

import numpy as np
import pytest

from mmposenorm.skeletons import H36M_KEYPOINTS, H36M_PARENTS


@pytest.fixture
def run(repository, tmp_path, monkeypatch):
    """Return a function that runs the tool on an npz file of clips."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **clips):
        np.savez('clips.npz', **clips)
        command = ['clips.npz', '--source', 'two people', '--out', 'out/body.json']
        monkeypatch.setattr(sys, 'argv', ['mean_bone_lengths.py', *command, *arguments])
        script = repository / 'tools' / 'mean_bone_lengths.py'
        runpy.run_path(str(script), run_name='__main__')
        return json.loads((tmp_path / 'out' / 'body.json').read_text())

    return run


def person(length):
    """Two frames of a person whose bones all have one length, in one line."""
    pose = np.zeros((17, 3))
    for keypoint, parent in enumerate(H36M_PARENTS[1:], start=1):
        pose[keypoint] = pose[parent] + (0, length, 0)
    return np.stack([pose, pose])


def test_lengths_are_means_over_frames(run):
    document = run(a=person(0.1), b=np.concatenate([person(0.4), person(0.4)]))
    # (2 frames x 0.1 m + 4 frames x 0.4 m) / 6 frames = 0.3 m
    expected = dict.fromkeys(H36M_KEYPOINTS[1:], 0.3)
    expected[H36M_KEYPOINTS[0]] = 0
    assert document['bone_lengths'] == pytest.approx(expected)
    assert document['source'].startswith('two people: mean over 6 frames')


def test_annotations_of_human36m_are_read_too(run):
    poses = np.concatenate([person(0.2), np.ones((2, 17, 1))], axis=-1)  # (N, 17, 4)
    document = run(imgname=np.array(['a', 'b']), S=poses, part=np.zeros((2, 17, 3)))
    assert document['bone_lengths']['head'] == pytest.approx(0.2)


def test_what_is_no_motion_is_said_in_a_sentence(run, tmp_path):
    for clips, words in (
        ({}, 'contains no clips'),
        ({'a': person(0.1)[:, :16]}, r'has shape \(2, 16, 3\)'),
    ):
        with pytest.raises(SystemExit, match=words):
            run(**clips)
    assert not (tmp_path / 'out').exists()
