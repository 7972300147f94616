"""``mmposenorm index`` and ``mmposenorm search``, as a user calls them."""

import base64
import json

import cv2
import numpy as np
import pytest
from tiny_weights import NORMALIZER, tiny_weights

from mmposenorm.cli.index import main as index
from mmposenorm.cli.search import main as search
from mmposenorm.keypoints import People, save_people
from mmposenorm.keypoints.people import frame_people
from mmposenorm.library import PoseLibrary, cluster, moment_index
from mmposenorm.library.indexing import Indexed

RETRIEVAL = {
    'type': 'RetrievalEmbedder',
    'encoder': {'type': 'TemporalConvEncoder', 'channels': 24, 'dilations': [1, 2]},
    'loss': {'type': 'RetrievalLoss'},
    'normalizer': NORMALIZER,
    'feature_size': 8,
}


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a command with tiny weights."""
    weights = tiny_weights(tmp_path / 'tiny.pth', RETRIEVAL)

    def run(command, *arguments):
        command([*map(str, arguments), '--checkpoint', str(weights), '--device', 'cpu'])

    return run


@pytest.fixture
def folder(tmp_path):
    """Give a folder of three files of keypoints, one beside its video."""
    folder = tmp_path / 'season'
    folder.mkdir()
    for number in range(3):
        rng = np.random.default_rng(number)
        steps = rng.normal(0, 3, (60, 17, 2)).cumsum(axis=0)
        keypoints = rng.uniform(40, 200, (17, 2)) + steps
        frames = [frame_people(frame[None], np.ones((1, 17))) for frame in keypoints]
        people = People(frames, 'h36m', 'made up', fps=50.0, image_size=(240, 240))
        save_people(folder / f'{number}.mp4.npz', people)
    writer = cv2.VideoWriter(
        str(folder / '0.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 50.0, (240, 240)
    )
    for _ in range(60):
        writer.write(np.full((240, 240, 3), 128, np.uint8))
    writer.release()
    return folder


def test_a_folder_is_indexed_once_and_searched(run, folder, tmp_path, capsys):
    library = tmp_path / 'library'
    run(index, folder, '--out', library)
    assert 'Read 3 files: 3 people.' in capsys.readouterr().out
    run(index, folder, '--out', library)
    assert 'Read 0 files' in capsys.readouterr().out
    query = folder / '1.mp4.npz'
    run(search, library, query, '--from', 0.2, '--to', 0.8, '--top', 2, '--json')
    places = json.loads(capsys.readouterr().out)
    assert places[0]['source'] == str(query)
    assert places[0]['start'] == pytest.approx(0.2, abs=0.03)
    run(search, library, query, '--at', 0.4, '--top', 1)
    assert capsys.readouterr().out.startswith(f'1. {query}: 0.40 s, person 1, distance')


def test_two_processes_make_the_same_library_as_one(run, folder, tmp_path, capsys):
    (folder / 'broken.mp4.npz').write_bytes(b'PK')
    libraries = []
    for jobs in (1, 2):
        out = tmp_path / f'library {jobs}'
        with pytest.raises(SystemExit, match=r'1 file failed:\n.*broken'):
            run(index, folder, '--out', out, '--jobs', jobs)
        assert 'Read 3 files: 3 people.' in capsys.readouterr().out
        libraries.append([*PoseLibrary.open(out).entries()])
    for one, other in zip(*libraries, strict=True):
        assert (one.source, one.key, one.rate) == (other.source, other.key, other.rate)
        np.testing.assert_array_equal(one.keypoints, other.keypoints)
        # Threads divide sums in another way.
        np.testing.assert_allclose(one.features, other.features, atol=2e-3)


def test_a_damaged_index_is_made_anew(run, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(moment_index, 'MOST_UNINDEXED', 10)
    library = tmp_path / 'library'
    run(index, folder, '--out', library)
    [damaged] = library.glob('index-*.faiss')
    damaged.unlink()
    damaged.write_bytes(b'no index')
    query = folder / '1.mp4.npz', '--at', 0.4, '--top', 1
    with pytest.raises(SystemExit, match='--rebuild'):
        run(search, library, *query)
    run(index, folder, '--out', library, '--rebuild')
    capsys.readouterr()
    run(search, library, *query)
    assert capsys.readouterr().out.startswith(f'1. {query[0]}: 0.40 s')


def test_a_cluster_reads_the_files(run, folder, tmp_path, monkeypatch, capsys):
    asked = {}

    def read(store, sources, reading, address):
        sources = list(sources)
        asked.update(sources=sources, reading=reading, address=address)
        yield Indexed(sources[0], people=2)
        yield Indexed(sources[1], error='1 is broken')

    monkeypatch.setattr(cluster, 'index_on_cluster', read)
    options = '--cluster', 'tcp://10.0.0.5:8786', '--fps', 25
    with pytest.raises(SystemExit, match='1 file failed:\n  1 is broken'):
        run(index, folder, '--out', tmp_path / 'library', *options)
    assert 'Read 1 file: 2 people.' in capsys.readouterr().out
    assert len(asked['sources']) == 3
    assert asked['address'] == 'tcp://10.0.0.5:8786'
    assert asked['reading'].checkpoint == str(tmp_path / 'tiny.pth')
    assert asked['reading'].fps == 25


def test_a_cluster_has_processes_of_its_own(run, folder, tmp_path, capsys):
    options = '--cluster', 'local', '--jobs', 2
    with pytest.raises(SystemExit, match='leave out --jobs'):
        run(index, folder, '--out', tmp_path / 'library', *options)


def test_frames_that_are_numbered_from_a_later_one_are_found_at_its_time(
    run, folder, tmp_path, capsys
):
    """OpenPose numbers its files by the frames of the video, here from 50 on."""
    path = folder / 'late'
    path.mkdir()
    rng = np.random.default_rng(5)
    keypoints = rng.uniform(40, 200, (25, 2)) + rng.normal(0, 3, (60, 25, 2)).cumsum(0)
    for number, frame in enumerate(keypoints, 50):
        points = np.column_stack([frame, np.ones(25)]).ravel().tolist()
        content = {'version': 1.3, 'people': [{'pose_keypoints_2d': points}]}
        (path / f'me_{number:012}_keypoints.json').write_text(json.dumps(content))
    run(index, folder, '--out', tmp_path / 'library', '--fps', 50)
    options = '--from', 1.4, '--to', 1.9, '--top', 1, '--json', '--fps', 50
    capsys.readouterr()
    run(search, tmp_path / 'library', path, *options)
    [place] = json.loads(capsys.readouterr().out)
    assert place['source'] == str(path)
    assert [place['start'], place['end']] == pytest.approx([1.4, 1.9], abs=0.03)


@pytest.mark.parametrize(('number', 'has_video'), [(0, True), (1, False)])
def test_a_place_is_drawn(run, folder, tmp_path, number, has_video):
    run(index, folder, '--out', tmp_path / 'library')
    query, sheet = folder / f'{number}.mp4.npz', tmp_path / 'sheet.png'
    run(search, tmp_path / 'library', query, '--top', 1, '--sheet', sheet)
    picture = cv2.imread(str(sheet)).astype(int)
    assert picture.shape[1] == 5 * 190
    grey = (np.abs(picture - 128) < 12).all(axis=2).mean()
    assert (grey > 0.2) == has_video  # the video's frames, or poses on white


@pytest.mark.parametrize(('number', 'has_video'), [(0, True), (1, False)])
def test_places_are_a_page_whose_names_are_no_markup(
    run, folder, tmp_path, number, has_video
):
    name = '<script>alert(1)<b>&amp;.mp4'
    for suffix in ('.npz', '')[: 1 + has_video]:
        (folder / f'{number}.mp4{suffix}').rename(folder / (name + suffix))
    run(index, folder, '--out', tmp_path / 'library')
    page = tmp_path / 'places.html'
    query = folder / f'{name}.npz'
    options = '--from', 0.2, '--to', 0.8, '--top', 1, '--page', page
    run(search, tmp_path / 'library', query, *options)
    text = page.read_text()
    assert text.count('<script>') == text.count('</script>') - 1 == 1
    assert '<b>' not in text
    assert '://' not in text
    _, _, rest = text.partition('id="content">')
    content = json.loads(rest.partition('</script>')[0])
    assert content['query'] == f'{name}.npz from 0.2 s to 0.8 s'
    [place] = content['places']
    assert place['name'] == f'{name}.npz'
    assert place['when'].startswith('0.20 to 0.80 s, person 1, distance')
    for picture in place['pictures']:
        encoded = np.frombuffer(base64.b64decode(picture), np.uint8)
        assert cv2.imdecode(encoded, cv2.IMREAD_COLOR).shape == (240, 190, 3)
    assert len(place['pictures']) == 5
    film = base64.b64decode(place['film'])
    assert (film[4:8] == b'ftyp') == has_video == bool(film)


def test_labelled_actions_are_found(run, folder, tmp_path, capsys):
    labels = folder / 'labels.csv'
    labels.write_text('file,from,to,action\n1.mp4.npz,0.2,0.8,serve\n')
    library = tmp_path / 'library'
    run(index, folder, '--out', library, '--labels', labels)
    assert 'Read 3 files' in capsys.readouterr().out  # the labels are none of them
    run(search, library, '--action', 'serve', '--top', 1)
    assert '(serve)' in capsys.readouterr().out


def test_what_cannot_be_read_is_listed_and_the_rest_is_kept(run, folder, tmp_path):
    (folder / 'broken.npz').write_bytes(b'PK broken')
    (folder / 'broken.mp4').write_bytes(b'broken')
    with pytest.raises(SystemExit, match='2 files failed') as stopped:
        run(index, folder, '--out', tmp_path / 'library')
    assert 'broken.npz' in str(stopped.value)
    assert 'No frame can be read from' in str(stopped.value)
    assert len(PoseLibrary.open(tmp_path / 'library')) == 3


def test_other_mistakes_are_sentences(run, folder, tmp_path):
    with pytest.raises(SystemExit, match='is no library'):
        run(search, tmp_path / 'library', folder / '0.mp4.npz')
    with pytest.raises(SystemExit, match='expected a query or --action'):
        run(search, tmp_path)
    with pytest.raises(SystemExit, match='holds other files, but no library'):
        run(index, folder, '--out', folder)
