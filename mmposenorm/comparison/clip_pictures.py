"""The frames of a clip as pictures of one size, read in any order."""

import logging
import os
from dataclasses import dataclass, field
from itertools import islice
from tempfile import TemporaryFile

import cv2
import numpy as np
from mmengine.logging import print_log

from mmposenorm.geometry.descriptors import upright_keypoints
from mmposenorm.keypoints import Video
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.visualization.poses import blank_image

# Pictures are scaled to fit into a square of this many pixels.
_LARGEST = 720
_JPEG_QUALITY = 92
# White margin around keypoints without a picture, as a share of their extent.
_MARGIN = 0.1
_MISCOUNTED = 0.05  # share of frames by which containers may miscount
_SPINE, _ROOT, _THORAX = 7, 0, 8


@dataclass(frozen=True, eq=False)
class ShownClip:
    """What is drawn of a clip.

    Args:
        name: Its title.
        pictures: Its pictures.
        keypoints: In pixels of the pictures, (T, 17, 2).
        visible: Keypoints are drawn where this is above 0, (T, 17).
        poses: Normalized poses in metres as they are drawn, (T, 17, 3).
        frame_times: In seconds, (T,); None if not known.
    """

    name: str
    pictures: 'ClipPictures | BlankPictures'
    keypoints: np.ndarray = field(repr=False)
    visible: np.ndarray = field(repr=False)
    poses: np.ndarray = field(repr=False)
    frame_times: np.ndarray | None = field(repr=False)

    def time_label(self, frame: int) -> str:
        """Format the number of a frame and its time, if known."""
        if self.frame_times is None:
            return f'frame {frame}'
        return f'frame {frame}, {self.frame_times[frame]:.2f} s'


def show_clip(
    name: str,
    result: PoseNormResult,
    video: str | os.PathLike | None = None,
    mirrored: bool = False,
    upright: bool = True,
    first_frame: int = 0,
) -> ShownClip:
    """Collect what is drawn of a clip.

    Args:
        name: Its title.
        result: The person's poses.
        video: The video in which their keypoints were found, if there is one.
        mirrored: Whether these were mirrored, by
            :func:`mmposenorm.comparison.mirroring.mirror_result`; the pictures then
            are too.
        upright: Whether poses are turned so that up is up, or keep the root at
            identity, as in the paper's figures: who lies then stands.
        first_frame: Frame of the video with which the poses begin.

    Returns:
        The clip. Its pictures are white if there is no video.
    """
    keypoints, visible = with_spine(result.keypoints, result.keypoints_visible)
    pictures: ClipPictures | BlankPictures
    if video is None:
        low = keypoints[visible > 0].min(axis=0)
        extent = keypoints[visible > 0].max(axis=0) - low
        margin = _MARGIN * max(extent.max(), 1e-6)
        keypoints = keypoints - low + margin
        image_size = extent + 2 * margin
        scale = _LARGEST / image_size.max()
        pictures = BlankPictures(_scaled(image_size, scale))
    else:
        frames = Video(video)
        width, height = frames.image_size
        if mirrored:
            keypoints[visible > 0, 0] += width - 1
        scale = min(1, _LARGEST / max(width, height))
        size = _scaled((width, height), scale)
        pictures = ClipPictures(frames, size, mirrored, first_frame)
    return ShownClip(
        name=f'{name} (mirrored)' if mirrored else name,
        pictures=pictures,
        keypoints=keypoints * scale,
        visible=visible,
        poses=_upright(result) if upright else result.normalized_poses,
        frame_times=result.frame_times,
    )


def with_spine(
    keypoints: np.ndarray, visible: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give those without a spine one, so that the trunk is drawn as a line.

    Args:
        keypoints: In pixels, Human3.6M's layout, (T, 17, 2).
        visible: Keypoints are drawn where this is above 0, (T, 17).

    Returns:
        Both, as copies.
    """
    keypoints, visible = keypoints.copy(), visible.copy()
    bare = (visible[:, _SPINE] == 0) & (visible[:, [_ROOT, _THORAX]] > 0).all(axis=1)
    keypoints[bare, _SPINE] = keypoints[bare][:, [_ROOT, _THORAX]].mean(axis=1)
    visible[bare, _SPINE] = 1
    return keypoints, visible


def _upright(result: PoseNormResult) -> np.ndarray:
    return upright_keypoints(result.normalized_poses, result.body_up).reshape(-1, 17, 3)


def warn_if_other(video: Video, count: int) -> None:
    """Warn if a video seems to have another number of frames than the clip.

    Args:
        video: The video whose pictures are shown.
        count: How many frames the clip needs.
    """
    claimed = video.frame_count
    if claimed and abs(claimed - count) > _MISCOUNTED * count + 2:
        print_log(
            f'{video.path} has {claimed} frames, but the clip has poses of {count}. '
            'Check that it is the video in which its keypoints were found; else the '
            'pictures do not fit the poses.',
            logger='current',
            level=logging.WARNING,
        )


class BlankPictures:
    """White pictures.

    Args:
        size: Width and height in pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size

    def __getitem__(self, frame: int) -> np.ndarray:
        return blank_image(*self.size)


class ClipPictures:
    """The pictures of a video, which can be asked for in any order.

    The video is read once. Pictures that were read are kept in a temporary file, so
    that memory does not grow with the length of the video.

    Args:
        video: The video.
        size: Width and height of the pictures in pixels.
        mirrored: Whether to mirror them.
        first: Number of the first picture that may be asked for, which then is 0.
    """

    def __init__(
        self,
        video: Video,
        size: tuple[int, int],
        mirrored: bool = False,
        first: int = 0,
    ) -> None:
        self.size = size
        self._mirrored = mirrored
        self._coming = islice(video, first, None)
        # Closed and thereby deleted together with this object.
        self._file = TemporaryFile()  # noqa: SIM115
        self._places: list[tuple[int, int]] = []
        self._newest = blank_image(*size)

    def __getitem__(self, frame: int) -> np.ndarray:
        """Return a copy of the picture of a frame, RGB, (H, W, 3) uint8.

        Beyond the last frame that can be read, it is that of the last frame.
        """
        while len(self._places) <= frame and self._read():
            pass
        if frame >= len(self._places) - 1:
            return self._newest.copy()
        start, length = self._places[frame]
        self._file.seek(start)
        encoded = np.frombuffer(self._file.read(length), np.uint8)
        return cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1].copy()

    def _read(self) -> bool:
        _, picture = next(self._coming, (0, None))
        if picture is None:
            return False
        picture = cv2.resize(picture, self.size, interpolation=cv2.INTER_AREA)
        if self._mirrored:
            picture = np.ascontiguousarray(picture[:, ::-1])
        quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        encoded = cv2.imencode('.jpg', picture, quality)[1].tobytes()
        start = self._file.seek(0, 2)
        self._file.write(encoded)
        self._places.append((start, len(encoded)))
        self._newest = picture[..., ::-1]
        return True


def _scaled(size: np.ndarray | tuple[int, int], scale: float) -> tuple[int, int]:
    width, height = (max(2, round(float(side) * scale)) for side in size)
    return width, height
