"""What the page shows, as plain values."""

import base64
from typing import Any

import cv2
import numpy as np

import mmposenorm
from mmposenorm.alignment import Alignment
from mmposenorm.comparison.alignment_plot import distance_matrix
from mmposenorm.comparison.clip_pictures import BlankPictures, ShownClip
from mmposenorm.comparison.compare_clips import Comparison
from mmposenorm.comparison.sentences import (
    MOST_SAID,
    NO_DIFFERENCE,
    SCORE_MEANING,
    angle_meaning,
    angle_name,
    say_differences,
    say_matched,
    say_mirrored,
    say_not_compared,
    say_repetitions,
    say_slow_motion,
    say_verdict,
)
from mmposenorm.comparison.side_by_side import highlighted_keypoints
from mmposenorm.comparison.tables import plain
from mmposenorm.comparison.versions import package_versions
from mmposenorm.geometry.angles import ANGLES
from mmposenorm.report.clip_videos import FPS
from mmposenorm.skeletons import H36M_LEFT, H36M_PARENTS, H36M_RIGHT

_MATRIX_FRAMES = 400
# Poses and angles of both clips together; about half a kilobyte each.
_MOST_POSES = 12_000
_THINNED = (
    'The clips are long: of poses and angles, this page holds one every {step} frames.'
)
_NOT_SEEN_COLOR = (200, 200, 200)


def report_content(
    comparison: Comparison,
    clips: tuple[ShownClip, ShownClip],
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Collect what the page shows.

    Args:
        comparison: The comparison.
        clips: What is drawn of A and of B.
        settings: Further settings to list.

    Returns:
        Strings, numbers, lists and dicts. Poses are in millimetres, keypoints in pixels
        of the pictures, angles in degrees, times in seconds, frames counted from 0. Of
        poses, keypoints and angles of long clips there is one every ``step`` frames.
    """
    count = sum(len(clip.poses) for clip in clips)
    step = max(1, -(-count // _MOST_POSES))
    content = {
        **_findings(comparison),
        'step': step,
        'notice': None if step == 1 else _THINNED.format(step=step),
        'clips': [_clip(clip, step) for clip in clips],
        'video_fps': FPS,
        'skeleton': {
            'parents': H36M_PARENTS,
            'left': H36M_LEFT,
            'right': H36M_RIGHT,
        },
        'pairings': _pairings(comparison, step),
        'repetitions': _repetitions(comparison),
        'angles': _angles(comparison, step),
        'matrix': _matrix(comparison),
        'settings': settings | comparison.settings,
        'versions': {'mmposenorm': mmposenorm.__version__} | package_versions(),
    }
    return plain(content)


def _findings(comparison: Comparison) -> dict[str, Any]:
    said = say_differences(comparison)
    notes = [say_matched(comparison), *say_mirrored(comparison)]
    if comparison.score is not None:
        notes += say_slow_motion(comparison)
        notes += say_not_compared(comparison)
        notes += [note.strip() for note in say_repetitions(comparison)]
    return {
        'verdict': say_verdict(comparison),
        'score': comparison.score,
        'score_meaning': SCORE_MEANING,
        'no_difference': NO_DIFFERENCE,
        'main_differences': MOST_SAID,
        'notes': notes,
        'differences': [
            {
                'sentence': sentence,
                'angle': ANGLES.index(difference.angle),
                'spans': [difference.span_a, difference.span_b],
                'frames': [difference.frame_a, difference.frame_b],
                'keypoints': sorted(highlighted_keypoints([difference])),
            }
            for sentence, difference in zip(said, comparison.differences, strict=True)
        ],
    }


def _clip(clip: ShownClip, step: int) -> dict[str, Any]:
    keypoints = np.where(clip.visible[..., None] > 0, clip.keypoints, np.nan)
    return {
        'name': clip.name,
        'size': clip.pictures.size,
        'has_pictures': not isinstance(clip.pictures, BlankPictures),
        'times': clip.frame_times,
        'count': len(clip.poses),
        'keypoints': _whole_numbers(keypoints[::step]),
        'poses': _whole_numbers(clip.poses[::step] * 1000),
    }


def _whole_numbers(values: np.ndarray) -> list[list[int | None]]:
    """Round to whole numbers, in one list for each frame; None for NaN."""
    rounded = np.rint(np.nan_to_num(values)).astype(int).astype(object)
    rounded[~np.isfinite(values)] = None
    return rounded.reshape(len(values), -1).tolist()


def _pairings(comparison: Comparison, step: int) -> list[dict[str, Any]]:
    """Which frames match: over the whole clips, and of each repetition of B."""
    each = comparison.each_repetition
    alignments = [comparison.alignment]
    if each is not None:
        alignments += each.alignments
    return [
        {
            'path': alignment.path[::step],
            'matches': [_matches(alignment, side) for side in (0, 1)],
        }
        for alignment in alignments
    ]


def _matches(alignment: Alignment, side: int) -> dict[str, Any]:
    """Of the frames of a side, the closest of those they are paired with, or -1.

    There is one for each frame from the ``first`` that has a pair to the last.
    """
    order = np.lexsort((alignment.path_distances, alignment.path[:, side]))
    paired, closest = np.unique(alignment.path[order, side], return_index=True)
    matches = np.full(paired[-1] - paired[0] + 1, -1)
    matches[paired - paired[0]] = alignment.path[order[closest], 1 - side]
    return {'first': paired[0], 'frames': matches}


def _repetitions(comparison: Comparison) -> dict[str, Any] | None:
    if comparison.repetitions is None:
        return None
    each = comparison.each_repetition
    return {
        'spans': [repetitions.spans for repetitions in comparison.repetitions],
        'model': None if each is None else each.model,
        'scores': None if each is None else each.scores,
        'outliers': None if each is None else each.outliers,
    }


def _angles(comparison: Comparison, step: int) -> dict[str, Any]:
    return {
        'names': [angle_name(angle) for angle in ANGLES],
        'meanings': [angle_meaning(angle) for angle in ANGLES],
        'degrees': [curves.degrees[::step].T.round(1) for curves in comparison.angles],
    }


def _matrix(comparison: Comparison) -> dict[str, Any]:
    """The distances as a picture, A to the right and B upwards, dark where alike."""
    distances = distance_matrix(*comparison.described, _MATRIX_FRAMES).T[::-1]
    seen = np.isfinite(distances)
    low, high = distances[seen].min(), distances[seen].max()
    grey = (np.nan_to_num(distances) - low) / max(high - low, 1e-9) * 255
    image = cv2.applyColorMap(grey.clip(0, 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    image[~seen] = _NOT_SEEN_COLOR
    encoded = base64.b64encode(cv2.imencode('.png', image)[1].tobytes()).decode()
    return {'image': f'data:image/png;base64,{encoded}', 'range': (low, high)}
