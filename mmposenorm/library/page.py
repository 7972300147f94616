"""Places of a library as one HTML page that needs no other file and no network."""

import base64
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from mmposenorm.atomic_files import atomic_file
from mmposenorm.library.pose_library import PoseLibrary
from mmposenorm.library.searching import Place
from mmposenorm.library.sheet import draw_place, frames_of_video
from mmposenorm.report.page import fill_page
from mmposenorm.visualization import write_video

_STYLES, _SCRIPTS = ('report.css', 'places.css'), ('places.js',)
# Moments a second of an entry whose rate is not known.
_USUAL_RATE = 25.0
# Moments of a place that are shown as a film, at most: half a minute.
_MOST_MOMENTS = 750
_QUALITY = 85  # of JPEG


def write_places(
    path: str | Path, library: PoseLibrary, places: list[Place], query: str
) -> None:
    """Write where a pose or a movement was found as one HTML page.

    Each place has pictures from its beginning to its end, and a film of the person if
    the video is at hand.

    Args:
        path: The file, ``*.html``.
        library: The library.
        places: Places in it, the nearest first.
        query: What was looked for, in words.

    Raises:
        OSError: If the file cannot be written.
    """
    content = {
        'query': query,
        'places': [_content(library, place) for place in places],
    }
    page = fill_page('places.html', _STYLES, _SCRIPTS, content)
    with atomic_file(path) as file:
        file.write(page.encode())


def _content(library: PoseLibrary, place: Place) -> dict[str, Any]:
    return {
        'name': place.source.replace('\\', '/').rsplit('/', 1)[-1],
        'path': place.source,
        'when': place.when(),
        'action': place.action,
        'pictures': [_jpeg(picture) for picture in draw_place(library, place)],
        'film': _film(library, place),
    }


def _jpeg(picture: np.ndarray) -> str:
    _, encoded = cv2.imencode(
        '.jpg', picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    return base64.b64encode(encoded.tobytes()).decode()


def _film(library: PoseLibrary, place: Place) -> str:
    """Encode the frames of a place; empty without a video or for a single pose."""
    entry = library.store.entry(place.entry)
    first, last = place.moments
    moments = np.arange(first, min(last, first + _MOST_MOMENTS) + 1)
    pictures = frames_of_video(entry, moments) if last > first else None
    if pictures is None:
        return ''
    with TemporaryDirectory() as folder:
        film = Path(folder) / 'place.mp4'
        write_video(film, pictures, entry.rate or _USUAL_RATE)
        return base64.b64encode(film.read_bytes()).decode()
