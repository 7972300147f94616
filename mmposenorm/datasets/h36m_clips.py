"""Human3.6M: real cameras, 2D from the annotation or from a detector."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from mmposenorm.datasets import h36m_annotations as h36m
from mmposenorm.datasets.clip_dataset import Clip, ClipDataset
from mmposenorm.fields import Count, Seed
from mmposenorm.registry import DATASETS

# Its video is damaged. Without it, 59 pairs of frontal views remain.
S11_DIRECTIONS = ('S11', 'Directions')


@DATASETS.register_module()
class H36MClips(ClipDataset):
    """Clips of Human3.6M, read from mmpose's files.

    A clip is one video, cut where frame numbers skip. The world is rotated to y up.
    All views of a motion have the same ``clip_id``. ``S11_Directions``, whose video is
    damaged, is left out, as in all published figures.

    Args:
        data_root: Folder of the data set; the files are given relative to it.
        ann_file: ``h36m_train.npz`` or ``h36m_test.npz``.
        camera_param_file: ``cameras.pkl``, of which only numbers are read.
        keypoint_2d_det_file: Detections as an npy of (N, 17, 3), pixels and confidence,
            for each frame of ``ann_file``. If not given, the annotated 2D is used.
        pipeline: See :class:`ClipDataset`.
        test_mode: See :class:`ClipDataset`.
        variants: See :class:`ClipDataset`.
        subjects: Subjects to use, e.g. ``('S9', 'S11')``; all if not given.
        cameras: Ids of the cameras to use, e.g. ``FRONTAL_CAMERAS``; all if not given.
        min_frames: Shorter pieces are left out.
        seed: See :class:`ClipDataset`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is invalid, or a camera is missing.
    """

    def __init__(
        self,
        data_root: str | Path = 'data/h36m',
        ann_file: str = 'annotation_body3d/fps50/h36m_train.npz',
        camera_param_file: str = 'annotation_body3d/cameras.pkl',
        keypoint_2d_det_file: str | None = None,
        pipeline: Sequence[dict | Callable] = (),
        test_mode: bool = False,
        variants: Sequence[str] = ('original',),
        subjects: Sequence[str] | None = None,
        cameras: Sequence[str] | None = None,
        min_frames: Count = 27,
        seed: Seed = 0,
    ) -> None:
        data_root = Path(data_root)
        camera_file = data_root / camera_param_file
        data = h36m.load_annotations(data_root / ann_file, data_root)
        camera_params = h36m.load_cameras(camera_file, data_root)
        if keypoint_2d_det_file is not None:
            data['part'] = _load_detections(
                data_root / keypoint_2d_det_file, len(data['imgname'])
            )
        sequences = [
            sequence
            for sequence in h36m.find_sequences(data['imgname'])
            if (subjects is None or sequence.subject in subjects)
            and (cameras is None or sequence.camera in cameras)
            and (sequence.subject, sequence.action) != S11_DIRECTIONS
            and len(sequence.rows) >= min_frames
        ]
        _check_cameras(sequences, camera_params, camera_file)
        clips = list(_make_clips(sequences, data, camera_params))
        super().__init__(clips, pipeline, test_mode, variants, seed)


def _load_detections(file: Path, num_frames: int) -> np.ndarray:
    if not file.is_file():
        raise FileNotFoundError(
            f'{file} not found (keypoint_2d_det_file). Download detections from '
            "mmpose's page on Human3.6M, or leave the option out to use the annotated "
            '2D.'
        )
    try:
        detections = np.load(file)
    except (EOFError, ValueError) as error:
        raise ValueError(
            f'{file} is not an npy file of numbers, or is truncated '
            '(keypoint_2d_det_file). Download it again.'
        ) from error
    return h36m.check_frames(detections, num_frames, 3, 'The array', file)


def _check_cameras(
    sequences: Sequence[h36m.Sequence],
    camera_params: dict[tuple[str, str], dict],
    file: Path,
) -> None:
    needed = {(sequence.subject, sequence.camera) for sequence in sequences}
    for subject, camera in sorted(needed - set(camera_params)):
        raise ValueError(
            f'{file} has no camera {camera} of subject {subject}, but there are frames '
            'from it. Make the file again, or select others with subjects and cameras.'
        )


def _make_clips(
    sequences: Sequence[h36m.Sequence],
    data: dict[str, np.ndarray],
    camera_params: dict[tuple[str, str], dict],
) -> Iterator[Clip]:
    ids = [f'{s.subject}_{s.action}.{s.camera}' for s in sequences]
    # All clips of a camera share one dict, so that batches stack it once.
    converted = {key: h36m.convert_camera(camera_params[key]) for key in camera_params}
    for sequence, name in zip(sequences, ids, strict=True):
        key = sequence.subject, sequence.camera
        piece = f'[{sequence.frames[0]}:{sequence.frames[-1] + 1}]'
        yield Clip(
            clip_id=f'{sequence.subject}_{sequence.action}'
            + (piece if ids.count(name) > 1 else ''),
            subject=sequence.subject,
            action=re.sub(r'_\d+$', '', sequence.action),
            fps=sequence.fps,
            keypoints_world=h36m.to_world(
                data['S'][sequence.rows, :, :3], camera_params[key]
            ),
            view=sequence.camera,
            camera=converted[key],
            keypoints=data['part'][sequence.rows, :, :2],
            keypoints_visible=data['part'][sequence.rows, :, 2],
        )
