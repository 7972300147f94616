import os

import pytest
import torch

from mmposenorm.engine.resuming import AtomicBackend, find_checkpoint


@pytest.fixture
def run(tmp_path):
    """Write what a training run leaves, the newest last."""
    for iteration in (2, 10):
        path = tmp_path / f'iter_{iteration}.pth'
        torch.save({'a': torch.zeros(1000)}, path)
        os.utime(path, (iteration, iteration))
    torch.save({}, tmp_path / 'best_posenorm_iter_10.pth')
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'iter_10.pth'))
    return tmp_path


def test_the_last_checkpoint_is_the_one_that_the_run_named(run):
    assert find_checkpoint(run) == run / 'iter_10.pth'
    (run / 'last_checkpoint').write_text('elsewhere/iter_2.pth')  # before it moved
    assert find_checkpoint(run) == run / 'iter_2.pth'


@pytest.mark.parametrize(
    'text', ['', '\0' * 40, 'none.pth', '\udcff', 'a' * 5000, None]
)
def test_without_its_name_the_newest_intact_one_is_taken(run, text):
    (run / 'last_checkpoint').unlink()
    if text is not None:
        (run / 'last_checkpoint').write_text(text, errors='surrogateescape')
    assert find_checkpoint(run) == run / 'iter_10.pth'


def half(data):
    return data[: len(data) // 2]


def flipped(data):
    return data[:2000] + bytes([data[2000] ^ 1]) + data[2001:]


@pytest.mark.parametrize('damage', [half, flipped, lambda data: b''])
def test_a_damaged_checkpoint_is_never_chosen(run, damage):
    newest = run / 'iter_10.pth'
    newest.write_bytes(damage(newest.read_bytes()))
    assert find_checkpoint(run) == run / 'iter_2.pth'


def test_there_may_be_none(tmp_path):
    assert find_checkpoint(tmp_path / 'none') is None
    (tmp_path / 'iter_1.pth').write_text('half')
    assert find_checkpoint(tmp_path) is None


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(tmp_path):
    backend = AtomicBackend()
    backend.put(b'old', tmp_path / 'iter_1.pth')
    with pytest.raises(TypeError):
        backend.put('no bytes', tmp_path / 'iter_1.pth')
    assert [file.name for file in tmp_path.iterdir()] == ['iter_1.pth']
    assert (tmp_path / 'iter_1.pth').read_bytes() == b'old'
