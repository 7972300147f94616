"""2D poses by rtmlib: RTMPose in ONNX Runtime, without mmpose, mmdet and mmcv."""

from typing import Any

import numpy as np

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.people import FramePeople, frame_people, no_people


class RtmlibDetector:
    """Finds people by YOLOX, and their 26 keypoints by RTMPose.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:0``; a GPU if ONNX Runtime has one, by
            default.
        model: A ``BodyWithFeet`` of rtmlib; by default the one that it calls balanced,
            whose weights it downloads at first use.

    Raises:
        ModuleNotFoundError: If rtmlib or ONNX Runtime is not installed.
        OSError: If the weights cannot be downloaded.
        ValueError: If the device is not known.

    Source: https://github.com/Tau-J/rtmlib (Apache-2.0); its weights are those of
        mmpose (Apache-2.0).
    """

    layout = 'halpe26'
    name = 'rtmlib RTMPose (Halpe26)'

    def __init__(self, device: str | None = None, model: Any = None) -> None:
        self._model = _load_model(device) if model is None else model

    def reset(self) -> None:
        """Start a new video: nothing is remembered from frame to frame."""

    def __call__(self, frame: np.ndarray) -> FramePeople:
        """Find the people in a frame.

        Args:
            frame: (H, W, 3) uint8, BGR.

        Returns:
            The people in it.
        """
        # The two models one by one: called together, they take the whole image for a
        # person where nobody is found.
        boxes = np.asarray(self._model.det_model(frame)).reshape(-1, 4)
        if not len(boxes):
            return no_people(len(LAYOUTS[self.layout].joint_names))
        keypoints, scores = self._model.pose_model(frame, bboxes=boxes)
        return frame_people(keypoints, scores, boxes.astype(np.float32))


def _load_model(device: str | None) -> Any:
    try:
        import onnxruntime
        from rtmlib import BodyWithFeet
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "rtmlib needs packages that are not installed. Run: pip install 'mmposenorm"
            "[rtmlib]'"
        ) from error
    if device is None:
        has_gpu = 'CUDAExecutionProvider' in onnxruntime.get_available_providers()
        device = 'cuda' if has_gpu else 'cpu'
    if device.split(':')[0] not in ('cpu', 'cuda', 'mps'):
        raise ValueError(
            f'device must be cpu, cuda or mps for rtmlib, but is {device!r}.'
        )
    try:
        return BodyWithFeet(mode='balanced', backend='onnxruntime', device=device)
    except OSError as error:
        raise OSError(
            f"rtmlib's weights are not on this machine and cannot be downloaded "
            f'({error}). Try again with a connection, or use --pose2d mediapipe.'
        ) from error
