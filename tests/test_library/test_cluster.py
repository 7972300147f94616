"""That a cluster of two nodes makes the library that one process makes.

The nodes are processes of this machine, as Dask's own tests do it.
"""

import os
import signal
from collections import Counter
from functools import partial

import cv2
import numpy as np
import pytest
from tiny_weights import tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.keypoints import People, save_people
from mmposenorm.keypoints.people import frame_people
from mmposenorm.library import PoseLibrary, Source, add_source, find_sources
from mmposenorm.library.cluster import Reading, index_on_cluster

from .conftest import RETRIEVAL

distributed = pytest.importorskip(
    'distributed', reason="needs Dask: pip install 'mmposenorm[cluster]'"
)
config = pytest.importorskip('dask.config')


class SameBody:
    """A detector that finds one body in every frame, wherever its picture is bright."""

    layout = 'h36m'
    name = 'bright'

    def __call__(self, frame):
        place = np.arange(34).reshape(17, 2) + frame[0, 0, 0] / 10
        return frame_people(place[None], np.ones((1, 17)))

    def reset(self):
        """Start a new video."""


def build_or_die(marker):
    """Die once, as a machine that is lost in the middle, and then build a detector."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return SameBody()


@pytest.fixture(scope='module')
def cluster():
    """Start two nodes, and give the address of their scheduler."""
    # Forked from a process that has imported everything, which takes seconds.
    with config.set({'distributed.worker.multiprocessing-method': 'forkserver'}):
        imported = ['distributed', 'mmposenorm.library.cluster']
        distributed.utils.get_mp_context().set_forkserver_preload(imported)
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as nodes:
            yield nodes.scheduler_address


@pytest.fixture
def folder(tmp_path, walk):
    """Return a folder with files of one and two people, a video, and nonsense."""
    folder = tmp_path / 'films'
    folder.mkdir()
    for number in range(3):
        people = np.stack([walk(number), walk(number + 9) + 900], axis=1)
        frames = [frame_people(frame, np.ones((2, 17))) for frame in people]
        save_people(folder / f'{number}.npz', People(frames, 'h36m', 'made up', fps=50))
    (folder / 'broken.npz').write_bytes(b'nonsense')
    video = cv2.VideoWriter(
        str(folder / 'film.avi'), cv2.VideoWriter_fourcc(*'MJPG'), 25, (64, 64)
    )
    for brightness in range(30):
        video.write(np.full((64, 64, 3), 8 * brightness, np.uint8))
    video.release()
    return folder


@pytest.fixture
def weights(tmp_path):
    return str(tiny_weights(tmp_path / 'tiny.pth', RETRIEVAL))


def content(library):
    """Describe all entries, whatever their order."""
    return {
        (entry.key, entry.source.rpartition('/')[2], entry.person): (
            entry.features.tobytes(),
            entry.frames.tobytes(),
            entry.keypoints.tobytes(),
        )
        for entry in library.entries()
    }


def test_one_process_and_a_cluster_that_loses_a_worker_make_the_same_library(
    cluster, folder, weights, tmp_path
):
    alone, together = (
        PoseLibrary.open(
            tmp_path / name, PoseNormInferencer(checkpoint=weights), create=True
        )
        for name in ('alone', 'together')
    )
    sources = sorted(find_sources(folder))
    for source in sources:
        if source.path.name != 'broken.npz':
            add_source(alone.store, source, alone.inferencer, SameBody)
    marker = tmp_path / 'died'
    reading = Reading(partial(build_or_die, marker), weights)
    told = {
        one.source.path.name: one
        for one in index_on_cluster(together.store, sources, reading, cluster)
    }
    assert marker.exists()
    assert [name for name, one in told.items() if one.error] == ['broken.npz']
    alone.save()
    together.save()
    assert content(together) == content(alone)
    people = Counter(name for _, name, _ in content(alone))
    assert {name: one.people for name, one in told.items()} == {
        **people,
        'broken.npz': 0,
    }
    assert people.keys() == {'0.npz', '1.npz', '2.npz', 'film.avi'}


def test_other_weights_are_refused(cluster, folder, weights, tmp_path):
    inferencer = PoseNormInferencer(checkpoint=weights)
    library = PoseLibrary.open(tmp_path / 'library', inferencer, create=True)
    [told] = index_on_cluster(
        library.store,
        [Source.of(folder / '0.npz')],
        Reading(SameBody),  # with the weights of the package
        cluster,
    )
    assert 'has other weights than the library' in told.error
    assert len(library) == 0


def test_a_wrong_address_is_told(library):
    with (
        config.set({'distributed.comm.timeouts.connect': '1s'}),
        pytest.raises(
            ConnectionError, match=r'no Dask scheduler at tcp://127\.0\.0\.1:9'
        ),
    ):
        list(
            index_on_cluster(library.store, [], Reading(SameBody), 'tcp://127.0.0.1:9')
        )
