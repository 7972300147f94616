"""Write a comparison of two clips as page, video, pictures, tables and JSON."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

import mmposenorm
from mmposenorm.atomic_files import atomic_path
from mmposenorm.comparison.alignment_plot import plot_alignment
from mmposenorm.comparison.clip_pictures import ShownClip, show_clip
from mmposenorm.comparison.compare_clips import Comparison
from mmposenorm.comparison.key_frames import draw_key_frames
from mmposenorm.comparison.side_by_side import side_by_side
from mmposenorm.comparison.tables import plain, write_tables
from mmposenorm.comparison.versions import package_versions
from mmposenorm.keypoints import PersonTrack
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.report.html_report import write_page
from mmposenorm.visualization.files import write_image, write_video

_USUAL_FPS = 30.0  # of the video if that of clip A is not known


class ComparedClip(NamedTuple):
    """Where a clip comes from.

    Attributes:
        path: The video or the file of keypoints.
        person: The person that was followed.
        video: The video whose pictures are shown; None if there is none.
    """

    path: Path
    person: PersonTrack
    video: Path | None


ClipPair = tuple[ComparedClip, ComparedClip]


def write_comparison(
    folder: str | Path,
    clips: ClipPair,
    comparison: Comparison,
    settings: dict[str, Any],
    upright: bool = True,
) -> list[str]:
    """Write a comparison as page, video, pictures, tables and JSON.

    Args:
        folder: Where ``report.html``, ``aligned.mp4``, ``keyframes.png``,
            ``alignment.png``, ``alignment.csv``, ``differences.csv`` and
            ``result.json`` go.
        clips: Clips A and B.
        comparison: The comparison.
        settings: Further settings to record in the page and the JSON file.
        upright: Whether normalized poses are drawn upright, or with the root at
            identity.

    Returns:
        Names of the files.
    """
    folder = Path(folder)
    shown_a, shown_b = shown = show_clips(clips, comparison, upright)
    write_tables(folder, comparison)
    write_result(folder / 'result.json', clips, comparison, settings)
    plot_alignment(folder / 'alignment.png', shown_a, shown_b, comparison)
    progress = tqdm(
        side_by_side(shown_a, shown_b, comparison),
        desc='aligned.mp4',
        total=len(comparison.clip_a),
        unit='frame',
        delay=2,
        leave=False,
    )
    fps = clips[0].person.fps or _USUAL_FPS
    write_video(folder / 'aligned.mp4', progress, fps)
    key_frames = draw_key_frames(shown_a, shown_b, comparison)
    write_image(folder / 'keyframes.png', key_frames)
    page = folder / 'report.html'
    write_page_of(page, clips, comparison, shown, settings, aligned_video='aligned.mp4')
    return sorted(file.name for file in folder.iterdir())


def show_clips(
    clips: ClipPair, comparison: Comparison, upright: bool = True
) -> tuple[ShownClip, ShownClip]:
    """Collect what is drawn of both clips.

    Args:
        clips: Clips A and B.
        comparison: The comparison.
        upright: As in :func:`write_comparison`.

    Returns:
        What is drawn of A and of B.
    """
    results = comparison.clip_a, comparison.clip_b
    mirrored = comparison.mirrored, False
    shown_a, shown_b = (
        show_clip(
            clip.path.name,
            result,
            clip.video,
            is_mirrored,
            upright,
            clip.person.first_frame,
        )
        for clip, result, is_mirrored in zip(clips, results, mirrored, strict=True)
    )
    return shown_a, shown_b


def write_page_of(
    path: Path,
    clips: ClipPair,
    comparison: Comparison,
    shown: tuple[ShownClip, ShownClip],
    settings: dict[str, Any],
    aligned_video: str | None = None,
) -> None:
    """Write the page, with what found the keypoints among its settings.

    Args:
        path: The file.
        clips: Clips A and B.
        comparison: The comparison.
        shown: What is drawn of A and of B.
        settings: Further settings to list.
        aligned_video: See :func:`mmposenorm.report.html_report.write_page`.
    """
    settings = settings | _sources(clips)
    write_page(path, comparison, shown, settings, aligned_video)


def _sources(clips: ClipPair) -> dict[str, str]:
    """Say what found the keypoints of each clip."""
    return {
        f'keypoints_{letter}': clip.person.source
        for letter, clip in zip('ab', clips, strict=True)
    }


def write_result(
    path: Path,
    clips: ClipPair,
    comparison: Comparison,
    settings: dict[str, Any],
) -> None:
    """Write the whole result as JSON, with versions and settings.

    Args:
        path: The file.
        clips: Clips A and B.
        comparison: The comparison.
        settings: Further settings to record.
    """
    results = comparison.clip_a, comparison.clip_b
    content = {
        'mmposenorm': mmposenorm.__version__,
        'versions': package_versions(),
        'clips': {
            letter: _clip_content(clip, result)
            for letter, clip, result in zip('ab', clips, results, strict=True)
        },
        **comparison.to_dict(),
    }
    content['settings'] = settings | content['settings']
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(plain(content), allow_nan=False) + '\n')


def _clip_content(clip: ComparedClip, result: PoseNormResult) -> dict[str, Any]:
    person = clip.person
    return {
        'path': clip.path,
        'person': person.describe(),
        'layout': person.layout,
        'fps': person.fps,
        'image_size': person.image_size,
        'frame_times': result.frame_times,
        'keypoints': result.keypoints,
        'keypoints_visible': result.keypoints_visible,
        'joint_rotations': result.joint_rotations,
        'normalized_poses_m': result.normalized_poses,
        'body_up': result.body_up,
        'direction_sigma': result.direction_sigma,
        'pose_features': result.pose_features if result.has_features else None,
    }
