"""Does MediaPipe's own 3D estimate make our poses better? One real recording says.

Prints the mean error of limb directions in each of four synchronized views, against 3D
that is triangulated from all four: of our poses, of MediaPipe's 3D, normalized in
closed form, and of means of both with different weights.
"""

import mmposenorm.stopping  # noqa: F401

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np
from warped_views import FILMED, keypoint_files

from mmposenorm import PoseNormInferencer
from mmposenorm.datasets.clip_dataset import Clip
from mmposenorm.datasets.triangulated_clips import TriangulatedClips
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.evaluation.limb_directions import LIMB_ENDS
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.keypoints import PersonTrack, follow, read_keypoints, to_h36m
from mmposenorm.skeletons import H36M_PARENTS

RECORDING = 'balance'
CALIBRATION = 'clips/pose2sim_balance/Calib.qca.txt'
WEIGHTS = (0.0, 0.25, 0.5, 1.0)  # of MediaPipe's directions


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('--checkpoint', help='weights; those that ship by default')
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs/own_3d'),
        help='folder that keeps the detected keypoints (default: %(default)s)',
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    args = parse_arguments(arguments)
    with one_sentence_errors():
        inferencer = PoseNormInferencer(checkpoint=args.checkpoint)
        clip, people = FILMED[RECORDING]
        files = keypoint_files(clip, args.work_dir)
        truth = TriangulatedClips(files, args.data / CALIBRATION, people)
        rows = {
            view.view: measure(inferencer, follow(read_keypoints(file), who), view)
            for view, file, who in zip(truth.clips, files, people, strict=True)
        }
    rows['mean'] = list(np.mean(list(rows.values()), axis=0))
    print(f'| weight of the own 3D | {" | ".join(f"{w:g}" for w in WEIGHTS)} |')
    print('|---|' + '---:|' * len(WEIGHTS))
    for name, errors in rows.items():
        print(f'| {name} | {" | ".join(f"{error:.1f}" for error in errors)} |')


def measure(
    inferencer: PoseNormInferencer, person: PersonTrack, view: Clip
) -> list[float]:
    """Measure the mean error of limb directions in degrees, for each weight."""
    true = limbs(np.asarray(normalize_keypoints_3d(view.keypoints_world)))
    ours = limbs(inferencer(person).normalized_poses)
    own = limbs(own_poses(person))
    errors = []
    for weight in WEIGHTS:
        mean = (1 - weight) * ours + weight * own
        mean /= np.linalg.norm(mean, axis=-1, keepdims=True)
        cosines = np.einsum('tkd,tkd->tk', mean, true)
        errors.append(float(np.degrees(np.arccos(np.clip(cosines, -1, 1))).mean()))
    return errors


def own_poses(person: PersonTrack) -> np.ndarray:
    """Normalize the detector's own 3D in closed form, (T, 17, 3)."""
    world = person.world_keypoints
    if world is None:
        raise ValueError(
            'The keypoint files hold no 3D of the detector. Delete the folder of '
            '--work-dir, so that people are detected again.'
        )
    flat, _ = to_h36m(world[..., :2], person.visible, person.layout)
    depth, _ = to_h36m(world[..., 1:], person.visible, person.layout)
    poses = np.concatenate([flat, depth[..., 1:]], axis=-1)
    # The layout has no spine, neck and head; the directions of limbs need none.
    up = poses[:, 8] - poses[:, 0]
    for keypoint, height in ((7, 0.5), (9, 1.2), (10, 1.5)):
        poses[:, keypoint] = poses[:, 0] + height * up
    return np.asarray(normalize_keypoints_3d(poses))


def limbs(poses: np.ndarray) -> np.ndarray:
    """Directions of thighs, shins, upper and lower arms, (T, 8, 3)."""
    ends = list(LIMB_ENDS)
    bones = poses[:, ends] - poses[:, [H36M_PARENTS[end] for end in ends]]
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


if __name__ == '__main__':
    sys.exit(main())
