import importlib.util
import sys

import pytest


@pytest.fixture
def run_tool(repository, monkeypatch, capsys):
    """Return a function that runs a converter like the shell and gives its output."""

    def run(name, *arguments):
        file = repository / 'tools' / 'dataset_converters' / f'{name}.py'
        spec = importlib.util.spec_from_file_location(name, file)
        tool = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(tool)
        monkeypatch.setattr(sys, 'argv', [file.name, *map(str, arguments)])
        tool.main()
        return capsys.readouterr().out

    return run
