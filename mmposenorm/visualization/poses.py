"""Draw poses, with the same colours in all pictures.

The left side is blue, the right side vermilion and the trunk grey, which colour-blind
people can tell apart too (palette of Okabe and Ito). Images are RGB, (H, W, 3) uint8.
Poses have the 17 keypoints of Human3.6M. 3D poses are drawn in *viewer axes*: x right,
y up, z towards the viewer, so that the left side of a person who faces the viewer is on
the right of the picture.
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

# 3D poses are seen from slightly to the person's left and slightly above, because an
# exact front view does not show depth.
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
        visible: Keypoints are drawn where this is above 0, (17,), and limbs if both
            their ends are; all if not given.
        nearness: How near to the viewer each keypoint is, (17,); near limbs are drawn
            over far ones. If not given, limbs are drawn in the order of the keypoints.
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
            start = points[parents[k]]
            _line(image, start, points[k], HIGHLIGHT_COLOR, 3 * thickness)
    for k in limbs:
        _line(image, points[parents[k]], points[k], limb_color(k), thickness)
    for k in np.flatnonzero(shown):
        center = _to_subpixels(points[k])
        radius = round(thickness * 0.8 * 2**_SUBPIXEL_BITS)
        cv2.circle(
            image, center, radius, limb_color(k), -1, cv2.LINE_AA, _SUBPIXEL_BITS
        )


def draw_pose_3d(
    image: np.ndarray,
    keypoints_3d: np.ndarray,
    pixels_per_metre: float,
    highlighted: Collection[int] = (),
) -> None:
    """Draw one 3D pose, with a grid below its lowest joint, into an image.

    The projection is parallel, with the root in the middle of the image.

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

    for start, end in see(_grid(pose[:, 1].min()))[0]:
        _line(image, start, end, _GRID_COLOR, 1)
    points, nearness = see(pose)
    draw_pose(image, points, nearness=nearness, highlighted=highlighted)


def view_rotation(azimuth: float, elevation: float) -> np.ndarray:
    """Rotate viewer axes to those of a viewer at another place.

    Args:
        azimuth: Angle by which the viewer moves to the right of the z axis, in degrees.
        elevation: Angle by which the viewer moves up, in degrees.

    Returns:
        Rotation matrix, (3, 3).
    """
    (ca, ce), (sa, se) = (f(np.radians([azimuth, elevation])) for f in (np.cos, np.sin))
    around = np.array([[ca, 0, -sa], [0, 1, 0], [sa, 0, ca]])
    down = np.array([[1, 0, 0], [0, ce, -se], [0, se, ce]])
    return down @ around


def fit_scale(points: np.ndarray, width: int, height: int) -> float:
    """Find the scale at which points just fit into a panel.

    Args:
        points: Relative to the point in the middle of the panel, (..., 2).
        width: Width of the panel in pixels.
        height: Height of the panel in pixels.

    Returns:
        Pixels per unit of ``points``, with a margin of 8 % on each side.
    """
    reach = np.abs(points.reshape(-1, 2)).max(axis=0, initial=1e-9)
    return float((0.42 * np.array([width, height]) / reach).min())


def fit_scale_3d(poses: np.ndarray, width: int, height: int) -> float:
    """Find the scale at which poses drawn by :func:`draw_pose_3d` just fit.

    Args:
        poses: In viewer axes, in metres, (..., 17, 3).
        width: Width of the panel in pixels.
        height: Height of the panel in pixels.

    Returns:
        Pixels per metre.
    """
    seen = (poses - poses[..., :1, :]) @ view_rotation(AZIMUTH, ELEVATION).T
    return fit_scale(seen[..., :2], width, height)


def camera_to_viewer(keypoints_3d: np.ndarray) -> np.ndarray:
    """Turn poses of the camera frame (y down) to y up and z towards the camera."""
    return keypoints_3d * (1, -1, -1)


def draw_text(
    image: np.ndarray,
    text: str,
    left_bottom: tuple[int, int],
    color: tuple[int, int, int] = _TEXT_COLOR,
) -> None:
    """Write a line of text into an image, from its lower left corner in pixels."""
    text = text.replace('°', ' deg')  # OpenCV's font has ASCII only
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.45
    cv2.putText(image, text, left_bottom, font, scale, color, 1, cv2.LINE_AA)


def title_row(titles: Sequence[str], width: int, height: int = 28) -> np.ndarray:
    """Draw the titles of a row of panels, one above each panel of this width."""
    image = blank_image(width * len(titles), height)
    for i, title in enumerate(titles):
        draw_text(image, title, (i * width + 8, height - 9))
    return image


def _grid(floor: float, reach: float = 0.6, step: float = 0.3) -> np.ndarray:
    """Ends of the lines of a horizontal grid around the y axis, (N, 2, 3)."""
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
    cv2.line(
        image,
        _to_subpixels(start),
        _to_subpixels(end),
        color,
        thickness,
        cv2.LINE_AA,
        _SUBPIXEL_BITS,
    )


def _to_subpixels(point: np.ndarray) -> tuple[int, int]:
    x, y = np.rint(np.asarray(point) * 2**_SUBPIXEL_BITS).astype(int).tolist()
    return x, y
