"""A trained lifter of mmpose, run as mmpose runs it."""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.hub import get_config
from mmengine.model import BaseModule
from mmengine.registry import DefaultScope
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

from mmposenorm.mmpose_compat import import_mmpose
from mmposenorm.models.lifters.lifter_input import image_sizes
from mmposenorm.registry import MODELS

_BATCH_FRAMES = 256  # frames that one call of the model predicts


@MODELS.register_module()
class MMPoseLifter(BaseModule):
    """Any 3D lifter of mmpose that takes Human3.6M's 17 keypoints; inference only.

    Windows are cut as in the config's test data set, encoded by its test pipeline and
    decoded by its codec, with its flip test, so that the output is that of mmpose.
    Unlike ``mmpose.apis.inference_pose_lifter_model``, which calls the model once for
    each frame, windows are batched; lifters that predict many frames
    (``multiple_target``, e.g. MotionBERT) do so at once; and the visibility of
    keypoints is kept instead of being replaced by ones.

    Args:
        config: Path of a config, or a name such as
            ``'mmpose::body_3d_keypoint/video_pose_lift/h36m/video-pose-lift_....py'``.
        checkpoint: Path or URL of its weights, from a source that you trust:
            checkpoints of MMEngine can run code. Random weights if not given.
        image_size: Width and height of the image in pixels, by which lifters scale
            their input. Twice the camera's principal point if not given.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the lifter is for other keypoints than Human3.6M's 17, or the
            checkpoint does not fit the config.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str | None = None,
        image_size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        import_mmpose()
        from mmpose.apis.inference import dataset_meta_from_config, init_model

        cfg = get_config(config) if '::' in config else Config.fromfile(config)
        dataset = cfg.test_dataloader.dataset
        # mmpose's init_model changes the default scope of the process.
        with DefaultScope.overwrite_default_scope('mmpose'):
            self.model = init_model(cfg, device='cpu')
            self.pipeline = Compose(dataset.pipeline)
            self.dataset_meta = dataset_meta_from_config(cfg, dataset_mode='test')
        num_keypoints = self.dataset_meta['num_keypoints']
        if num_keypoints != 17:
            raise ValueError(
                f"{config} lifts {num_keypoints} keypoints; expected Human3.6M's 17. "
                'Choose a config of mmpose that is trained on Human3.6M.'
            )
        if checkpoint is not None:
            _load_weights(self.model, checkpoint, config)
        self.causal = dataset.get('causal', True)  # as in mmpose's data set
        self.window_length = dataset.get('seq_len', 1)
        self.window_step = dataset.get('seq_step', 1)
        self.frames_at_once = dataset.get('multiple_target', 0)
        self.image_size = image_size

    @property
    def receptive_field(self) -> int:
        """Number of frames that the estimate of one frame depends on."""
        around = int(np.abs(self._offsets()).max())
        return 2 * max(around, self.frames_at_once) + 1

    def train(self, mode: bool = True) -> 'MMPoseLifter':
        """Stay in evaluation mode, whatever the model around it does."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Lift every frame of a batch of clips.

        Args:
            inputs: ``keypoints`` in pixels (B, T, 17, 2), ``keypoints_visible``
                (B, T, 17) and, where no image size was given, ``camera`` with its
                ``center`` (B, 2).

        Returns:
            Joints relative to the root as mmpose's codec gives them, in the camera's
            axes, in metres, (B, T, 17, 3).
        """
        clips = zip(
            inputs['keypoints'].cpu().numpy(),
            inputs['keypoints_visible'].cpu().numpy(),
            image_sizes(inputs, self.image_size),
            strict=True,
        )
        return inputs['keypoints'].new_tensor(
            np.stack([self._lift_clip(*clip) for clip in clips])
        )

    def _lift_clip(
        self, keypoints: np.ndarray, visible: np.ndarray, image_size: tuple
    ) -> np.ndarray:
        """Lift one clip in pixels, (T, 17, 2), to metres, (T, 17, 3)."""
        windows = self._windows(len(keypoints))
        batch_size = max(1, _BATCH_FRAMES // max(1, self.frames_at_once))
        lifted = []
        for start in range(0, len(windows), batch_size):
            samples = [
                self._encode(keypoints[frames], visible[frames], image_size)
                for frames in windows[start : start + batch_size]
            ]
            lifted += [
                sample.pred_instances.keypoints.reshape(-1, 17, 3)
                for sample in self.model.test_step(pseudo_collate(samples))
            ]
        if not self.frames_at_once:
            return np.concatenate(lifted)
        clip = np.empty((len(keypoints), 17, 3), np.float32)
        for frames, poses in zip(windows, lifted, strict=True):
            clip[frames] = poses
        return clip

    def _encode(
        self, keypoints: np.ndarray, visible: np.ndarray, image_size: tuple
    ) -> dict:
        """Encode a window for the model, (S, 17, 2) in pixels and (S, 17)."""
        num_targets = len(keypoints) if self.frames_at_once else 1
        width, height = image_size
        return self.pipeline(
            {
                'keypoints': keypoints,
                'keypoints_visible': visible,
                # The codecs require these, but they change nothing.
                'lifting_target': np.zeros((num_targets, 17, 3), np.float32),
                'lifting_target_visible': np.ones((num_targets, 17, 1), np.float32),
                'factor': np.zeros(len(keypoints), np.float32),
                'camera_param': {'w': width, 'h': height},
                **self.dataset_meta,
            }
        )

    def _windows(self, num_frames: int) -> np.ndarray:
        """Frames of each window: one window a frame, or stretches side by side."""
        if self.frames_at_once:
            length = min(self.frames_at_once, num_frames)
            # The last stretch overlaps the one before it: the model has been trained
            # on full ones.
            starts = [*range(0, num_frames - length, length), num_frames - length]
            return np.add.outer(starts, np.arange(length))
        frames = np.add.outer(np.arange(num_frames), self._offsets())
        return frames.clip(0, num_frames - 1)

    def _offsets(self) -> np.ndarray:
        """Frames of a window, counted from the one that is lifted."""
        before = self.window_length - 1
        if not self.causal:
            before //= 2
        return (np.arange(self.window_length) - before) * self.window_step


def _load_weights(model: nn.Module, checkpoint: str, config: str) -> None:
    if '://' in checkpoint:
        state = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu')
    elif Path(checkpoint).is_file():
        state = torch.load(checkpoint, map_location='cpu', weights_only=False)
    else:
        raise FileNotFoundError(
            f'{checkpoint} not found. Give the weights of {config} as a .pth file or '
            'as an address (mmpose lists them beside its configs).'
        )
    try:
        # mmpose's own loading only logs weights that do not fit.
        model.load_state_dict(state.get('state_dict', state))
    except RuntimeError as error:
        raise ValueError(
            f'The weights in {checkpoint} do not fit {config}. Give the config with '
            'which they were trained.'
        ) from error
