"""Write a comparison of two clips as page, video, pictures, tables and JSON."""

import json
from collections.abc import Sequence
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
from mmposenorm.keypoints import PersonTrack, is_keypoint_path
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.report.html_report import write_page
from mmposenorm.visualization.files import write_image, write_video

_USUAL_FPS = 30.0  # of the video if that of clip A is not known


class ComparedClip(NamedTuple):
    """Where a clip comes from.

    Attributes:
        path: The video or the file of keypoints.
        person: The person that was followed.
    """

    path: Path
    person: PersonTrack


def write_comparison(
    folder: str | Path,
    clip_a: ComparedClip,
    clip_b: ComparedClip,
    comparison: Comparison,
    settings: dict[str, Any],
    upright: bool = True,
) -> list[str]:
    """Write a comparison as page, video, pictures, tables and JSON.

    Args:
        folder: Where ``report.html``, ``aligned.mp4``, ``keyframes.png``,
            ``alignment.png``, ``alignment.csv``, ``differences.csv`` and
            ``result.json`` go.
        clip_a: Clip A.
        clip_b: Clip B.
        comparison: The comparison.
        settings: Further settings to record in the page and the JSON file.
        upright: Whether normalized poses are drawn upright, or with the root at
            identity.

    Returns:
        Names of the files.
    """
    folder = Path(folder)
    clips = clip_a, clip_b
    shown_a = _show(clip_a.path, comparison.clip_a, comparison.mirrored, upright)
    shown_b = _show(clip_b.path, comparison.clip_b, False, upright)
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
    fps = clip_a.person.fps or _USUAL_FPS
    write_video(folder / 'aligned.mp4', progress, fps)
    key_frames = draw_key_frames(shown_a, shown_b, comparison)
    write_image(folder / 'keyframes.png', key_frames)
    write_page(
        folder / 'report.html',
        comparison,
        (shown_a, shown_b),
        settings | _sources(clips),
        aligned_video='aligned.mp4',
    )
    return sorted(file.name for file in folder.iterdir())


def _show(
    path: Path, result: PoseNormResult, mirrored: bool, upright: bool
) -> ShownClip:
    video = None if is_keypoint_path(path) else path
    return show_clip(path.name, result, video, mirrored, upright)


def _sources(clips: Sequence[ComparedClip]) -> dict[str, str]:
    """Say what found the keypoints of each clip."""
    return {
        f'keypoints_{letter}': clip.person.source
        for letter, clip in zip('ab', clips, strict=True)
    }


def write_result(
    path: Path,
    clips: Sequence[ComparedClip],
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
