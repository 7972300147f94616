"""The inferencer as a model that MMEngine's runner can test."""

import numpy as np
import torch
from torch import Tensor

from mmposenorm.models.references.without_weights import ModelWithoutWeights
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.registry import INFERENCERS, MODELS


@MODELS.register_module()
class InferredPoses(ModelWithoutWeights):
    """Give clips of 2D keypoints to :class:`mmposenorm.PoseNormInferencer`.

    It needs no ground truth. The inferencer loads the weights, by default those that
    ship with the package, so the runner needs no checkpoint.

    Args:
        data_preprocessor: Config of the batch transforms; keypoints stay in pixels.
        **inferencer: Arguments of the inferencer: ``config``, ``checkpoint``,
            ``device``.
    """

    def __init__(
        self, data_preprocessor: dict | None = None, **inferencer: str | None
    ) -> None:
        super().__init__(data_preprocessor)
        self.inferencer = INFERENCERS.build(
            {'type': 'PoseNormInferencer', **inferencer}
        )
        lengths = np.linalg.norm(self.inferencer.skeleton.bone_offsets, axis=-1)
        joints = list(self.inferencer.skeleton.keypoint_joints)
        self._bone_lengths = torch.from_numpy(lengths[joints])

    def forward(
        self, inputs: dict[str, Tensor], data_samples: dict, mode: str = 'predict'
    ) -> list:
        """Infer a batch of clips.

        Args:
            inputs: ``keypoints`` in pixels (B, T, 17, 2) and ``keypoints_visible``
                (B, T, 17); ``lifting_target`` (B, T, 17, 3) where there is ground
                truth.
            data_samples: Metadata of the clips, each a list of B, including ``fps``.
            mode: ``'predict'`` only.

        Returns:
            A data sample for each clip, see
            :meth:`mmposenorm.pose_result.PoseNormResult.to_data_sample`.

        Raises:
            ValueError: For another mode.
        """
        if mode != 'predict':
            raise ValueError(
                f'InferredPoses can be tested, not trained, but mode is {mode!r}. Run '
                'it by tools/test.py.'
            )
        clips = zip(
            inputs['keypoints'].cpu().numpy(),
            inputs['keypoints_visible'].cpu().numpy(),
            map(float, data_samples['fps']),
            strict=True,
        )
        samples = [
            self.inferencer.infer_checked(*clip).to_data_sample() for clip in clips
        ]
        truth = ground_truth(inputs, self._bone_lengths.to(inputs['keypoints']))
        for i, sample in enumerate(samples):
            for name, values in truth.items():
                sample.gt_instances.set_field(values[i].cpu(), name)
            sample.set_metainfo({key: some[i] for key, some in data_samples.items()})
        return samples


@MODELS.register_module()
class InferredFeatures(ModelWithoutWeights):
    """Predict only pose features, in a quarter of the time of :class:`InferredPoses`.

    Args:
        data_preprocessor: Config of the batch transforms; keypoints stay in pixels.
        **inferencer: Arguments of :class:`mmposenorm.PoseNormInferencer`: ``config``,
            ``checkpoint``, ``device``.
    """

    def __init__(
        self, data_preprocessor: dict | None = None, **inferencer: str | None
    ) -> None:
        super().__init__(data_preprocessor)
        self.inferencer = INFERENCERS.build(
            {'type': 'PoseNormInferencer', **inferencer}
        )

    def forward(
        self, inputs: dict[str, Tensor], data_samples: dict, mode: str = 'predict'
    ) -> list:
        """Infer a batch of clips.

        Args:
            inputs: ``keypoints`` in pixels (B, T, 17, 2) and ``keypoints_visible``
                (B, T, 17).
            data_samples: Metadata of the clips, each a list of B, including ``fps``.
            mode: ``'predict'`` only.

        Returns:
            A data sample for each clip, with ``pose_features`` (T, E).

        Raises:
            ValueError: For another mode.
        """
        if mode != 'predict':
            raise ValueError(
                f'InferredFeatures can be tested, not trained, but mode is {mode!r}. '
                'Run it by tools/test.py.'
            )
        features = [
            torch.from_numpy(self.inferencer.embed_checked(*clip))
            for clip in zip(
                inputs['keypoints'].cpu().numpy(),
                inputs['keypoints_visible'].cpu().numpy(),
                map(float, data_samples['fps']),
                strict=True,
            )
        ]
        predictions = {'pose_features': torch.stack(features)}
        return to_data_samples(predictions, {}, data_samples)
