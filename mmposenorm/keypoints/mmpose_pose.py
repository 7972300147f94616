"""2D poses by mmpose's models."""

from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import Request, urlopen

import numpy as np
import torch
from mmengine.registry import DefaultScope

from mmposenorm.checkpoints import trust_local_checkpoints
from mmposenorm.keypoints.layouts import guess_layout
from mmposenorm.keypoints.people import FramePeople, frame_people, no_people

# RTMPose-m of 26 joints, which include neck, pelvis and the top of the head.
DEFAULT_POSE2D = 'body26'
# What it downloads at first use: its own checkpoint and that of what finds people.
# As mmpose 1.3.2 names them; written down here because asking mmpose takes long.
_SERVER = 'https://download.openmmlab.com/mmpose/v1/projects/rtmposev1/'
DEFAULT_WEIGHTS = (
    _SERVER
    + 'rtmpose-m_simcc-body7_pt-body7-halpe26_700e-256x192-4d3e73dd_20230605.pth',
    _SERVER + 'rtmdet_m_8xb32-100e_coco-obj365-person-235e8209.pth',
)
_TIMEOUT_SECONDS = 3


class MMPoseDetector:
    """Finds people and their keypoints in frames with a model of mmpose.

    Args:
        pose2d: An alias (``rtmpose-m``), the name of a config or the path of one, as
            for mmpose's ``Pose2DInferencer``.
        pose2d_weights: Checkpoint of it; not needed for aliases and names, whose
            weights mmpose downloads.
        det_model: The same for the model that finds people, or ``'whole_image'`` if
            one person fills the image; mmpose's own for people by default.
        det_weights: Checkpoint of it.
        device: ``cpu``, ``cuda:0``, ...; the best there is by default.

    Attributes:
        layout: Name of the keypoints' layout.
        name: What to call the detector in messages.

    Raises:
        ImportError: If mmpose or what it needs is not installed.
        ValueError: If the model gives keypoints of a layout that we do not know.
    """

    def __init__(
        self,
        pose2d: str = DEFAULT_POSE2D,
        pose2d_weights: str | None = None,
        det_model: str | None = None,
        det_weights: str | None = None,
        device: str | None = None,
    ) -> None:
        # Imported here: it takes seconds, and MediaPipe does without.
        from mmposenorm.mmpose_compat import import_mmpose

        import_mmpose()
        from mmpose.apis.inferencers import Pose2DInferencer

        if pose2d_weights or det_weights:
            trust_local_checkpoints()

        # It sets the process's default scope; put it back.
        with DefaultScope.overwrite_default_scope('mmpose'):
            self._inferencer = Pose2DInferencer(
                pose2d,
                pose2d_weights,
                device=device,
                det_model=det_model,
                det_weights=det_weights,
                det_cat_ids=0,  # people, in COCO's list and in those made after it
            )
        meta = self._inferencer.model.dataset_meta
        names = meta.get('keypoint_id2name')
        layout = guess_layout(meta['num_keypoints'], names and list(names.values()))
        self.layout, self._joint_count = layout.name, len(layout.joint_names)
        self.name = f'mmpose {Path(pose2d).stem}'

    def reset(self) -> None:
        """Start a new video: nothing is remembered from frame to frame."""

    def __call__(self, frame: np.ndarray) -> FramePeople:
        """Find the people in a frame.

        Args:
            frame: (H, W, 3) uint8, BGR.

        Returns:
            The people in it.
        """
        found = next(self._inferencer(frame))['predictions'][0]
        found = [one for one in found if not self._is_made_up(one, frame)]
        if not found:
            return no_people(self._joint_count)
        keypoints = np.array([one['keypoints'] for one in found])
        scores = np.array([one['keypoint_scores'] for one in found])
        kept = slice(self._joint_count)  # the body of a whole-body model
        boxes = _boxes(found) if 'bbox' in found[0] else None
        return frame_people(keypoints[:, kept], scores[:, kept], boxes)

    def _is_made_up(self, person: dict[str, Any], frame: np.ndarray) -> bool:
        """Tell whether mmpose took the whole image for a person, finding nobody."""
        if getattr(self._inferencer, 'detector', None) is None:
            return False
        whole = [0, 0, frame.shape[1], frame.shape[0]]
        return person['bbox_score'] == 1 and np.allclose(_boxes([person]), whole)


def is_cached_or_reachable(address: str) -> bool:
    """Tell whether a checkpoint was downloaded before or can be downloaded now."""
    cache = Path(torch.hub.get_dir()) / 'checkpoints'
    if (cache / Path(urlparse(address).path).name).is_file():
        return True
    try:
        urlopen(Request(address, method='HEAD'), timeout=_TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


def _boxes(people: list[dict[str, Any]]) -> np.ndarray:
    # mmpose writes a tuple around each box.
    return np.array([person['bbox'] for person in people]).reshape(-1, 4)
