"""Write a comparison as an HTML page."""

import os
from pathlib import Path
from typing import Any

from mmposenorm.atomic_files import atomic_file
from mmposenorm.comparison.clip_pictures import ShownClip, show_clip, warn_if_other
from mmposenorm.comparison.compare_clips import Comparison
from mmposenorm.keypoints import Video
from mmposenorm.report.clip_videos import embedded_videos
from mmposenorm.report.content import report_content
from mmposenorm.report.page import build_page


def write_report(
    comparison: Comparison,
    path: str | Path,
    video_a: str | os.PathLike | None = None,
    video_b: str | os.PathLike | None = None,
    *,
    names: tuple[str, str] | None = None,
    settings: dict[str, Any] | None = None,
) -> None:
    """Write a comparison as one HTML page that needs no other file and no network.

    .. code-block:: python

        comparison = compare('mine.mp4', 'theirs.mp4')
        write_report(comparison, 'report.html', 'mine.mp4', 'theirs.mp4')

    Args:
        comparison: The comparison.
        path: The file, ``*.html``.
        video_a: The video in which the keypoints of A were found. Without it, they are
            drawn on a plain ground.
        video_b: The same of B.
        names: What A and B are called; the names of the videos by default.
        settings: Further settings to list.

    Raises:
        FileNotFoundError: If there is no such video.
        ValueError: If a video cannot be read.
    """
    for video, clip in ((video_a, comparison.clip_a), (video_b, comparison.clip_b)):
        if video is not None:
            warn_if_other(Video(video), len(clip))
    name_a, name_b = names or tuple(
        f'clip {letter}' if video is None else Path(video).name
        for letter, video in (('A', video_a), ('B', video_b))
    )
    clip_a = show_clip(name_a, comparison.clip_a, video_a, comparison.mirrored)
    clip_b = show_clip(name_b, comparison.clip_b, video_b)
    write_page(path, comparison, (clip_a, clip_b), settings)


def write_page(
    path: str | Path,
    comparison: Comparison,
    clips: tuple[ShownClip, ShownClip],
    settings: dict[str, Any] | None = None,
    aligned_video: str | None = None,
) -> None:
    """Write a comparison of clips whose pictures are at hand as one HTML page.

    Args:
        path: The file.
        comparison: The comparison.
        clips: A and B.
        settings: Further settings to list.
        aligned_video: Name of a video beside the page to point to if the clips are too
            long to be part of it.
    """
    videos, notice = embedded_videos(clips)
    content = report_content(comparison, clips, settings or {})
    if notice is not None:
        content['notice'] = ' '.join(filter(None, (notice, content['notice'])))
    content['aligned_video'] = aligned_video
    with atomic_file(path) as file:
        file.write(build_page(content, videos).encode())
