"""Poses as pictures: limbs in two colours, the same everywhere.

The left side is blue, the right vermilion, the trunk grey; also those who do not see
all colours tell them apart (Okabe and Ito's palette). Images are RGB, (H, W, 3)
uint8. Poses have the 17 keypoints of Human3.6M. A 3D pose is drawn in *viewer axes*:
x right, y up, z towards the viewer, so that a person who faces the viewer has their
left on the right of the picture.
"""

from collections.abc import Collection, Sequence

import cv2
import numpy as np

from mmposenorm.skeletons import H36M_LEFT, H36M_PARENTS, H36M_RIGHT

LEFT_COLOR = (0, 114, 178)
RIGHT_COLOR = (213, 94, 0)
TRUNK_COLOR = (90, 90, 90)
HIGHLIGHT_COLOR = (240, 228, 66)
_TEXT_COLOR = (40, 40, 40)
_GRID_COLOR = (215, 215, 215)

# 3D poses are seen from a little to the person's left, from a little above: a pose
# seen exactly from the front hides its depth.
AZIMUTH, ELEVATION = 20.0, 10.0  # degrees

_SUBPIXEL_BITS = 4  # OpenCV takes coordinates in sixteenths of a pixel


def limb_color(keypoint: int) -> tuple[int, int, int]:
    """Return the colour of the limb that ends at a keypoint."""
    if keypoint in H36M_LEFT:
        return LEFT_COLOR
    return RIGHT_COLOR if keypoint in H36M_RIGHT else TRUNK_COLOR


def blank_image(width: int, height: int) -> np.ndarray:
    """Return a white image."""
    return np.full((height, width, 3), 255, dtype=np.uint8)


def draw_pose(
    image: np.ndarray,
    points: np.ndarray,
    visible: np.ndarray | None = None,
    nearness: np.ndarray | None = None,
    thickness: int = 3,
    highlighted: Collection[int] = (),
) -> None:
    """Draw the limbs of one pose into an image.

    Args:
        image: The image, changed in place.
        points: Keypoints in pixels of the image, (17, 2).
        visible: Which of them to draw, (17,), those above 0; a limb needs both its
            ends. All if not given.
        nearness: How near to the viewer each is, (17,): near limbs are drawn over
            far ones. In the order of the keypoints if not given.
        thickness: Width of a limb in pixels.
        highlighted: Keypoints; the limbs that end at them get a bright rim.
    """
    shown = np.isfinite(points).all(axis=-1)
    if visible is not None:
        shown &= np.asarray(visible) > 0
    parents = np.array(H36M_PARENTS)
    limbs = [k for k in range(1, 17) if shown[k] and shown[parents[k]]]
    if nearness is not None:
        limbs.sort(key=lambda k: nearness[k] + nearness[parents[k]])
    for k in limbs:
        if k in highlighted:
            ends = points[parents[k]], points[k]
            _line(image, *ends, HIGHLIGHT_COLOR, 3 * thickness)
    for k in limbs:
        _line(image, points[parents[k]], points[k], limb_color(k), thickness)
    for k in np.flatnonzero(shown):
        center = _to_subpixels(points[k])
        radius = _to_subpixels(thickness * 0.8)
        cv2.circle(
            image, center, radius, limb_color(k), -1, cv2.LINE_AA, _SUBPIXEL_BITS
        )


def draw_pose_3d(
    image: np.ndarray,
    keypoints_3d: np.ndarray,
    pixels_per_metre: float,
    highlighted: Collection[int] = (),
) -> None:
    """Draw one 3D pose and a grid under its lowest joint into an image.

    Parallel projection; the root lies in the middle of the image.

    Args:
        image: The image, changed in place.
        keypoints_3d: In viewer axes, in metres, (17, 3).
        pixels_per_metre: Scale.
        highlighted: As in :func:`draw_pose`.
    """
    pose = keypoints_3d - keypoints_3d[0]
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    rotation = view_rotation(AZIMUTH, ELEVATION)

    def see(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen = points @ rotation.T * pixels_per_metre
        return middle + seen[..., :2] * (1, -1), seen[..., 2]

    for ends in see(_grid(pose[:, 1].min()))[0]:
        _line(image, *ends, _GRID_COLOR, 1)
    points, nearness = see(pose)
    draw_pose(image, points, nearness=nearness, highlighted=highlighted)


def view_rotation(azimuth: float, elevation: float) -> np.ndarray:
    """Turn viewer axes to those of a viewer who stands elsewhere.

    Args:
        azimuth: How far to the right of the z axis the viewer stands, in degrees.
        elevation: How far above, in degrees.

    Returns:
        Rotation matrix, (3, 3).
    """
    (ca, ce), (sa, se) = (f(np.radians([azimuth, elevation])) for f in (np.cos, np.sin))
    around = np.array([[ca, 0, -sa], [0, 1, 0], [sa, 0, ca]])
    down = np.array([[1, 0, 0], [0, ce, -se], [0, se, ce]])
    return down @ around


def fit_scale(points: np.ndarray, width: int, height: int) -> float:
    """Find how much to magnify points so that they just fit into a panel.

    Args:
        points: Relative to what shall lie in the middle of the panel, (..., 2).
        width: Of the panel in pixels.
        height: Of the panel in pixels.

    Returns:
        Pixels per unit of ``points``, with a margin of 8 % on each side.
    """
    reach = np.abs(points.reshape(-1, 2)).max(axis=0, initial=1e-9)
    return float((0.42 * np.array([width, height]) / reach).min())


def fit_scale_3d(poses: np.ndarray, width: int, height: int) -> float:
    """Find the scale at which :func:`draw_pose_3d` shows poses whole.

    Args:
        poses: In viewer axes, in metres, (..., 17, 3).
        width: Of the panel in pixels.
        height: Of the panel in pixels.

    Returns:
        Pixels per metre.
    """
    seen = (poses - poses[..., :1, :]) @ view_rotation(AZIMUTH, ELEVATION).T
    return fit_scale(seen[..., :2], width, height)


def camera_to_viewer(keypoints_3d: np.ndarray) -> np.ndarray:
    """Express poses of the camera frame (x right, y down, z forward) in viewer axes."""
    return keypoints_3d * (1, -1, -1)


def draw_text(
    image: np.ndarray,
    text: str,
    left_bottom: tuple[int, int],
    color: tuple[int, int, int] = _TEXT_COLOR,
) -> None:
    """Write a line of text into an image, from its lower left corner in pixels."""
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.45
    cv2.putText(image, text, left_bottom, font, scale, color, 1, cv2.LINE_AA)


def title_row(titles: Sequence[str], width: int, height: int = 28) -> np.ndarray:
    """Write the titles of a row of panels, each over a panel of this width."""
    image = blank_image(width * len(titles), height)
    for i, title in enumerate(titles):
        draw_text(image, title, (i * width + 8, height - 9))
    return image


def _grid(floor: float, reach: float = 0.6, step: float = 0.3) -> np.ndarray:
    """Return the ends of the lines of a level grid around the y axis, (N, 2, 3)."""
    ticks = np.arange(-reach, reach + step / 2, step)
    along_z = [[[t, floor, -reach], [t, floor, reach]] for t in ticks]
    along_x = [[[-reach, floor, t], [reach, floor, t]] for t in ticks]
    return np.array(along_z + along_x)


def _line(
    image: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    color: tuple[int, int, int],
    thickness: int,
) -> None:
    ends = _to_subpixels(start), _to_subpixels(end)
    cv2.line(image, *ends, color, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def _to_subpixels(pixels: np.ndarray | float) -> tuple[int, int] | int:
    return np.rint(np.asarray(pixels) * 2**_SUBPIXEL_BITS).astype(int).tolist()
