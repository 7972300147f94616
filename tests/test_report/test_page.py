"""The page's text."""

import base64
import json
import re

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
