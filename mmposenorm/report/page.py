"""Put content, styles and scripts together into one HTML page.

Nothing that a user names, such as a file, becomes part of the page's markup: it is all
in one JSON text, and the page's script inserts it as text. A content security policy
allows the page's own scripts and styles, by their hashes, and no request at all.
"""

import base64
import json
import re
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

_STYLES = ('carried/uplot.min.css', 'report.css')
_SCRIPTS = ('carried/uplot.min.js', 'carried/three.min.js', 'report.js')
_LICENCES = {
    'uPlot': 'carried/uplot-LICENSE.txt',
    'three.js': 'carried/three-LICENSE.txt',
}
# Characters that could end the script element, or a line of it.
_ESCAPED = {ord(c): f'\\u{ord(c):04x}' for c in '<>&\u2028\u2029'}
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
    "media-src blob:; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def build_page(content: dict[str, Any], videos: list[bytes | None]) -> str:
    """Build the page.

    Args:
        content: What it shows, as plain values.
        videos: MP4 files of A and of B, or None.

    Returns:
        The HTML text.
    """
    content = content | {
        'licences': {name: _asset(file) for name, file in _LICENCES.items()}
    }
    others = {'video_a': _base64(videos[0]), 'video_b': _base64(videos[1])}
    return fill_page('report.html', _STYLES, _SCRIPTS, content, others)


def fill_page(
    template: str,
    styles: tuple[str, ...],
    scripts: tuple[str, ...],
    content: dict[str, Any],
    others: dict[str, str] | None = None,
) -> str:
    """Fill a template among the assets, which then needs no other file.

    Args:
        template: Its name. It has places for the policy, styles, scripts and content.
        styles: Names of the style sheets.
        scripts: Names of the scripts.
        content: What the scripts show, as plain values.
        others: Texts of further places, which must be safe in markup.

    Returns:
        The HTML text.
    """
    styles, scripts = (tuple(map(_asset, names)) for names in (styles, scripts))
    parts = {
        'policy': _POLICY.format(scripts=_hashes(scripts), styles=_hashes(styles)),
        'styles': ''.join(f'<style>{style}</style>\n' for style in styles),
        'scripts': ''.join(f'<script>{script}</script>\n' for script in scripts),
        'content': escaped_json(content),
        **(others or {}),
    }
    # In one pass, so that nothing is looked for in what was put in.
    return re.sub(r'\{\{(\w+)\}\}', lambda match: parts[match[1]], _asset(template))


def escaped_json(content: Any) -> str:
    """Format plain values as JSON that can stand in a script element."""
    text = json.dumps(content, allow_nan=False, separators=(',', ':'))
    return text.translate(_ESCAPED)


def _asset(name: str) -> str:
    return files('mmposenorm.report').joinpath('assets', name).read_text('utf-8')


def _hashes(texts: Sequence[str]) -> str:
    digests = (base64.b64encode(sha256(text.encode()).digest()) for text in texts)
    return ' '.join(f"'sha256-{digest.decode()}'" for digest in digests)


def _base64(video: bytes | None) -> str:
    return '' if video is None else base64.b64encode(video).decode()
