"""A library survives whatever happens while it is written."""

import os
import random
import time
from multiprocessing import get_context

import numpy as np
import pytest

from mmposenorm.library import moment_index
from mmposenorm.library.moment_index import build_index
from mmposenorm.library.shards import Entry
from mmposenorm.library.store import Store

KILLS = int(os.environ.get('FAULTS', 16)) // 8


def entry(number):
    rng = np.random.default_rng(number)
    count = int(rng.integers(20, 60))
    return Entry(
        key=f'{number:024x}',
        source=f'clip {number:04}',
        person=1,
        layout='h36m',
        found_by='made up',
        rate=25.0,
        start=0.0,
        image_size=None,
        features=rng.normal(size=(count, 8)).astype(np.float16),
        seen=np.ones(count, bool),
        frames=np.arange(count, dtype=np.int32),
        keypoints=np.zeros((count, 17, 2), np.float16),
    )


def write_on(folder):
    """Add one clip after another, and save after every third."""
    moment_index.MOST_UNINDEXED = 100
    store = Store(folder)
    done = len(store.keys())
    while True:
        store.write_pending(entry(done).key, [entry(done)])
        done += 1
        if done % 3 == 0:
            with store.lock():
                store.merge()
                build_index(store)
                store.clean_up()


def test_a_kill_loses_only_the_file_in_work(tmp_path):
    folder = tmp_path / 'library'
    Store.create(folder, 'weights', 8)
    generator = random.Random(0)
    known = set()
    kills = 0
    while kills < KILLS or not known:
        kills += 1
        process = get_context('fork').Process(target=write_on, args=(folder,))
        process.start()
        time.sleep(generator.uniform(0.1, 0.6))
        process.kill()
        process.join()
        store = Store(folder)
        moment_index.MomentIndex(store)
        assert known <= store.keys()
        known = store.keys()
        # Exactly the first clips, each once and whole.
        found = {one.source: one.features.tobytes() for one in store.entries()}
        expected = map(entry, range(len(known)))
        assert found == {one.source: one.features.tobytes() for one in expected}
        assert store.entry_count == len(known)


def test_a_full_disk_is_a_sentence_and_the_library_stays(full_disk):
    store = Store.create(full_disk / 'library', 'weights', 8)
    clips = [entry(number) for number in range(100)]
    with pytest.raises(OSError, match='no space is left'):
        all(store.write_pending(clip.key, [clip]) for clip in clips)
    store = Store(full_disk / 'library')
    assert store.entry_count == len(store.keys())
