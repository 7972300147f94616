"""Check that Human3.6M's annotation files are complete and consistent.

Every subject performs 15 actions twice in front of 4 cameras: 120 videos at 50 fps
without gaps, whose 3D poses project onto their 2D poses. S11_Directions may be missing.

Example:
    python tools/dataset_converters/check_h36m.py data/h36m
"""

import mmposenorm.stopping  # noqa: F401

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import torch

from mmposenorm.datasets.h36m_annotations import (
    VIDEO_FPS,
    convert_camera,
    find_sequences,
    load_annotations,
    load_cameras,
    to_world,
)
from mmposenorm.datasets.h36m_clips import S11_DIRECTIONS
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.geometry.cameras import project, world_to_camera

SPLITS = {'train': ('S1', 'S5', 'S6', 'S7', 'S8'), 'test': ('S9', 'S11')}
NUM_VIDEOS = 15 * 2 * 4
MAX_ERROR = 1.0  # px; 0.001 is usual


def find_faults(data_root: Path, split: str) -> Iterator[str]:
    """Find what is missing or wrong in one split.

    Args:
        data_root: Folder of the data set.
        split: ``'train'`` or ``'test'``.

    Yields:
        A sentence for each fault.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file cannot be read at all.
    """
    folder = data_root / 'annotation_body3d'
    cameras = load_cameras(folder / 'cameras.pkl', data_root)
    data = load_annotations(folder / f'fps{VIDEO_FPS}' / f'h36m_{split}.npz', data_root)
    sequences = find_sequences(data['imgname'])
    if sequences and sequences[0].fps != VIDEO_FPS:
        yield f'{split}: expected {VIDEO_FPS} fps, but got {sequences[0].fps:g}.'
    pieces = Counter((s.subject, s.action, s.camera) for s in sequences)
    for video, count in pieces.items():
        if count > 1:
            yield f'{split}: {" ".join(video)} has {count - 1} gap(s).'
    for subject in SPLITS[split]:
        videos = {v for v in pieces if v[0] == subject and v[:2] != S11_DIRECTIONS}
        expected = NUM_VIDEOS - (4 if subject == S11_DIRECTIONS[0] else 0)
        if len(videos) != expected:
            yield f'{split}: {subject} has {len(videos)} videos; expected {expected}.'
    for sequence in sequences:
        name = f'{sequence.subject} {sequence.action} {sequence.camera}'
        camera = cameras.get((sequence.subject, sequence.camera))
        if camera is None:
            yield f'{split}: {name} has no camera.'
            continue
        rows = sequence.rows[[0, -1]]
        world = torch.from_numpy(to_world(data['S'][rows, :, :3], camera))
        ours = convert_camera(camera)
        error = project(world_to_camera(world, ours), ours) - data['part'][rows, :, :2]
        if error.abs().max() > MAX_ERROR:
            yield f'{split}: 2D and 3D of {name} are {error.abs().max():.1f} px apart.'


def main() -> None:
    """Check as the command line says."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'data_root', type=Path, help='folder that holds annotation_body3d/'
    )
    data_root = parser.parse_args().data_root
    with one_sentence_errors():
        faults = [fault for split in SPLITS for fault in find_faults(data_root, split)]
    if faults:
        raise SystemExit('\n'.join(faults))
    print(f'{data_root} is complete.')


if __name__ == '__main__':
    main()
