"""Write a comparison of two clips as video, pictures, table and JSON."""

import csv
import json
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import mmposenorm
from mmposenorm.comparison.alignment_plot import plot_alignment
from mmposenorm.comparison.clip_pictures import show_clip
from mmposenorm.comparison.compare import Comparison
from mmposenorm.comparison.differences import LIMBS
from mmposenorm.comparison.key_frames import draw_key_frames
from mmposenorm.comparison.side_by_side import side_by_side
from mmposenorm.keypoints import PersonTrack
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.visualization.files import write_image, write_video

_PACKAGES = ('torch', 'mmengine', 'mmcv', 'mmcv-lite', 'mmpose', 'mediapipe', 'numpy')
_USUAL_FPS = 30.0  # of the video if that of clip A is not known
_DIGITS = 5
_COMPARED = {'normalized': 'normalized poses', 'features': 'pose features'}


class ComparedClip(NamedTuple):
    """A clip from its file to its poses.

    Attributes:
        path: The video or the file of keypoints.
        person: The person that was followed.
        result: Their poses.
        mirrored: Whether these are mirrored.
    """

    path: Path
    person: PersonTrack
    result: PoseNormResult
    mirrored: bool = False


def write_comparison(
    folder: str | Path,
    clip_a: ComparedClip,
    clip_b: ComparedClip,
    comparison: Comparison,
    settings: dict[str, Any],
) -> list[str]:
    """Write a comparison as video, pictures, table and JSON.

    Args:
        folder: Where ``aligned.mp4``, ``keyframes.png``, ``alignment.png``,
            ``alignment.csv`` and ``result.json`` go.
        clip_a: Clip A.
        clip_b: Clip B.
        comparison: The comparison.
        settings: Further settings to record in the JSON file.

    Returns:
        Names of the files.
    """
    folder = Path(folder)
    clips = clip_a, clip_b
    shown_a, shown_b = (show_clip(*clip) for clip in clips)
    write_table(folder / 'alignment.csv', clip_a.result, clip_b.result, comparison)
    write_result(folder / 'result.json', clips, comparison, settings)
    plot_alignment(folder / 'alignment.png', shown_a, shown_b, comparison)
    progress = tqdm(
        side_by_side(shown_a, shown_b, comparison),
        desc='aligned.mp4',
        total=len(clip_a.result),
        unit='frame',
        delay=2,
        leave=False,
    )
    fps = clip_a.person.fps or _USUAL_FPS
    write_video(folder / 'aligned.mp4', progress, fps)
    key_frames = draw_key_frames(shown_a, shown_b, comparison)
    write_image(folder / 'keyframes.png', key_frames)
    return sorted(file.name for file in folder.iterdir())


def write_table(
    path: Path, clip_a: PoseNormResult, clip_b: PoseNormResult, comparison: Comparison
) -> None:
    """Write the alignment as CSV, with a row for each pair and each unmatched frame.

    The rows follow the frames of A; the unmatched frames of B come last. Cells are
    empty where a frame has no match, a time is not known or a limb is not seen.
    ``distance`` is the frame distance used by the alignment and has no unit; the
    distances of the poses and of their limbs are in centimetres.

    Args:
        path: The file.
        clip_a: Clip A.
        clip_b: Clip B.
        comparison: The comparison.
    """
    alignment = comparison.alignment
    rows: list[list[Any]] = [
        [*_moment(clip_a, a), *_moment(clip_b, b), distance, 100 * pose, *(100 * limbs)]
        for (a, b), distance, pose, limbs in zip(
            alignment.path,
            alignment.path_distances,
            comparison.pose_distances,
            comparison.limb_distances,
            strict=True,
        )
    ]
    no_moment, no_distances = [None] * 2, [None] * (2 + len(LIMBS))
    rows += [
        [*_moment(clip_a, a), *no_moment, *no_distances] for a in alignment.unmatched_a
    ]
    rows.sort(key=lambda row: row[0])  # stable, so pairs of one frame stay in order
    rows += [
        [*no_moment, *_moment(clip_b, b), *no_distances] for b in alignment.unmatched_b
    ]
    with path.open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(
            ['frame_a', 'time_a_s', 'frame_b', 'time_b_s', 'distance', 'pose_cm']
            + [f'{limb.replace(" ", "_")}_cm' for limb in LIMBS]
        )
        writer.writerows([_cell(value) for value in row] for row in rows)


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
    alignment = comparison.alignment
    content = {
        'mmposenorm': mmposenorm.__version__,
        'versions': {'python': platform.python_version()} | _versions(),
        'settings': settings | comparison.settings,
        'clips': {
            letter: _clip_content(clip)
            for letter, clip in zip('ab', clips, strict=True)
        },
        'alignment': {
            'distance': alignment.distance,
            'mean_distance': alignment.mean_distance,
            'path': alignment.path,
            'path_distances': alignment.path_distances,
            'pose_distances_m': comparison.pose_distances,
            'limb_distances_m': comparison.limb_distances,
            'limbs': list(LIMBS),
            'matches': alignment.matches,
            'match_distances': alignment.match_distances,
            'unmatched_a': alignment.unmatched_a,
            'unmatched_b': alignment.unmatched_b,
            'mirrored_a': clips[0].mirrored,
        },
        'differences': [vars(difference) for difference in comparison.differences],
    }
    path.write_text(json.dumps(content, default=_plain, allow_nan=False) + '\n')


def describe_comparison(
    clip_a: ComparedClip, clip_b: ComparedClip, comparison: Comparison
) -> str:
    """Say in a few lines what was matched and where the clips differ most."""
    alignment = comparison.alignment
    matched = len(clip_a.result) - len(alignment.unmatched_a)
    settings = comparison.settings
    lines = [
        f'Matched {matched} of {len(clip_a.result)} frames of {clip_a.path.name} (A) '
        f'with {len(clip_b.result) - len(alignment.unmatched_b)} of '
        f'{len(clip_b.result)} frames of {clip_b.path.name} (B), by '
        f'{settings["mode"]} on {_COMPARED[settings["features"]]}; '
        f'poses are {100 * comparison.pose_distances.mean():.0f} cm apart on average.'
    ]
    if clip_a.mirrored:
        lines.append('A fits better mirrored: its left side is shown as the right.')
    if not comparison.differences:
        return '\n'.join([*lines, 'No limb differs.'])
    lines.append('They differ most here:')
    lines += [
        f'  {number}. {difference} ({_when(clip_a, difference.frame_a)} of A, '
        f'{_when(clip_b, difference.frame_b)} of B)'
        for number, difference in enumerate(comparison.differences, start=1)
    ]
    return '\n'.join(lines)


def _when(clip: ComparedClip, frame: int) -> str:
    times = clip.result.frame_times
    return f'frame {frame}' if times is None else f'{times[frame]:.2f} s'


def _moment(clip: PoseNormResult, frame: int) -> tuple[int, float | None]:
    times = clip.frame_times
    return int(frame), None if times is None else float(times[frame])


def _cell(value: float | None) -> float | str:
    if value is None or np.isnan(value):
        return ''
    return value if isinstance(value, int) else f'{value:.{_DIGITS}g}'


def _clip_content(clip: ComparedClip) -> dict[str, Any]:
    person, result = clip.person, clip.result
    return {
        'path': str(clip.path),
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
        'pose_features': result.pose_features if result.has_features else None,
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _plain(value: Any) -> Any:
    """Convert arrays to lists, rounded, with None for NaN."""
    if isinstance(value, Path):
        return str(value)
    value = np.asarray(value)
    if value.dtype.kind != 'f':
        return value.tolist()
    rounded = np.round(value.astype(float), _DIGITS).astype(object)
    rounded[~np.isfinite(value)] = None
    return rounded.tolist()
