import numpy as np
import pytest

from mmposenorm.alignment.spotting import find_occurrences
from mmposenorm.library.spans import find_spans


def test_a_copy_is_found_at_its_place():
    rng = np.random.default_rng(0)
    query = rng.normal(size=(5, 3))
    stretches = [rng.normal(size=(9, 3)), rng.normal(size=(20, 3))]
    stretches[1][7:12] = query
    span = find_spans(query, stretches)[0]
    assert span[:3] == (1, 7, 11)
    assert span.distance == pytest.approx(0, abs=1e-9)


def test_a_slowed_copy_costs_nothing():
    query = np.arange(4.0)[:, None]
    stretch = np.repeat([9, 0, 1, 2, 3, 9], [2, 2, 2, 2, 2, 2])[:, None] * 1.0
    span = find_spans(query, [stretch])[0]
    assert span.distance == 0
    assert span.first in (2, 3)
    assert span.last in (8, 9)


@pytest.mark.parametrize('seed', range(5))
def test_places_are_those_of_growing_paths(seed):
    rng = np.random.default_rng(seed)
    query = rng.normal(size=(4, 2))
    stretches = [rng.normal(size=(length, 2)) for length in (5, 40, 12)]
    spans = find_spans(query, stretches)
    for number, stretch in enumerate(stretches):
        expected = find_occurrences(query, stretch)
        found = [span for span in spans if span.stretch == number]
        assert [(span.first, span.last) for span in found] == [o[:2] for o in expected]
        np.testing.assert_allclose(
            [span.distance for span in found], [o.distance for o in expected]
        )


def test_spans_of_one_stretch_do_not_overlap():
    rng = np.random.default_rng(0)
    spans = find_spans(rng.normal(size=(4, 2)), [rng.normal(size=(60, 2))])
    taken = np.zeros(60, int)
    for span in spans:
        taken[span.first : span.last + 1] += 1
    assert taken.max() == 1
    assert [span.distance for span in spans] == sorted(s.distance for s in spans)
