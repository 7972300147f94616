"""Which processes write the figures of a test."""

import json
from types import SimpleNamespace

import pytest

from mmposenorm.engine.hooks import MainProcessLoggerHook


@pytest.fixture
def runner(tmp_path):
    """A runner that has just measured its model."""
    said = []
    return SimpleNamespace(
        log_processor=SimpleNamespace(
            get_log_after_epoch=lambda *_, **__: ({'error': 1.5}, 'error: 1.5')
        ),
        logger=SimpleNamespace(info=said.append),
        log_dir=str(tmp_path),
        test_dataloader=[],
        said=said,
    )


@pytest.mark.parametrize(('rank', 'files'), [(0, 1), (1, 0)])
def test_only_the_main_process_writes_figures(
    runner, tmp_path, monkeypatch, rank, files
):
    monkeypatch.setattr('mmengine.dist.utils.get_rank', lambda *_: rank)
    hook = MainProcessLoggerHook()
    hook.json_log_path = 'figures.json'
    hook.after_test_epoch(runner)
    written = list(tmp_path.iterdir())
    assert len(written) == len(runner.said) == files
    assert [json.loads(file.read_text()) for file in written] == [
        {'error': 1.5}
    ] * files
