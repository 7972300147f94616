"""Convert CMU motion capture (ASF/AMC) to the npz and index.json of MocapClips.

Reads all NN_TT.amc with their NN.asf beside them in a folder from mocap.cs.cmu.edu.
Each trial becomes an array NN_TT, (T, 17, 3): Human3.6M's joints, metres, y up, 50 fps.

Example:
    python tools/dataset_converters/cmu_asf_amc.py all_asfamc/ data/cmu_h36m17
"""

import mmposenorm.stopping  # noqa: F401

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np

from mmposenorm.atomic_files import atomic_file
from mmposenorm.datasets.asf_amc import (
    bone_ends,
    h36m_keypoints,
    load_amc,
    load_asf,
    resample_indices,
)
from mmposenorm.datasets.clip_dataset import check_keypoints_world
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.resampling import check_fps

TARGET_FPS = 50
# The subjects on whom all mocap figures of this repository are measured.
TEST_SUBJECTS = (2, 35, 38, 127, 135)


def convert(
    folder: Path,
    out_dir: Path,
    labels: dict[str, str],
    source_fps: float = 120,
    test_subjects: tuple[int, ...] = TEST_SUBJECTS,
) -> list[dict]:
    """Convert all trials in a folder.

    Args:
        folder: Folder with NN.asf and NN_TT.amc beside them, at any depth.
        out_dir: Folder for ``train.npz``, ``test.npz`` (if there are test subjects)
            and ``index.json``.
        labels: Descriptions of the trials by name; some may be missing.
        source_fps: Frames per second of the recordings.
        test_subjects: Numbers of the subjects that go into ``test.npz``.

    Returns:
        The entries of the index, one for each trial.

    Raises:
        FileNotFoundError: If there is nothing to convert.
        NotADirectoryError: If ``out_dir`` is a file.
        ValueError: If a file is damaged or ``source_fps`` is invalid. Nothing is
            written in this case.
    """
    check_fps(source_fps)
    check_folder(out_dir)
    trials: dict[str, dict[str, np.ndarray]] = {}
    index = []
    for asf_file, amc_file in find_trials(folder):
        keypoints = convert_trial(asf_file, amc_file, source_fps)
        key = amc_file.stem
        subject, trial = (int(number) for number in key.split('_'))
        split = 'test' if subject in test_subjects else 'train'
        trials.setdefault(split, {})[key] = keypoints
        index.append(
            {
                'key': key,
                'split': split,
                'subject': subject,
                'trial': trial,
                'frames': len(keypoints),
                'fps': TARGET_FPS,
                'label': labels.get(key, ''),
            }
        )
    for split, arrays in trials.items():
        with atomic_file(out_dir / f'{split}.npz') as file:
            np.savez_compressed(file, **arrays)
    with atomic_file(out_dir / 'index.json') as file:
        file.write(json.dumps(index, indent=0).encode())
    return index


def convert_trial(asf_file: Path, amc_file: Path, source_fps: float) -> np.ndarray:
    """Convert one trial to keypoints at 50 fps, (T, 17, 3) float32, in metres."""
    skeleton = load_asf(asf_file)
    motion = load_amc(amc_file, skeleton)
    keep = resample_indices(len(motion['root']), source_fps, TARGET_FPS)
    motion = {name: values[keep] for name, values in motion.items()}
    ends = bone_ends(skeleton, motion)
    keypoints = h36m_keypoints(ends, skeleton.metres).astype(np.float32)
    check_keypoints_world(keypoints, amc_file.stem, amc_file)
    return keypoints


def check_folder(folder: Path) -> None:
    """Raise an error if the folder or one of its parents is a file."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise NotADirectoryError(
            f'{there} is a file; expected a folder to write into. Give another out_dir.'
        )


def find_trials(folder: Path) -> list[tuple[Path, Path]]:
    """Pair each NN_TT.amc under a folder with the NN.asf beside it."""
    pairs = []
    for amc_file in sorted(folder.rglob('*_*.amc')):
        asf_file = amc_file.with_name(f'{amc_file.stem.split("_")[0]}.asf')
        if not asf_file.is_file():
            raise FileNotFoundError(
                f'{asf_file} not found; {amc_file.name} needs the skeleton of its '
                'subject beside it. Download it from mocap.cs.cmu.edu.'
            )
        pairs.append((asf_file, amc_file))
    if not pairs:
        raise FileNotFoundError(
            f'{folder} contains no NN_TT.amc. Download subjects from '
            'mocap.cs.cmu.edu and give their folder.'
        )
    return pairs


def load_labels(file: Path) -> dict[str, str]:
    """Read CMU's list of trials: lines with a trial's name, a tab and a label."""
    rows = (line.split('\t') for line in file.read_text(errors='replace').splitlines())
    return {row[0].strip(): row[1].strip() for row in rows if len(row) > 1}


def main() -> None:
    """Convert as the command line says."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('folder', type=Path, help='folder with .asf and .amc files')
    parser.add_argument(
        'out_dir', type=Path, help='folder for the npz files and index.json'
    )
    parser.add_argument('--labels', type=Path, help="CMU's list: trial, tab, label")
    parser.add_argument(
        '--source-fps', type=float, default=120, help='frame rate (%(default)s)'
    )
    parser.add_argument(
        '--test-subjects', type=int, nargs='*', default=TEST_SUBJECTS, metavar='N',
        help='subjects that go into test.npz (%(default)s)',
    )  # fmt: skip
    args = parser.parse_args()
    with one_sentence_errors():
        labels = load_labels(args.labels) if args.labels else {}
        index = convert(
            args.folder, args.out_dir, labels, args.source_fps, args.test_subjects
        )
    frames = sum(entry['frames'] for entry in index)
    print(f'Wrote {len(index)} trials, {frames} frames to {args.out_dir}.')


if __name__ == '__main__':
    main()
