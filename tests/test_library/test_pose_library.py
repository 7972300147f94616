import numpy as np
import pytest
from tiny_weights import tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.keypoints import People, save_people
from mmposenorm.keypoints.people import frame_people, no_people
from mmposenorm.library import PoseLibrary, moment_index

H36M = {'layout': 'h36m', 'fps': 50.0}


@pytest.fixture
def clips(library, walk):
    """Give the keypoints of five people, who are in the library."""
    clips = {f'walk {number}': walk(number) for number in range(5)}
    for name, keypoints in clips.items():
        library.add(keypoints, name, **H36M)
    return clips


def people_file(path, keypoints, fps=50.0):
    """Write keypoints of several people, (T, P, 17, 2), to a file."""
    scores = np.ones(keypoints.shape[1:3])
    frames = [frame_people(frame, scores) for frame in keypoints]
    save_people(path, People(frames, 'h36m', 'made up', fps=fps))
    return path


def brute_force(library, features):
    """Sort all moments of a library by distance: (distance, source, frame)."""
    found = [
        (np.linalg.norm(row.astype(float) - features), entry.source, int(frame))
        for entry in library.entries()
        for row, frame in zip(entry.features, entry.frames, strict=True)
    ]
    return sorted(found)


def test_a_pose_is_found_where_it_is(library, clips):
    [place] = library.search(clips['walk 3'], at=0.4, top=1, **H36M)
    assert (place.source, place.person, place.first_frame) == ('walk 3', 1, 20)
    assert place.start == place.end == pytest.approx(0.4)
    assert place.distance < 0.01  # half precision


def test_the_nearest_poses_are_those_of_comparing_all(library, clips, inferencer):
    query, _, _ = inferencer.embed_moments(clips['walk 1'] + 3, **H36M)
    expected = brute_force(library, query[7])
    places = library.search(clips['walk 1'] + 3, at=7 / 25, top=3, **H36M)
    assert (places[0].source, places[0].first_frame) == expected[0][1:]
    assert places[0].distance == pytest.approx(expected[0][0], abs=1e-5)
    distances = [place.distance for place in places]
    assert distances == sorted(distances)


def test_poses_of_one_place_are_given_once(library, walk):
    library.add(walk(0, frames=400), 'long', **H36M)
    places = library.search(walk(0, frames=400), at=2, top=20, **H36M)
    times = sorted(place.start for place in places)
    assert len(times) > 3
    assert np.diff(times).min() >= 1


def test_a_movement_is_found_where_it_is(library, clips):
    place, *others = library.search(clips['walk 2'], 0.32, 0.88, top=4, **H36M)
    assert (place.source, place.first_frame, place.last_frame) == ('walk 2', 16, 44)
    assert (place.start, place.end) == pytest.approx((0.32, 0.88))
    assert place.distance < 0.01
    assert all(other.distance > place.distance for other in others)


def test_a_mirrored_movement_is_found_if_asked_for(library, walk):
    keypoints = walk(0)
    mirrored = keypoints.copy()[
        :, [0, 4, 5, 6, 1, 2, 3, *range(7, 11), 14, 15, 16, 11, 12, 13]
    ]
    mirrored[..., 0] *= -1
    library.add(mirrored, 'mirrored', **H36M)
    [plain] = library.search(keypoints, at=0.4, top=1, **H36M)
    for query in ({'at': 0.4}, {}):
        [place] = library.search(keypoints, **query, top=1, mirror=True, **H36M)
        assert place.mirrored
        assert place.distance < 0.01 < plain.distance


def test_saving_changes_no_result(library, clips, inferencer):
    before = library.search(clips['walk 0'], **H36M)
    library.save()
    assert library.search(clips['walk 0'], **H36M) == before
    opened = PoseLibrary.open(library.store.folder, inferencer)
    assert opened.search(clips['walk 0'], **H36M) == before
    assert not list(library.store.pending_folder.glob('*'))


def test_an_index_finds_what_comparing_all_finds(library, walk, monkeypatch):
    monkeypatch.setattr(moment_index, 'MOST_UNINDEXED', 100)
    for number in range(20):
        library.add(walk(number), f'walk {number}', **H36M)
    exact = library.search(walk(3), at=0.4, **H36M)
    library.save()
    assert library.store.manifest.indexed == 20 * 30
    assert library.search(walk(3), at=0.4, **H36M) == exact
    library.add(walk(30, 400), 'not in the index', **H36M)
    library.save()  # 200 more moments: they are added to the same cells
    assert library.store.manifest.indexed == 800
    [place] = library.search(walk(30, 400), at=1.2, top=1, **H36M)
    assert (place.source, place.first_frame) == ('not in the index', 60)


def test_every_person_of_a_file_is_an_entry(library, walk, tmp_path):
    people = np.stack([walk(0), walk(1) + np.array([5000, 0])], axis=1)
    path = people_file(tmp_path / 'two.npz', people)
    assert library.add(path) == 2
    assert [entry.person for entry in library.entries()] == [1, 2]
    assert {entry.source for entry in library.entries()} == {str(path)}


def test_a_changed_file_replaces_what_it_was(library, walk, tmp_path):
    path = people_file(tmp_path / 'one.npz', walk(0)[:, None])
    library.add(path)
    library.save()
    people_file(path, walk(1)[:40, None])
    library.add(path)
    [entry] = library.entries()
    assert len(entry) == 20
    places = library.search(walk(0), at=0.4, top=5, **H36M)
    assert {place.entry for place in places} == {1}


def test_a_file_with_nobody_is_remembered(library, tmp_path, walk):
    frames = [frame_people(walk(0)[:1], np.ones((1, 17))), *[no_people(17)] * 60]
    path = tmp_path / 'nobody.npz'
    save_people(path, People(frames, 'h36m', 'made up', fps=50.0))
    assert library.add(path) == 0
    library.save()
    assert len(library) == 0
    assert len(library.store.keys()) == 1
    assert library.search(walk(0), **H36M) == []


def test_other_weights_are_refused(library, tmp_path, clips):
    other = {
        'type': 'RetrievalEmbedder',
        'encoder': {'type': 'TemporalConvEncoder', 'channels': 8, 'dilations': [1]},
        'loss': {'type': 'RetrievalLoss'},
        'normalizer': {
            'type': 'PoseNormalizer',
            'encoder': {'type': 'TemporalConvEncoder', 'channels': 8},
            'losses': {},
        },
        'feature_size': 8,
    }
    path = tiny_weights(tmp_path / 'other.pth', other)
    with pytest.raises(ValueError, match=r'was made by other weights .*--checkpoint'):
        PoseLibrary.open(library.store.folder, PoseNormInferencer(checkpoint=path))


def test_a_clip_without_a_name_is_refused(library, walk):
    with pytest.raises(ValueError, match='needs a name'):
        library.add(walk(0), **H36M)


def test_a_time_outside_the_clip_is_refused(library, clips):
    with pytest.raises(ValueError, match=r'at is 7 s, but .* from 0.00 to 1.1[68] s'):
        library.search(clips['walk 0'], at=7, **H36M)
    with pytest.raises(ValueError, match='holds no movement'):
        library.search(clips['walk 0'], 0.5, 0.2, **H36M)
    with pytest.raises(ValueError, match=r'frame rate .* is not known'):
        library.search(clips['walk 0'], at=0.2, layout='h36m')
    with pytest.raises(ValueError, match='at is for a single pose'):
        library.search(clips['walk 0'], 0.1, at=0.2, **H36M)


def test_what_is_no_library_is_refused(tmp_path, inferencer):
    with pytest.raises(FileNotFoundError, match='is no library: there is no library'):
        PoseLibrary.open(tmp_path, inferencer)
    (tmp_path / 'letter.txt').write_text('x')
    with pytest.raises(ValueError, match='holds other files, but no library'):
        PoseLibrary.open(tmp_path, inferencer, create=True)
