"""What the pages name is there."""

import re
import shlex
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / 'docs'
REPOSITORY = DOCS.parent
# Without docs/_build.
PAGES = sorted({*DOCS.glob('*.md'), *DOCS.glob('results/*.md')})
LARGEST_PICTURE = 300_000  # bytes


BLOCK = re.compile(r'^```(.*)\n((?:.*\n)*?)^```$', re.MULTILINE)


def commands(page):
    """Return the shell commands of a page, each a list of words."""
    blocks = [text for kind, text in BLOCK.findall(page.read_text()) if not kind]
    lines = ''.join(blocks).replace('\\\n', ' ').splitlines()
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_programs_and_configs_in_commands_exist(page):
    named = [
        word
        for words in commands(page)
        for word in words
        if re.match(r'(tools|configs|demo|docs)/[^*]+\.(py|sh)$', word)
    ]
    assert [name for name in named if not (REPOSITORY / name).is_file()] == []


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_make_targets_in_commands_exist(page):
    makefile = (REPOSITORY / 'Makefile').read_text()
    targets = re.search(r'^\.PHONY: (.*)$', makefile, re.MULTILINE)[1].split()
    named = [words[1] for words in commands(page) if words[:1] == ['make']]
    assert set(named) <= set(targets)


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_paths_in_running_text_exist(page):
    text = BLOCK.sub('', page.read_text())
    named = re.findall(
        r'`((?:mmposenorm|tools|configs|demo|docs|tests)/[\w./]+\.\w+)`', text
    )
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


def test_pictures_are_small_and_shown():
    text = ''.join(page.read_text() for page in PAGES)
    for picture in DOCS.glob('pictures/*.png'):
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
        assert f'pictures/{picture.name}' in text, picture.name
