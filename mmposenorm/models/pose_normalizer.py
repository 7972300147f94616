"""The pose normalizer: 2D poses of a clip -> joint rotations -> normalized poses."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmposenorm.fields import Fps
from mmposenorm.geometry.cameras import project, turn_towards
from mmposenorm.geometry.kinematics import (
    bone_vectors,
    root_frame,
    unit_vectors,
)
from mmposenorm.geometry.normalization import body_up, normalize_pose
from mmposenorm.models.condition_skeleton import ConditionSkeleton
from mmposenorm.models.fk_head import FKHead, PosedBones
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_MIRRORED
from mmposenorm.transforms.network_input import prepare_keypoints


@MODELS.register_module()
class PoseNormalizer(BaseModel):
    """The pose normalizer (the paper's E_Q) with its FK layer.

    Its input is centred at the root, so it cannot know where in the image a person is.
    It predicts rotations in the frame of a camera that looks straight at the root.
    Where the position of the root is known, in training and evaluation, they are turned
    into the frame of the true camera; the paper does not mention this turn.

    Args:
        encoder: Config of the temporal encoder.
        losses: Config of each loss, by name. From the paper: ``recon`` (the pose on the
            person's own bone lengths against the ground truth), ``cycle`` and
            ``rotation_consistency`` (the pose on the condition skeleton, projected and
            estimated again) and ``foot_contact``. Ours: ``normalized`` (the normalized
            pose against that of the ground truth), ``view_consistency`` (the
            normalized poses of the two renderings of each motion that ``RenderTwice``
            makes against each other) and ``direction_sigma`` (see ``uncertainty``).
            Without 3D truth: ``view_consistency``, ``reprojection`` (the pose on the
            condition skeleton against the 2D keypoints) and ``ordinal_depth`` (its
            depths against the labels of ``LabelDepthOrder``).
        head: Config of the FK head.
        uncertainty: Config of the head that predicts the error of the direction of
            each bone, e.g. :class:`DirectionSigmaHead`, which the loss
            ``direction_sigma`` trains. If not given, no errors are predicted.
        skeleton: ``'extended'`` or ``'rigid'``.
        condition_skeleton: JSON of the condition skeleton's bone lengths; see
            :class:`ConditionSkeleton`.
        fps: Frame rate of the training clips, to which inference resamples.
        flip_test: Whether to predict from the keypoints and their mirror image and
            average the directions of the bones. Only for the extended skeleton, whose
            rotations follow from these directions.
        data_preprocessor: Config of the batch transforms.
        init_cfg: See :class:`mmengine.model.BaseModule`.

    Raises:
        ValueError: If a loss has an unknown name, or ``flip_test`` is set for the rigid
            skeleton.

    Source:
        Paper section 3.2.
    """

    def __init__(
        self,
        encoder: dict,
        losses: dict[str, dict],
        head: dict | None = None,
        uncertainty: dict | None = None,
        skeleton: str = 'extended',
        condition_skeleton: str | None = None,
        fps: Fps = 50.0,
        flip_test: bool = False,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        known = [*_LOSSES, *_LOSSES_WITHOUT_3D, *_CYCLE_LOSSES]
        unknown = sorted(set(losses) - set(known))
        if unknown:
            raise ValueError(
                f'Unknown losses {unknown}; expected some of {known}. Check '
                '`model.losses` in your config.'
            )
        if flip_test and skeleton != 'extended':
            raise ValueError(
                f'`flip_test` needs the extended skeleton, but `skeleton` is '
                f'{skeleton!r}. Change one of them in `model` of your config.'
            )
        self.condition = ConditionSkeleton(skeleton, condition_skeleton)
        self.encoder = MODELS.build(encoder)
        self.head = MODELS.build(
            {
                'type': 'FKHead',
                **(head or {}),
                'in_channels': self.encoder.out_channels,
                'skeleton': self.condition.initial_skeleton,
            }
        )
        self.uncertainty = None
        if uncertainty is not None:
            channels = {'in_channels': self.encoder.out_channels}
            self.uncertainty = MODELS.build({**uncertainty, **channels})
        self.losses = nn.ModuleDict(
            {name: MODELS.build(loss) for name, loss in losses.items()}
        )
        self.fps = fps
        self.flip_test = flip_test

    @property
    def receptive_field(self) -> int:
        """Number of frames that the estimate of one frame depends on."""
        return self.encoder.receptive_field

    def forward(
        self,
        inputs: dict[str, Any],
        data_samples: dict | None = None,
        mode: str = 'tensor',
    ) -> dict[str, Tensor] | list:
        """Run on a batch that the data preprocessor has prepared.

        Args:
            inputs: ``keypoint_labels`` (B, T, 17, 2) and ``keypoints_visible``
                (B, T, 17); ``lifting_target`` (B, T, 17, 3) to predict and train;
                ``camera``, ``keypoints`` (B, T, 17, 2) in pixels, ``foot_contact``
                (B, T, 2), ``depth_order`` and ``depth_labelled`` (B, T, 136) for the
                losses that need them; ``labelled`` (B,) if only some clips have a
                ``lifting_target``, which the losses that need no 3D truth do without.
            data_samples: Metadata of the clips, each a list of B.
            mode: ``'loss'`` for a dict of losses, ``'predict'`` for data samples,
                ``'tensor'`` for the predictions as a dict of tensors.
        """
        if mode == 'loss':
            return self.loss(inputs)
        if mode == 'predict':
            return to_data_samples(*self.predictions_and_targets(inputs), data_samples)
        posed = self._estimate_poses(inputs)
        with torch.autocast(posed.directions.device.type, enabled=False):
            return self.normalize(posed)

    def predictions_and_targets(
        self, inputs: dict[str, Any]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Predict poses in the frame of the true camera, and give the ground truth.

        Returns:
            What :meth:`normalize` returns, with ``keypoints`` (B, T, 17, 3), the pose
            on the person's own bone lengths; and what :func:`ground_truth` returns.
        """
        posed = self._estimate_poses(inputs)
        with torch.autocast(posed.directions.device.type, enabled=False):
            posed = posed.turn(turn_towards(inputs['lifting_target'][:, :, 0]))
            targets = ground_truth(inputs, self.condition.bone_lengths)
            own_lengths = bone_vectors(targets['lifting_target']).norm(dim=-1)
            keypoints = posed.place(own_lengths)
            return self.normalize(posed) | {'keypoints': keypoints}, targets

    def normalized_poses(self, inputs: dict[str, Tensor]) -> Tensor:
        """Predict only the normalized poses, in metres, (B, T, 17, 3)."""
        posed = self._estimate_poses(inputs)
        with torch.autocast(posed.directions.device.type, enabled=False):
            keypoints = posed.place(self.condition.bone_lengths)
            return keypoints @ root_frame(keypoints)

    def _estimate_poses(self, inputs: dict[str, Tensor]) -> PosedBones:
        """Estimate the poses of a batch, with the flip test if it is set."""
        estimate = self._estimate_twice if self.flip_test else self.estimate
        return estimate(inputs['keypoint_labels'], inputs['keypoints_visible'])

    def estimate(
        self, keypoint_labels: Tensor, keypoints_visible: Tensor
    ) -> PosedBones:
        """Estimate rotations from prepared 2D keypoints, (B, T, 17, 2), (B, T, 17)."""
        channels = torch.cat([keypoint_labels, keypoints_visible[..., None]], dim=-1)
        features = self.encoder(channels.flatten(-2))
        posed = self.head(features)
        if self.uncertainty is None:
            return posed
        return posed._replace(sigma=self.uncertainty(features))

    def _estimate_twice(
        self, keypoint_labels: Tensor, keypoints_visible: Tensor
    ) -> PosedBones:
        """Average the bone directions of the keypoints and of their mirror image.

        The rotations are those of the keypoints alone.
        """
        order = list(H36M_MIRRORED)
        signs = keypoint_labels.new_tensor([-1, 1])
        posed = self.estimate(
            torch.cat([keypoint_labels, keypoint_labels[..., order, :] * signs]),
            torch.cat([keypoints_visible, keypoints_visible[..., order]]),
        )
        own, mirrored = posed.directions.chunk(2)
        signs = mirrored.new_tensor([-1, 1, 1])
        directions = unit_vectors(own + mirrored[..., order, :] * signs)
        sigma = posed.sigma
        if sigma is not None:
            own_sigma, mirrored_sigma = sigma.chunk(2)
            bones = [joint - 1 for joint in order[1:]]
            sigma = (own_sigma + mirrored_sigma[..., bones]) / 2
        return PosedBones(posed.rotations.chunk(2)[0], directions, sigma)

    def normalize(self, posed: PosedBones) -> dict[str, Tensor]:
        """Put the estimated pose on the condition skeleton.

        The network learns the root convention only approximately. So the root frame is
        computed from the estimated joints instead of the estimated rotation of the
        root; on the extended skeleton, all rotations are computed from the joints, each
        with the smallest twist.

        Args:
            posed: Estimated rotations and bone directions, (B, T, ...).

        Returns:
            ``joint_rotations`` (B, T, J, 4); ``condition_keypoints`` in the frame of
            ``posed`` and ``normalized_poses`` in the root frame, both in metres,
            (B, T, 17, 3); ``body_up`` (B, T, 3); ``direction_sigma`` (B, T, 16) in
            radians if it is estimated.
        """
        keypoints = posed.place(self.condition.bone_lengths)
        frame = root_frame(keypoints)
        if self.condition.kind == 'extended':
            rotations = self.condition.joint_rotations(keypoints)
        else:
            rotations = self.head.joint_rotations(posed)
        known = {} if posed.sigma is None else {'direction_sigma': posed.sigma}
        return known | {
            'joint_rotations': rotations,
            'condition_keypoints': keypoints,
            'normalized_poses': keypoints @ frame,
            'body_up': body_up(frame),
        }

    def loss(self, inputs: dict[str, Any]) -> dict[str, Tensor]:
        """Compute each loss that the config names; see the class.

        Losses are computed in full precision even if the network is not: rounding to 8
        bits moves a joint 1 m away by up to 4 mm.
        """
        posed = self.estimate(inputs['keypoint_labels'], inputs['keypoints_visible'])
        view = turn_towards(_towards_root(inputs))
        with torch.autocast(view.device.type, enabled=False):
            terms = _Terms(posed.turn(view), inputs, self.condition.bone_lengths)
            losses = self._compare(_LOSSES_WITHOUT_3D, terms)
            if 'labelled' in inputs:
                if not inputs['labelled'].any():
                    return losses
                terms = terms.of_labelled()
            losses |= self._compare(_LOSSES, terms)
        if not self.losses.keys() & _CYCLE_LOSSES.keys():
            return losses
        again = self._estimate_again(terms)
        with torch.autocast(view.device.type, enabled=False):
            again = again.turn(turn_towards(terms.roots[:, :, 0]))
            return losses | self._compare(_CYCLE_LOSSES, self.head, terms, again)

    def _compare(self, losses: dict[str, Callable], *terms: Any) -> dict[str, Tensor]:
        return {
            f'loss_{name}': self.losses[name](*arguments(*terms))
            for name, arguments in losses.items()
            if name in self.losses
        }

    def _estimate_again(self, terms: '_Terms') -> PosedBones:
        """Project the condition skeleton in the estimated pose, and estimate from that.

        The skeleton stands at the ground truth's root, before its camera, and the
        same keypoints are seen.
        """
        inputs = terms.inputs
        with torch.autocast(terms.roots.device.type, enabled=False):
            picture = project(terms.on_condition + terms.roots, inputs['camera'])
            prepared = prepare_keypoints(picture, inputs['keypoints_visible'])
        return self.estimate(*prepared)


def _towards_root(inputs: dict[str, Any]) -> Tensor:
    """Return vectors from the camera to the root, (B, T, 3).

    Without 3D truth they are the rays on which the root was seen.
    """
    if 'lifting_target' in inputs and 'labelled' not in inputs:
        return inputs['lifting_target'][:, :, 0]
    return nn.functional.pad(_rays(inputs)[:, :, 0], (0, 1), value=1.0)


def _rays(inputs: dict[str, Any]) -> Tensor:
    """Return the keypoints, (B, T, 17, 2), for a pinhole lens of focal length 1."""
    lens = inputs['camera']
    centred = inputs['keypoints'] - lens['center'][:, None, None]
    return centred / lens['focal'][:, None, None]


def _choose(inputs: dict[str, Any], rows: Tensor) -> dict[str, Any]:
    """Leave only some clips of a batch, True in ``rows``, (B,)."""
    return {
        key: _choose(value, rows) if isinstance(value, dict) else value[rows]
        for key, value in inputs.items()
    }


class _Terms:
    """What the losses compare, in metres; computed when a loss first asks for it."""

    def __init__(
        self, posed: PosedBones, inputs: dict[str, Any], condition_lengths: Tensor
    ) -> None:
        self.posed = posed
        self.inputs = inputs
        self.condition_lengths = condition_lengths

    def of_labelled(self) -> '_Terms':
        """Leave only the clips whose truth is known."""
        rows = self.inputs['labelled']
        rotations, directions, sigma = self.posed
        sigma = None if sigma is None else sigma[rows]
        posed = PosedBones(rotations[rows], directions[rows], sigma)
        return _Terms(posed, _choose(self.inputs, rows), self.condition_lengths)

    @cached_property
    def roots(self) -> Tensor:
        return self.inputs['lifting_target'][:, :, :1]

    @cached_property
    def target(self) -> Tensor:
        return self.inputs['lifting_target'] - self.roots

    @cached_property
    def own_lengths(self) -> Tensor:
        return bone_vectors(self.target).norm(dim=-1)

    @cached_property
    def reconstruction(self) -> Tensor:
        return self.posed.place(self.own_lengths)

    @cached_property
    def on_condition(self) -> Tensor:
        return self.posed.place(self.condition_lengths)

    @cached_property
    def normalized(self) -> Tensor:
        return self.on_condition @ root_frame(self.on_condition)

    @cached_property
    def true_normalized(self) -> Tensor:
        return normalize_pose(self.target, self.condition_lengths)


# The arguments of each loss, by its name in the config.
_LOSSES: dict[str, Callable[[_Terms], Sequence[Tensor | None]]] = {
    'recon': lambda terms: (terms.reconstruction, terms.target),
    'normalized': lambda terms: (terms.normalized, terms.true_normalized),
    'direction_sigma': lambda terms: (
        terms.posed.sigma,
        terms.normalized,
        terms.true_normalized,
    ),
    'foot_contact': lambda terms: (
        terms.reconstruction + terms.roots,
        terms.inputs['foot_contact'],
    ),
}
# Those that need no 3D truth.
_LOSSES_WITHOUT_3D: dict[str, Callable[[_Terms], Sequence[Tensor]]] = {
    'view_consistency': lambda terms: terms.normalized.chunk(2),
    'reprojection': lambda terms: (
        terms.on_condition,
        _rays(terms.inputs),
        terms.inputs['keypoints_visible'],
    ),
    'ordinal_depth': lambda terms: (
        terms.on_condition,
        terms.inputs['depth_order'],
        terms.inputs['depth_labelled'],
    ),
}
# Those that compare with a second estimate, from the projected condition skeleton.
_CYCLE_LOSSES: dict[str, Callable[[FKHead, _Terms, PosedBones], Sequence[Tensor]]] = {
    'cycle': lambda head, terms, again: (again.place(terms.own_lengths), terms.target),
    'rotation_consistency': lambda head, terms, again: (
        head.joint_rotations(terms.posed),
        head.joint_rotations(again),
    ),
}
