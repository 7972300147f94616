"""The pose embedder: normalized poses -> features, learned from triplets of frames."""

import torch
from mmengine.model import BaseModel, PretrainedInit
from torch import Tensor

from mmposenorm.checkpoints import load_weights, read_pretrained_weights
from mmposenorm.fields import Seed, Share
from mmposenorm.geometry.rest_pose import turn_to_rest
from mmposenorm.models.draws import Draws
from mmposenorm.models.results import to_data_samples
from mmposenorm.models.triplet_mining import Triplets
from mmposenorm.registry import MODELS

_INIT_CFG = '`model.normalizer.init_cfg`'


@MODELS.register_module()
class PoseEmbedder(BaseModel):
    """The pose embedder (the paper's E_P), with the normalizer whose poses it encodes.

    Training on clips of normalized poses (``NormalizedPoseClips``) needs no normalizer;
    predicting from 2D keypoints does, so checkpoints contain it.

    Args:
        encoder: Config of the encoder: normalized poses (B, T, 17, 3) to features.
        loss: Config of the loss on triplets of features.
        miner: Config of the miner of triplets.
        normalizer: Config of the model that normalizes 2D keypoints. Its ``init_cfg``
            names its weights (:meth:`load_normalizer`), which stay as they are unless
            ``joint`` is set.
        poses: ``'normalized'``, or ``'turned'`` to encode the 3D keypoints that the
            normalizer predicts, turned onto the T-pose but not normalized (Table 3,
            "w/o normalization").
        joint: Whether to train the normalizer together with the encoder, from 2D
            keypoints, by its own losses and the loss on triplets (Table 3, "joint
            training").
        cross_view_share: If clips have several renderings, the share of triplets whose
            positive is the anchor's own frame in another rendering. Otherwise it is
            the mined frame, also in another rendering.
        seed: Seed of the draws of triplets; each process adds its rank.
        data_preprocessor: Config of the batch transforms.
        init_cfg: See :class:`mmengine.model.BaseModule`.

    Source:
        Paper section 3.3. Several renderings are ours.
    """

    def __init__(
        self,
        encoder: dict,
        loss: dict,
        miner: dict,
        normalizer: dict | None = None,
        poses: str = 'normalized',
        joint: bool = False,
        cross_view_share: Share = 0.5,
        seed: Seed = 0,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        if poses not in ('normalized', 'turned'):
            raise ValueError(
                f"`poses` must be 'normalized' or 'turned', but is {poses!r}. Check "
                '`model` in your config.'
            )
        if joint and normalizer is None:
            raise ValueError(
                '`joint` training needs a `normalizer`. Add its config to `model`.'
            )
        self.encoder = MODELS.build(encoder)
        self.triplet_loss = MODELS.build(loss)
        self.miner = MODELS.build(miner)
        self.normalizer = None if normalizer is None else MODELS.build(normalizer)
        self.poses = poses
        self.joint = joint
        self.cross_view_share = cross_view_share
        self.draws = Draws(seed)
        if self.normalizer is not None and not joint:
            self.normalizer.requires_grad_(False)

    def init_weights(self) -> None:
        """Initialize the weights; see :meth:`load_normalizer`."""
        self.load_normalizer()
        super().init_weights()

    def load_normalizer(self) -> None:
        """Load the weights that the normalizer's ``init_cfg`` names, once.

        MMEngine itself would leave weights that do not fit random and only log it.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no checkpoint, or not of this normalizer.
        """
        if self.normalizer is None or self.normalizer.is_init:
            return
        init_cfgs = self.normalizer.init_cfg or []
        for init_cfg in [init_cfgs] if isinstance(init_cfgs, dict) else init_cfgs:
            if init_cfg['type'] not in ('Pretrained', PretrainedInit):
                continue
            try:
                weights = read_pretrained_weights(init_cfg)
                load_weights(self.normalizer, weights, init_cfg['checkpoint'])
            except FileNotFoundError as error:
                raise FileNotFoundError(f'{_INIT_CFG}: {error}') from error
            except ValueError as error:
                raise ValueError(f'{_INIT_CFG}: {error}') from error
            self.normalizer.is_init = True  # or MMEngine would load them again

    def train(self, mode: bool = True) -> 'PoseEmbedder':
        """Set the mode; a normalizer that is not trained stays in evaluation mode."""
        super().train(mode)
        if self.normalizer is not None and not self.joint:
            self.normalizer.eval()
        return self

    def forward(
        self,
        inputs: dict[str, Tensor],
        data_samples: dict | None = None,
        mode: str = 'tensor',
    ) -> dict[str, Tensor] | list:
        """Run on a batch that the data preprocessor has prepared.

        Args:
            inputs: ``normalized_poses`` (B, R, T, 17, 3) in metres to train; otherwise
                the inputs of the normalizer.
            data_samples: Metadata of the clips, each a list of B.
            mode: ``'loss'`` for a dict of losses, ``'predict'`` for data samples,
                ``'tensor'`` for the predictions as a dict of tensors, each with
                ``pose_features`` (T, E) beside what the normalizer predicts.
        """
        if mode == 'loss':
            return self.loss(inputs)
        if self.normalizer is None:
            raise ValueError(
                'This PoseEmbedder has no normalizer, so it can be trained but not '
                'predict from 2D keypoints. Set `model.normalizer` in your config.'
            )
        if mode == 'tensor':
            predictions = self.normalizer(inputs)
            features = self.encoder(self._poses_of(predictions))
            return predictions | {'pose_features': features}
        predictions, targets = self.normalizer.predictions_and_targets(inputs)
        features = self.encoder(self._poses_of(predictions))
        predictions = predictions | {'pose_features': features}
        return to_data_samples(predictions, targets, data_samples)

    def _poses_of(self, predictions: dict[str, Tensor]) -> Tensor:
        """Select the poses to encode from the predictions of the normalizer."""
        if self.poses == 'normalized':
            return predictions['normalized_poses']
        keypoints = predictions['keypoints']
        with torch.autocast(keypoints.device.type, enabled=False):
            return turn_to_rest(keypoints)

    def _poses_to_learn_from(self, inputs: dict[str, Tensor]) -> Tensor:
        """Return or predict the poses of a batch in training, (B, R, T, 17, 3)."""
        if self.normalizer is None or not self.joint:
            return inputs['normalized_poses']
        if self.poses == 'normalized':
            return self.normalizer.normalized_poses(inputs)[:, None]
        return self._poses_of(self.normalizer(inputs))[:, None]

    def loss(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mine triplets in each clip and compute the loss on their features.

        Args:
            inputs: See :meth:`forward`.

        Returns:
            ``loss_triplet`` and, for the log, ``num_triplets``; in joint training also
            the losses of the normalizer.
        """
        losses: dict[str, Tensor] = {}
        if self.normalizer is not None and self.joint:
            losses |= self.normalizer.loss(inputs)
        poses = self._poses_to_learn_from(inputs)
        num_renderings, num_frames = poses.shape[1:3]
        generator = self.draws.generator_on(poses.device)
        triplets = self.miner(poses.detach().mean(dim=1), generator)
        if num_renderings > 1:
            triplets = spread_over_renderings(
                triplets, num_renderings, num_frames, self.cross_view_share, generator
            )
        features = self.encoder(poses.flatten(0, 1)).flatten(0, 1)
        # In full precision: distances are small beside the features themselves.
        with torch.autocast(features.device.type, enabled=False):
            losses['loss_triplet'] = self.triplet_loss(features.float(), triplets)
        losses['num_triplets'] = triplets.valid.sum().float()
        return losses


def spread_over_renderings(
    triplets: Triplets,
    num_renderings: int,
    num_frames: int,
    cross_view_share: float,
    generator: torch.Generator,
) -> Triplets:
    """Take anchor and positive of each triplet from two renderings of their clip.

    Args:
        triplets: Rows ``clip * T + frame``.
        num_renderings: R, at least 2.
        num_frames: T.
        cross_view_share: Share of triplets whose positive is replaced by the anchor's
            own frame in another rendering.
        generator: Source of randomness, on the triplets' device.

    Returns:
        Rows ``(clip * R + rendering) * T + frame``; the negative is from any
        rendering.
    """
    shape, device = triplets.anchor.shape, triplets.anchor.device

    def draw(end: int) -> Tensor:
        return torch.randint(end, shape, generator=generator, device=device)

    own = draw(num_renderings)
    another = (own + 1 + draw(num_renderings - 1)) % num_renderings
    uniform = torch.rand(shape, generator=generator, device=device)
    positive = torch.where(
        uniform < cross_view_share, triplets.anchor, triplets.positive
    )

    def rows(frames: Tensor, renderings: Tensor) -> Tensor:
        clips, frames = frames // num_frames, frames % num_frames
        return (clips * num_renderings + renderings) * num_frames + frames

    return triplets._replace(
        anchor=rows(triplets.anchor, own),
        positive=rows(positive, another),
        negative=rows(triplets.negative, draw(num_renderings)),
    )
