"""On a full disk every writer ends in a sentence and leaves nothing behind."""

import sys

import numpy as np
import pytest
import torch
from tiny_weights import NORMALIZER, tiny_weights

from mmposenorm.atomic_files import atomic_file, atomic_folder
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.visualization import write_image, write_video


def noise(count):
    rng = np.random.default_rng(0)
    return rng.integers(256, size=(count, 256, 256, 3), dtype=np.uint8)


def write_folder(path):
    with atomic_folder(path.parent) as folder:
        (folder / 'a').write_bytes(b'')
        (folder / 'b').write_bytes(bytes(100_000))


def write_array(path):
    with atomic_file(path) as file:
        np.savez(file, a=np.zeros(100_000))


def write_tensor(path):
    with atomic_file(path) as file:
        torch.save(torch.zeros(100_000), file)


WRITERS = {
    'array': write_array,
    'tensor': write_tensor,
    'folder': write_folder,
    'image': lambda path: write_image(path.with_suffix('.png'), noise(1)[0]),
    'video': lambda path: write_video(path.with_suffix('.mp4'), noise(8), 10),
    'weights': lambda path: tiny_weights(path, NORMALIZER),
    'synthetic': lambda path: write_synthetic_mocap(path, num_clips=3, num_frames=80),
}


@pytest.mark.parametrize('write', WRITERS.values(), ids=WRITERS)
def test_a_full_disk_is_a_sentence(full_disk, write):
    with pytest.raises(OSError, match=r'could not be written: no space is left'):
        write(full_disk / 'file')
    assert not list(full_disk.iterdir())


def test_a_full_disk_shows_in_a_video_of_opencv_too(full_disk, monkeypatch):
    monkeypatch.setitem(sys.modules, 'imageio_ffmpeg', None)
    with pytest.raises(OSError, match='could not be written'):
        write_video(full_disk / 'video.mp4', noise(8), 10)
    assert not list(full_disk.iterdir())
