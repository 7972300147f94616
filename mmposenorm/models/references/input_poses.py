"""Baseline without a network: the prepared 2D keypoints are the predictions."""

from torch import Tensor

from mmposenorm.models.references.without_weights import ModelWithoutWeights
from mmposenorm.models.results import to_data_samples
from mmposenorm.registry import MODELS


@MODELS.register_module()
class InputPoses(ModelWithoutWeights):
    """Predict the input, for the rows of tables that use 2D keypoints alone.

    Unlike ``TruePoses`` it needs no ground truth; neither needs a checkpoint.
    """

    def forward(
        self, inputs: dict[str, Tensor], data_samples: dict, mode: str = 'predict'
    ) -> list:
        """Return data samples whose ``pred_instances`` hold the input.

        Args:
            inputs: ``keypoint_labels`` (B, T, 17, 2), centred and scaled.
            data_samples: Metadata of the clips, each a list of B.
            mode: ``'predict'`` only.

        Raises:
            ValueError: For another mode.
        """
        if mode != 'predict':
            raise ValueError(
                f'InputPoses can be tested, not trained, but mode is {mode!r}. Run it '
                'by tools/test.py.'
            )
        predictions = {'keypoint_labels': inputs['keypoint_labels']}
        return to_data_samples(predictions, {}, data_samples)
