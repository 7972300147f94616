"""Draw how a clip is normalized, as in Figure 6 of the paper.

Shows side by side the 2D input; the true pose in world axes; the reconstructed pose in
camera axes; that pose aligned with a T-pose by Procrustes; the condition skeleton in
camera axes; and the normalized pose. Views of one frame are below one another. Left
limbs are blue, right ones vermilion. Writes CLIP.png with a few frames and CLIP.mp4
with all.
"""

import mmposenorm.stopping  # noqa: F401

import re
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from tqdm import tqdm

from mmposenorm.checkpoints import load_model, load_weights, read_training_weights
from mmposenorm.engine.runtime import (
    add_cfg_options,
    add_trust_checkpoint,
    one_sentence_errors,
    read_config,
)
from mmposenorm.geometry.cameras import project, world_to_camera
from mmposenorm.geometry.kinematics import root_frame
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.geometry.rest_pose import turn_to_rest
from mmposenorm.registry import DATASETS, MODELS
from mmposenorm.visualization import (
    LEFT_COLOR,
    RIGHT_COLOR,
    blank_image,
    camera_to_viewer,
    draw_pose,
    draw_pose_3d,
    draw_text,
    fit_scale,
    fit_scale_3d,
    title_row,
    write_image,
    write_video,
)

PANEL_SIZE = (240, 304)  # width, height in pixels


@dataclass
class ShownClip:
    """A clip of T frames to draw, from one side.

    Args:
        name: Name of the clip.
        view: Name of the side it is seen from.
        fps: Frames per second.
        keypoints: The 2D input in pixels, root at 0, (T, 17, 2).
        visible: Which keypoints are visible, (T, 17).
        poses: 3D poses by title, in viewer axes, in metres, root at 0, (T, 17, 3).
    """

    name: str
    view: str
    fps: float
    keypoints: np.ndarray
    visible: np.ndarray
    poses: dict[str, np.ndarray]


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='examples:\n'
        '  python tools/show_normalization.py configs/posenorm_cmu.py '
        'work_dirs/posenorm_cmu/iter_7812.pth --trust-checkpoint --clip 07_01\n'
        '  python tools/show_normalization.py configs/posenorm_cmu.py --ground-truth',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', type=Path, help='config of a pose normalizer')
    parser.add_argument(
        'checkpoint', nargs='?',
        help='checkpoint of its model (*.pth; default: the weights that ship)',
    )  # fmt: skip
    parser.add_argument(
        '--ground-truth',
        action='store_true',
        help='normalize the true 3D pose in closed form instead of using a model',
    )
    parser.add_argument(
        '--clip', help='clip_id of a clip of the test data (default: the first)'
    )
    parser.add_argument(
        '--out-dir', type=Path, default=Path('outputs'), help='folder for the files'
    )
    parser.add_argument(
        '--frames', type=int, default=5, help='number of frames in the PNG'
    )
    add_trust_checkpoint(parser)
    add_cfg_options(parser, 'the config', 'test_dataloader.dataset.ann_file=mine.npz')
    args = parser.parse_args()
    if args.checkpoint and args.ground_truth:
        parser.error('expected either a checkpoint or --ground-truth, not both')
    if args.frames < 1:
        parser.error(f'--frames must be at least 1, but is {args.frames}')
    return args


def main() -> None:
    """Draw as the command line says."""
    args = parse_arguments()
    with one_sentence_errors():
        config = read_config(args.config, args.cfg_options)
        init_default_scope(config.get('default_scope', 'mmposenorm'))
        batches = [default_collate([s]) for s in find_samples(config, args.clip)]
        args.out_dir.mkdir(parents=True, exist_ok=True)
        if args.ground_truth:
            views = [show_ground_truth(batch) for batch in batches]
        else:
            model = build_model(config, args.checkpoint, args.trust_checkpoint)
            views = [show_prediction(model, batch) for batch in batches]
    draw_clip(views, args.out_dir, args.frames)


def find_samples(config: Config, clip_id: str | None) -> list[dict]:
    """Find a clip in the test data of a config.

    Args:
        config: Its ``test_dataloader.dataset`` is built.
        clip_id: The clip; the first if None.

    Returns:
        The packed sample of each view of the clip, on the original body.
    """
    originals = {**config.test_dataloader.dataset, 'variants': ('original',)}
    dataset = DATASETS.build(originals)
    clip_ids = [clip.clip_id for clip in dataset.clips]
    clip_id = clip_id or clip_ids[0]
    if clip_id in clip_ids:
        return [dataset[i] for i, name in enumerate(clip_ids) if name == clip_id]
    known = sorted(set(clip_ids))
    sys.exit(
        f'The test data of the config has no clip {clip_id!r}; it has {len(known)}: '
        f'{", ".join(known[:20])}{", ..." if len(known) > 20 else ""}.'
    )


def show_ground_truth(batch: dict) -> ShownClip:
    """Normalize the true 3D pose of a clip in closed form.

    Args:
        batch: A collated sample.

    Returns:
        The clip to draw. Its 2D input is projected if the data has none.
    """
    inputs = batch['inputs']
    if 'camera' not in inputs:
        sys.exit(
            'The test data of the config has no cameras to draw from. Use a data set '
            'with test_mode=True.'
        )
    in_camera = world_to_camera(inputs['keypoints_world'], inputs['camera'])
    normalized = normalize_keypoints_3d(in_camera)
    inputs.setdefault('keypoints', project(in_camera, inputs['camera']))
    return arrange(
        batch,
        'truth',
        reconstructed=in_camera[0],
        condition=(normalized @ root_frame(in_camera).mT)[0],
        normalized=normalized[0],
    )


def build_model(config: Config, checkpoint: str | None, trust: bool) -> BaseModel:
    """Build the model of a config; without a checkpoint, with the weights that ship."""
    model = MODELS.build(config.model)
    if checkpoint is None:
        shipped = load_model().normalizer.state_dict()
        load_weights(model, shipped, 'The file of weights that ships')
    else:
        load_weights(model, read_training_weights(checkpoint, trust), checkpoint)
    return model.to(get_device()).eval()


def show_prediction(model: BaseModel, batch: dict) -> ShownClip:
    """Normalize a clip with a model.

    Args:
        model: A trained model.
        batch: A collated sample.

    Returns:
        The clip to draw, with the 2D input of the model.
    """
    with torch.no_grad():
        batch = model.data_preprocessor(batch, training=False)
        predicted = model(**batch, mode='predict')[0].pred_instances
    return arrange(
        batch,
        'reconstruction',
        reconstructed=predicted.keypoints,
        condition=predicted.condition_keypoints,
        normalized=predicted.normalized_poses,
    )


def arrange(batch: dict, source: str, **poses: torch.Tensor) -> ShownClip:
    """Rotate poses into the axes in which they are drawn.

    Args:
        batch: A collated sample, with 2D keypoints.
        source: Title of the pose in camera axes.
        **poses: ``reconstructed`` and ``condition`` in camera axes and ``normalized``,
            each (T, 17, 3) in metres.

    Returns:
        The clip to draw.
    """
    inputs = {k: v[0].cpu() for k, v in batch['inputs'].items() if k != 'camera'}
    labels = {key: values[0] for key, values in batch['data_samples'].items()}
    poses = {name: (pose - pose[:, :1]).cpu() for name, pose in poses.items()}
    poses['world'] = inputs['keypoints_world'] - inputs['keypoints_world'][:, :1]
    poses['turned'] = turn_to_rest(poses['reconstructed'])
    poses = {name: pose.numpy() for name, pose in poses.items()}
    keypoints = inputs['keypoints'].numpy()
    visible = inputs.get('keypoints_visible', torch.ones(keypoints.shape[:2])).numpy()
    return ShownClip(
        name=labels['clip_id'],
        view=labels['view'],
        fps=float(labels['fps']),
        keypoints=keypoints - anchor(keypoints, visible),
        visible=visible,
        poses={
            'truth, world axes': poses['world'],
            f'{source}, camera axes': camera_to_viewer(poses['reconstructed']),
            'Procrustes to T-pose': poses['turned'],
            'condition skeleton': camera_to_viewer(poses['condition']),
            'normalized': poses['normalized'],
        },
    )


def anchor(keypoints: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Return the root of each frame, or the centroid if it is missing, (T, 1, 2)."""
    there = (visible > 0)[..., None]
    middle = (keypoints * there).sum(axis=1) / there.sum(axis=1).clip(min=1)
    return np.where(there[:, 0], keypoints[:, 0], middle)[:, None]


def draw_clip(views: Sequence[ShownClip], out_dir: Path, num_frames: int) -> None:
    """Write a picture of some frames and a video of all frames.

    Args:
        views: The views of the clip, each of T frames.
        out_dir: Folder for the files.
        num_frames: Number of frames in the picture, evenly spaced over the clip.
    """
    clip = views[0]
    total = len(clip.keypoints)
    titles = title_row(['2D input', *clip.poses], PANEL_SIZE[0])
    draw_text(titles, 'left', (130, 19), LEFT_COLOR)
    draw_text(titles, 'right', (170, 19), RIGHT_COLOR)
    chosen = np.linspace(0, total - 1, min(num_frames, total)).round()
    rows = list(draw_frames(views, chosen.astype(int)))
    stem = re.sub(r'[^\w.+-]+', '_', clip.name)
    files = [out_dir / f'{stem}{suffix}' for suffix in ('.png', '.mp4')]
    write_image(files[0], np.concatenate([titles, *rows]))
    progress = tqdm(draw_frames(views, range(total)), files[1].name, total)
    write_video(files[1], (np.concatenate([titles, row]) for row in progress), clip.fps)
    print(f'Drew {total} frames. Wrote {files[0]} and {files[1]}.')


def draw_frames(
    views: Sequence[ShownClip], frames: range | np.ndarray
) -> Iterator[np.ndarray]:
    """Draw each frame: a row of panels for each view."""
    width, height = PANEL_SIZE
    poses = np.concatenate([np.stack(list(view.poses.values())) for view in views])
    scale_3d = fit_scale_3d(poses, width, height)
    scales_2d = [
        fit_scale(view.keypoints[view.visible > 0], width, height) for view in views
    ]
    for frame in frames:
        rows = []
        for view, scale in zip(views, scales_2d, strict=True):
            panels = [blank_image(width, height) for _ in range(1 + len(view.poses))]
            points = view.keypoints[frame] * scale + (width / 2, height / 2)
            draw_pose(panels[0], points, view.visible[frame])
            for panel, shown in zip(panels[1:], view.poses.values(), strict=True):
                draw_pose_3d(panel, shown[frame], scale_3d)
            draw_text(panels[0], f'frame {frame}, {frame / view.fps:.2f} s', (8, 12))
            draw_text(panels[0], view.view, (8, height - 12))
            rows.append(np.concatenate(panels, axis=1))
        yield np.concatenate(rows)


if __name__ == '__main__':
    main()
