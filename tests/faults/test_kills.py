"""Whatever is killed while it writes, its files are whole or not there."""

import os
import random
import time
from multiprocessing import get_context

import cv2
import numpy as np
import pytest
from tiny_weights import NORMALIZER, tiny_model

from mmposenorm.atomic_files import atomic_file, atomic_folder
from mmposenorm.checkpoints import load_model, save_weights
from mmposenorm.engine.resuming import AtomicBackend
from mmposenorm.visualization import write_video

KILLS = int(os.environ.get('FAULTS', 5))
BYTES = bytes(range(256)) * 4096


def write_cache(path):
    with atomic_file(path) as file:
        np.savez(file, a=np.arange(100_000))


def check_cache(path):
    with np.load(path) as arrays:
        np.testing.assert_array_equal(arrays['a'], np.arange(100_000))


def write_folder(path):
    with atomic_folder(path) as folder:
        for name in 'ab':
            (folder / name).write_bytes(BYTES)


def check_folder(path):
    for file in path.glob('[ab]'):
        assert file.read_bytes() == BYTES


def write_frames(path):
    write_video(path, np.zeros((9, 64, 64, 3), np.uint8), fps=10)


def check_frames(path):
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT) == 9


MODEL = tiny_model(NORMALIZER).state_dict()
CASES = {
    'cache.npz': (write_cache, check_cache),
    'folder': (write_folder, check_folder),
    'video.mp4': (write_frames, check_frames),
    'weights.pth': (lambda path: save_weights(path, NORMALIZER, MODEL), load_model),
    'iter_1.pth': (
        lambda path: AtomicBackend().put(BYTES, path),
        lambda path: path.read_bytes() == BYTES or pytest.fail('half'),
    ),
}


def write_again_and_again(write, path):
    while True:
        write(path)


@pytest.mark.parametrize('name', CASES)
def test_a_kill_leaves_no_half_file(name, tmp_path):
    write, check = CASES[name]
    path = tmp_path / 'out' / name
    generator = random.Random(name)
    for _ in range(KILLS):
        process = get_context('fork').Process(
            target=write_again_and_again, args=(write, path)
        )
        process.start()
        time.sleep(generator.uniform(0, 0.2))
        process.kill()
        process.join()
        if path.exists():
            check(path)
    write(path)
    check(path)
    assert [file.name for file in path.parent.iterdir()] == [name]
