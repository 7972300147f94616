import runpy
import sys

import pytest


@pytest.fixture
def run_tool(repository, monkeypatch, capsys):
    """Return a function that runs a converter like the shell and gives its output."""

    def run(name, *arguments):
        file = repository / 'tools' / 'dataset_converters' / f'{name}.py'
        monkeypatch.setattr(sys, 'argv', [file.name, *map(str, arguments)])
        runpy.run_path(str(file), run_name='__main__')
        return capsys.readouterr().out

    return run
