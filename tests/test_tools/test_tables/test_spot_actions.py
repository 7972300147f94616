"""That tools/tables/spot_actions.py puts examples and films together as it says."""

import numpy as np
import pytest
from tiny_weights import NORMALIZER, tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.datasets.action_clips import ActionClip

RETRIEVAL = {
    'type': 'RetrievalEmbedder',
    'encoder': {'type': 'TemporalConvEncoder', 'channels': 24, 'dilations': [1, 2]},
    'loss': {'type': 'RetrievalLoss'},
    'normalizer': NORMALIZER,
    'feature_size': 8,
}


@pytest.fixture
def spotting(tool):
    return tool('spot_actions')


def clip(number, action, frames=40):
    rng = np.random.default_rng(number)
    body = rng.uniform(100, 300, (17, 2))
    steps = rng.normal(0, 4, (frames, 17, 2)).cumsum(axis=0)
    keypoints = (body + steps).astype(np.float32)
    return ActionClip(str(number), action, keypoints, np.ones((frames, 17)), 30.0)


def test_no_clip_is_both_example_and_film(spotting):
    clips = [clip(number, 'ab'[number % 2]) for number in range(9)]
    unseen = ActionClip('x', 'a', np.zeros((4, 17, 2)), np.zeros((4, 17)), 30.0)
    examples, tests = spotting.halves([*clips, unseen])
    assert [one.clip_id for one in examples] == ['0', '2', '1', '3']
    assert [one.clip_id for one in tests] == ['4', '6', '8', '5', '7']


def test_so_many_clips_of_each_action_are_drawn(spotting):
    clips = [clip(number, 'ab'[number % 2]) for number in range(9)]
    drawn = spotting.draw(clips, 3, np.random.default_rng(0))
    assert sorted(one.action for one in drawn) == ['a', 'a', 'a', 'b', 'b', 'b']
    assert len({one.clip_id for one in drawn}) == 6


def test_copies_of_the_examples_are_found_where_the_film_shows_them(spotting, tmp_path):
    weights = tiny_weights(tmp_path / 'tiny.pth', RETRIEVAL)
    inferencer = PoseNormInferencer(checkpoint=weights, device='cpu')
    clips = [clip(number, f'action {number}') for number in range(12)]
    films = spotting.measure(inferencer, clips, clips, 'copies')
    assert [len(film.true.spans) for film in films] == [10, 2]
    for film in films:
        firsts, lasts = film.true.spans.T
        np.testing.assert_array_equal(firsts[1:], lasts[:-1] + 1)
    precision = spotting.spotting_precision(films)
    assert spotting.summarize_spotting(precision)['mAP@0.5'] == pytest.approx(100)
