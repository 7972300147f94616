"""The example programs of the documents run, and pages show them."""

import runpy
from pathlib import Path

import pytest

from mmposenorm.registry import METRICS, MODELS

DOCS = Path(__file__).resolve().parents[2] / 'docs'
# walks.py is what the others import.
EXAMPLES = sorted(set(DOCS.glob('examples/*.py')) - {DOCS / 'examples/walks.py'})


@pytest.fixture
def forget_what_is_registered():
    """Take what an example registers out of the registries again."""
    yield
    for registry in (MODELS, METRICS):
        for name, part in list(registry.module_dict.items()):
            if part.__module__ == '__main__':
                del registry.module_dict[name]


@pytest.mark.parametrize('example', EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example, monkeypatch, forget_what_is_registered):
    monkeypatch.syspath_prepend(example.parent)
    runpy.run_path(str(example), run_name='__main__')


@pytest.mark.parametrize('example', EXAMPLES, ids=lambda path: path.stem)
def test_example_ends_in_an_assertion(example):
    last_statement = example.read_text().rstrip().splitlines()[-1]
    assert last_statement.startswith(('assert ', 'np.testing.assert_'))


@pytest.mark.parametrize('example', EXAMPLES, ids=lambda path: path.stem)
def test_page_shows_the_example(example):
    shown = f'literalinclude}} examples/{example.name}'
    assert any(shown in page.read_text() for page in DOCS.glob('*.md'))
