"""Whatever is killed while it writes, its files are whole or not there.

``FAULTS`` is the number of kills, shared by what writes, a library among it; see
test_library.py.
"""

import importlib.util
import os
import random
import time
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pytest
from known_results import moving_poses, result_of
from tiny_weights import NORMALIZER, tiny_model, tiny_weights
from waving_people import FPS, people_at

from mmposenorm.atomic_files import atomic_file, atomic_folder
from mmposenorm.checkpoints import load_model, save_weights
from mmposenorm.cli import align
from mmposenorm.engine.resuming import AtomicBackend
from mmposenorm.export import FORMATS, write_clip
from mmposenorm.keypoints import save_people
from mmposenorm.skeletons import default_bone_lengths, extended_skeleton
from mmposenorm.visualization import write_video

KILLS = int(os.environ.get('FAULTS', 16)) // 8
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


def export(path):
    result = result_of(moving_poses(range(30)))
    skeleton = extended_skeleton(default_bone_lengths())
    has_ezc3d = importlib.util.find_spec('ezc3d')
    formats = [name for name in FORMATS if name != 'c3d' or has_ezc3d]
    write_clip(path, 'clip', result, skeleton, formats)


def check_export(path):
    whole = path.parent.parent / 'whole'
    if not whole.exists():
        export(whole)
    check_same(path, whole)


def check_same(path, whole):
    for file in path.glob('[!.]*'):
        assert file.read_bytes() == (whole / file.name).read_bytes(), file


MODEL = tiny_model(NORMALIZER).state_dict()
CASES = {
    'cache.npz': (write_cache, check_cache),
    'folder': (write_folder, check_folder),
    'export': (export, check_export),
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


def kill(generator, longest, write, *arguments):
    """Call a function in a process of its own, which is killed at any moment."""
    process = get_context('fork').Process(target=write, args=arguments)
    process.start()
    process.join(generator.uniform(0, longest))
    process.kill()
    process.join()


@pytest.mark.parametrize('name', CASES)
def test_a_kill_leaves_no_half_file(name, tmp_path):
    write, check = CASES[name]
    path = tmp_path / 'out' / name
    generator = random.Random(name)
    for _ in range(KILLS):
        kill(generator, 0.2, write_again_and_again, write, path)
        if path.exists():
            check(path)
    write(path)
    check(path)
    assert [file.name for file in path.parent.iterdir()] == [name]
    assert not [file for file in path.parent.rglob('.*') if file.name != '.lock']


def test_a_killed_demo_leaves_no_half_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_weights('tiny.pth', NORMALIZER)
    for name in 'ab':
        save_people(f'{name}.npz', people_at(range(8), fps=FPS))

    def compare():
        given = ['a.npz', 'b.npz', '--out-dir', 'out', '--checkpoint', 'tiny.pth']
        align.main(given)

    began = time.monotonic()
    compare()
    lasts = time.monotonic() - began
    Path('out').rename('whole')
    generator = random.Random(0)
    out = tmp_path / 'out'
    for _ in range(KILLS):
        kill(generator, 1.5 * lasts, compare)
        check_same(out, tmp_path / 'whole')
    compare()
    check_same(out, tmp_path / 'whole')
    assert {f.name for f in out.iterdir()} == {f.name for f in Path('whole').iterdir()}
