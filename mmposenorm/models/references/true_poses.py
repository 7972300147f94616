"""Baseline without a network: the input and the ground truth are the predictions."""

from torch import Tensor

from mmposenorm.models.condition_skeleton import ConditionSkeleton
from mmposenorm.models.references.without_weights import ModelWithoutWeights
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.registry import MODELS


@MODELS.register_module()
class TruePoses(ModelWithoutWeights):
    """Predict what a perfect network would, for ceilings and rows without a network.

    It needs no checkpoint.

    Args:
        condition_skeleton: JSON of the condition skeleton's bone lengths; see
            :class:`~mmposenorm.models.condition_skeleton.ConditionSkeleton`.
        data_preprocessor: Config of the batch transforms.
    """

    def __init__(
        self,
        condition_skeleton: str | None = None,
        data_preprocessor: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor)
        self.condition = ConditionSkeleton('extended', condition_skeleton)

    def forward(
        self,
        inputs: dict[str, Tensor],
        data_samples: dict | None = None,
        mode: str = 'predict',
    ) -> list:
        """Return the ground truth of a batch that the data preprocessor has prepared.

        Args:
            inputs: ``keypoint_labels`` (B, T, 17, 2) and ``lifting_target``
                (B, T, 17, 3), camera frame in metres.
            data_samples: Metadata of the clips, each a list of B.
            mode: ``'predict'`` only.

        Returns:
            Data samples whose ``pred_instances`` hold ``keypoint_labels``, the 2D
            input; ``keypoints``, the true 3D relative to the root; and
            ``normalized_poses``, their closed form.

        Raises:
            ValueError: For another mode; there is nothing to train.
        """
        if mode != 'predict':
            raise ValueError(
                f'TruePoses can be tested, not trained, but mode is {mode!r}. Run it '
                'by tools/test.py.'
            )
        targets = ground_truth(inputs, self.condition.bone_lengths)
        predictions = {
            'keypoint_labels': inputs['keypoint_labels'],
            'keypoints': targets['lifting_target'],
            'normalized_poses': targets['normalized_poses'],
        }
        return to_data_samples(predictions, targets, data_samples)
