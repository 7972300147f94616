"""SemGCN with the weights that its authors trained on Human3.6M."""

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmposenorm.models.lifters.lifter_input import image_sizes
from mmposenorm.models.lifters.sem_gcn import SemGCN
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_KEYPOINTS, H36M_PARENTS

_NECK = H36M_KEYPOINTS.index('neck_base')  # SemGCN's data has no such joint
_KEPT = [joint for joint in range(17) if joint != _NECK]
_HEAD = _KEPT.index(H36M_KEYPOINTS.index('head'))
_THORAX = _KEPT.index(H36M_KEYPOINTS.index('thorax'))
_BLOCK = re.compile(r'gconv_layers\.(\d+)\.gconv([12])\.')
# Their names of a layer's parts, and ours.
_PARTS = {'gconv.': 'conv.', 'bn.': 'norm.'}
_WEIGHTS = {'.W': '.weight', '.e': '.edge_weights'}


def rename_weights(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give the weights of SemGCN's published code the names of our :class:`SemGCN`.

    Only names and layout change: its two matrices of a layer lie side by side in ours.

    Args:
        weights: The ``state_dict`` of their model without non-local layers.

    Returns:
        The ``state_dict`` of ours; names that it does not know stay as they are.
    """
    renamed = {}
    for name, weight in weights.items():
        ours = _rename(name)
        if ours.endswith('.weight') and weight.ndim == 3:
            weight = torch.cat(list(weight), dim=1)  # (2, in, out): own, neighbours
        elif ours.endswith('.edge_weights'):
            weight = weight.flatten()
        renamed[ours] = weight
    return renamed


def _rename(name: str) -> str:
    block = _BLOCK.match(name)
    if block:
        name = name.removeprefix(block[0])
        start = f'encoder.{int(block[1]) + 1}.layers.{int(block[2]) - 1}.'
    elif name.startswith('gconv_input.0.'):
        name, start = name.removeprefix('gconv_input.0.'), 'encoder.0.'
    elif name.startswith('gconv_output.'):
        name, start = name.removeprefix('gconv_output'), 'head'
    else:
        return name
    for part, ours in _PARTS.items():
        if name.startswith(part):
            name = ours + name.removeprefix(part)
    for ending, ours in _WEIGHTS.items():
        if name.endswith(ending):
            name = name.removesuffix(ending) + ours
    return start + name


@MODELS.register_module()
class PublicSemGCN(SemGCN):
    """SemGCN as its authors published it, from a file that you supply; inference only.

    It has 16 joints, without the neck, and two input channels: pixels divided by half
    the image's width, as in their code. The neck of the result is the middle of thorax
    and head. The file is, for example, ``ckpt_semgcn.pth.tar`` of the repository
    nithinsubbiah/3D_pose_regression (Apache-2.0), trained on Human3.6M.

    Args:
        checkpoint: Path of the file, from a source that you trust: it is a pickle,
            which can run code. Random weights if not given.
        image_size: Width and height of the image in pixels. Twice the camera's
            principal point if not given.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds other weights.

    Source:
        Zhao et al., Semantic Graph Convolutional Networks for 3D Human Pose
        Regression, CVPR 2019; github.com/garyzhao/SemGCN (Apache-2.0).
    """

    def __init__(
        self,
        checkpoint: str | None = None,
        image_size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(in_channels=2, parents=_parents_without_neck())
        self.image_size = image_size
        self.eval()
        if checkpoint is not None:
            load_public_weights(self, checkpoint)

    def train(self, mode: bool = True) -> 'PublicSemGCN':
        """Stay in evaluation mode, whatever the model around it does."""
        return super().train(False)

    @torch.no_grad()
    def latent(self, inputs: dict[str, Tensor]) -> Tensor:
        """Compute the output of the last block for each joint, (B, T, 16, 128).

        Args:
            inputs: As in :meth:`forward`.
        """
        keypoints = inputs['keypoints'][:, :, _KEPT]
        sizes = keypoints.new_tensor(image_sizes(inputs, self.image_size))
        width = sizes[:, None, None, :1]
        return self.encoder((2 * keypoints - sizes[:, None, None]) / width)

    @torch.no_grad()
    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Lift every frame of a batch of clips.

        Args:
            inputs: ``keypoints`` in pixels (B, T, 17, 2) and, where no image size was
                given, ``camera`` with its ``center`` (B, 2).

        Returns:
            Joints relative to the root, in the camera's axes, in metres,
            (B, T, 17, 3).
        """
        joints = self.head(self.latent(inputs))
        neck = joints[..., [_THORAX, _HEAD], :].mean(dim=-2, keepdim=True)
        before, after = joints.split([_NECK, 16 - _NECK], dim=-2)
        joints = torch.cat([before, neck, after], dim=-2)
        return joints - joints[..., :1, :]


def load_public_weights(model: nn.Module, checkpoint: str | Path) -> None:
    """Load a checkpoint of SemGCN's published code, strictly.

    Args:
        model: Our model with their joints.
        checkpoint: The file; see :class:`PublicSemGCN`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds other weights.
    """
    if not Path(checkpoint).is_file():
        raise FileNotFoundError(
            f'{checkpoint} not found. Get ckpt_semgcn.pth.tar from '
            'github.com/nithinsubbiah/3D_pose_regression (checkpoint/pretrained) and '
            'set `model.lifter.checkpoint` to its path.'
        )
    content: Any = torch.load(checkpoint, map_location='cpu', weights_only=False)
    try:
        model.load_state_dict(rename_weights(content['state_dict']))
    except (AttributeError, IndexError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError(
            f'{checkpoint} does not hold the weights of SemGCN without non-local '
            'layers, with 4 blocks of 128 channels and 16 joints. Get '
            'ckpt_semgcn.pth.tar (3.2 MB).'
        ) from error


def _parents_without_neck() -> list[int]:
    """Return the parents of the 16 joints; the head's is the thorax."""
    parents = []
    for joint in _KEPT:
        parent = H36M_PARENTS[joint]
        parent = H36M_PARENTS[parent] if parent == _NECK else parent
        parents.append(_KEPT.index(parent) if parent >= 0 else -1)
    return parents
