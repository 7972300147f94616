"""The page's text."""

import base64
import json
import re
from importlib.resources import files

import pytest

from mmposenorm.report.page import build_page, escaped_json


def test_no_text_can_end_the_script_that_holds_it():
    content = {'name': '</script> & <b> {{scripts}} \u2028\u2029 ü \udcff'}
    text = escaped_json(content)
    assert not set('<>&\u2028\u2029') & set(text)
    assert json.loads(text) == content


def test_the_page_allows_nothing_but_its_own_scripts_and_styles():
    page = build_page({'name': '{{video_a}}'}, [b'film', None])
    policy = re.search(r'content="(default-src[^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    assert 'unsafe' not in policy
    assert 'http' not in policy
    # Each element is one whole script or style: none of them ends another.
    assert page.count('<script>') == 3
    assert page.count('</script>') == 3 + 3  # with content and two videos
    assert page.count('<style>') == page.count('</style>') == 2
    assert base64.b64encode(b'film').decode() in page
    assert '"name":"{{video_a}}"' in page
    assert '{{' not in page.replace('"name":"{{video_a}}"', '')
    assert '2010-2026 three.js authors' in page
    assert 'Copyright (c) 2022 Leon Sorokin' in page


def luminance(color):
    """Relative luminance of ``#rrggbb``, as WCAG 2.1 defines it."""
    shares = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize('theme', ['light', 'dark'])
def test_every_text_can_be_told_from_its_ground(theme):
    assert contrast('#000000', '#ffffff') == pytest.approx(21)
    css = files('mmposenorm.report').joinpath('assets', 'report.css').read_text()
    light, dark = re.findall(r':root \{(.*?)\}', css, re.DOTALL)
    colors = dict(re.findall(r'--([a-z-]+): (#[0-9a-f]{6});', light))
    if theme == 'dark':
        colors |= dict(re.findall(r'--([a-z-]+): (#[0-9a-f]{6});', dark))
    pairs = [(text, 'ground') for text in ('text', 'quiet', 'accent', 'right-text')]
    pairs += [('left', 'ground'), ('text', 'panel'), ('quiet', 'panel')]
    pairs += [
        ('text', 'line'),
        ('on-accent', 'accent'),
        ('ground', 'a'),
        ('ground', 'b'),
    ]
    for text, ground in pairs:
        assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
