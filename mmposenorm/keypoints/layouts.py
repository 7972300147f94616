"""Keypoint layouts of detectors and data sets, and their way to the 17 of Human3.6M.

A joint of Human3.6M that a layout lacks is derived where geometry defines it and
else marked missing: what merely lies near is not taken for it. Shoulders, elbows,
wrists, hips, knees and ankles (Human3.6M's *foot* is the ankle) mean the same in
every layout. The rest of the body is read as follows:

================  ==========  ===============  =====  =========  ====
layout            root        thorax           spine  neck_base  head
================  ==========  ===============  =====  =========  ====
h36m              own         own              own    own        own
coco              mid-hips    mid-shoulders    --     --         --
coco_wholebody    mid-hips    mid-shoulders    --     --         --
mediapipe         mid-hips    mid-shoulders    --     --         --
openpose_body25   MidHip      Neck             --     --         --
openpose_coco18   mid-hips    Neck             --     --         --
openpose_body25b  mid-hips    mid-shoulders    --     --         HeadTop
openpose_mpi15    mid-hips    mid-shoulders    --     --         Head
mpii              mid-hips    mid-shoulders    --     --         head_top
halpe26           Hip         Neck             --     --         Head
halpe136          Hip         Neck             --     --         Head
penn_action       mid-hips    mid-shoulders    --     --         head
kinect            mid-hips    ShoulderCenter   --     --         Head
================  ==========  ===============  =====  =========  ====

*root*: the middle of the hip joints. Kinect's hip centre lies 70 mm above it
(median of UTD-MHAD), so it is not used.
*thorax*: the base of the neck. OpenPose's neck is the mid-shoulders by definition,
like ours where no neck is given: 42-79 mm below the true one. Kinect's shoulder
centre lies 108 mm above the mid-shoulders.
*spine*: lies 10 cm and more from the middle of root and thorax in mocap; Kinect's
spine point lies 13 cm above the hips, that of Human3.6M 23 cm.
*neck_base*: 8-11 cm in front of the thorax and 9 cm above it in Human3.6M, straight
above it in mocap; neither a nose (further forward) nor an ear. The *upper neck* of
MPII, which OpenPose's BODY_25B and MPI have too, is not used.
*head*: the top of the head. Distance from the mid-shoulders by the length of the
trunk: 0.43-0.68 in Human3.6M, 0.44 in mocap, 0.42 for Penn Action's head. Noses,
eyes and ears are not the top of the head.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import ArrayLike

from mmposenorm.skeletons import H36M_KEYPOINTS

_LIMBS: dict[str, tuple[str, ...]] = {
    f'{side}_{joint}': (f'{side}_{"ankle" if joint == "foot" else joint}',)
    for side in ('left', 'right')
    for joint in ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'foot')
}
_MID_HIPS = ('left_hip', 'right_hip')
_MID_SHOULDERS = ('left_shoulder', 'right_shoulder')


@dataclass(frozen=True)
class Layout:
    """The joints of a detector or data set, and which of Human3.6M's they make.

    Args:
        name: Name by which the layout is called.
        joint_names: Name of each of its joints, K.
        sources: For each joint of Human3.6M that it has, the names of the joints
            whose mean it is; joints that are not listed are missing.
        dimensions: Sizes of the last axis that its files may have.
    """

    name: str
    joint_names: tuple[str, ...]
    sources: Mapping[str, tuple[str, ...]]
    dimensions: tuple[int, ...] = (2,)

    def source_indices(self) -> list[list[int]]:
        """For each of the 17 joints, the indices of those whose mean it is."""
        return [
            [self.joint_names.index(name) for name in self.sources.get(joint, ())]
            for joint in H36M_KEYPOINTS
        ]


# fmt: off
_COCO_NAMES = (
    'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear',
    'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow',
    'left_wrist', 'right_wrist', 'left_hip', 'right_hip',
    'left_knee', 'right_knee', 'left_ankle', 'right_ankle',
)
_HALPE_NAMES = (
    *_COCO_NAMES, 'head', 'neck', 'hip', 'left_big_toe', 'right_big_toe',
    'left_small_toe', 'right_small_toe', 'left_heel', 'right_heel',
)
_HANDS_AND_FACE_NAMES = (
    *(f'face_{index}' for index in range(68)),
    *(f'{side}_hand_{index}' for side in ('left', 'right') for index in range(21)),
)
_COCO_WHOLEBODY_NAMES = (
    *_COCO_NAMES, 'left_big_toe', 'left_small_toe', 'left_heel', 'right_big_toe',
    'right_small_toe', 'right_heel', *_HANDS_AND_FACE_NAMES,
)
_COCO18_NAMES = (
    'nose', 'neck', 'right_shoulder', 'right_elbow', 'right_wrist', 'left_shoulder',
    'left_elbow', 'left_wrist', 'right_hip', 'right_knee', 'right_ankle', 'left_hip',
    'left_knee', 'left_ankle', 'right_eye', 'left_eye', 'right_ear', 'left_ear',
)
_BODY25_NAMES = (
    'nose', 'neck', 'right_shoulder', 'right_elbow', 'right_wrist',
    'left_shoulder', 'left_elbow', 'left_wrist', 'mid_hip',
    'right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle',
    'right_eye', 'left_eye', 'right_ear', 'left_ear', 'left_big_toe',
    'left_small_toe', 'left_heel', 'right_big_toe', 'right_small_toe', 'right_heel',
)
_BODY25B_NAMES = (
    *_COCO_NAMES, 'upper_neck', 'head_top', 'left_big_toe', 'left_small_toe',
    'left_heel', 'right_big_toe', 'right_small_toe', 'right_heel',
)
_MPI15_NAMES = (
    'head', 'upper_neck', 'right_shoulder', 'right_elbow', 'right_wrist',
    'left_shoulder', 'left_elbow', 'left_wrist', 'right_hip', 'right_knee',
    'right_ankle', 'left_hip', 'left_knee', 'left_ankle', 'chest',
)
_MPII_NAMES = (
    'right_ankle', 'right_knee', 'right_hip', 'left_hip', 'left_knee', 'left_ankle',
    'pelvis', 'thorax', 'upper_neck', 'head_top', 'right_wrist', 'right_elbow',
    'right_shoulder', 'left_shoulder', 'left_elbow', 'left_wrist',
)
_PENN_NAMES = (
    'head', 'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow',
    'left_wrist', 'right_wrist', 'left_hip', 'right_hip', 'left_knee', 'right_knee',
    'left_ankle', 'right_ankle',
)
_MEDIAPIPE_NAMES = (
    'nose', 'left_eye_inner', 'left_eye', 'left_eye_outer', 'right_eye_inner',
    'right_eye', 'right_eye_outer', 'left_ear', 'right_ear', 'mouth_left',
    'mouth_right', 'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow',
    'left_wrist', 'right_wrist', 'left_pinky', 'right_pinky', 'left_index',
    'right_index', 'left_thumb', 'right_thumb', 'left_hip', 'right_hip', 'left_knee',
    'right_knee', 'left_ankle', 'right_ankle', 'left_heel', 'right_heel',
    'left_foot_index', 'right_foot_index',
)
_KINECT_NAMES = (
    'head', 'shoulder_center', 'spine', 'hip_center', 'left_shoulder', 'left_elbow',
    'left_wrist', 'left_hand', 'right_shoulder', 'right_elbow', 'right_wrist',
    'right_hand', 'left_hip', 'left_knee', 'left_ankle', 'left_foot', 'right_hip',
    'right_knee', 'right_ankle', 'right_foot',
)
# fmt: on
_MIDDLES: dict[str, tuple[str, ...]] = {'root': _MID_HIPS, 'thorax': _MID_SHOULDERS}
_HALPE_MIDDLES: dict[str, tuple[str, ...]] = {
    'root': ('hip',),
    'thorax': ('neck',),
    'head': ('head',),
}

LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout('h36m', H36M_KEYPOINTS, {name: (name,) for name in H36M_KEYPOINTS}),
        Layout('coco', _COCO_NAMES, _LIMBS | _MIDDLES),
        Layout('coco_wholebody', _COCO_WHOLEBODY_NAMES, _LIMBS | _MIDDLES),
        Layout('mediapipe', _MEDIAPIPE_NAMES, _LIMBS | _MIDDLES),
        Layout(
            'openpose_body25',
            _BODY25_NAMES,
            _LIMBS | {'root': ('mid_hip',), 'thorax': ('neck',)},
        ),
        Layout(
            'openpose_coco18',
            _COCO18_NAMES,
            _LIMBS | {'root': _MID_HIPS, 'thorax': ('neck',)},
        ),
        Layout(
            'openpose_body25b',
            _BODY25B_NAMES,
            _LIMBS | _MIDDLES | {'head': ('head_top',)},
        ),
        Layout('openpose_mpi15', _MPI15_NAMES, _LIMBS | _MIDDLES | {'head': ('head',)}),
        Layout('mpii', _MPII_NAMES, _LIMBS | _MIDDLES | {'head': ('head_top',)}),
        Layout('halpe26', _HALPE_NAMES, _LIMBS | _HALPE_MIDDLES),
        Layout(
            'halpe136',
            (*_HALPE_NAMES, *_HANDS_AND_FACE_NAMES),
            _LIMBS | _HALPE_MIDDLES,
        ),
        Layout('penn_action', _PENN_NAMES, _LIMBS | _MIDDLES | {'head': ('head',)}),
        Layout(
            'kinect',
            _KINECT_NAMES,
            _LIMBS
            | {'root': _MID_HIPS, 'thorax': ('shoulder_center',), 'head': ('head',)},
            dimensions=(2, 3),
        ),
    )
}
"""The known layouts by name; add a :class:`Layout` here to teach us another."""

# Those that begin with the nose, as detectors' do. Of hands and face nothing is used.
_LAYOUT_BY_COUNT = {
    17: 'coco',
    18: 'openpose_coco18',
    133: 'coco',
    26: 'halpe26',
    136: 'halpe26',
    25: 'openpose_body25',
    33: 'mediapipe',
}

_ALIASES = {
    'blazepose': 'mediapipe',
    'body25': 'openpose_body25',
    'body26': 'halpe26',
    'body_25': 'openpose_body25',
    'body25b': 'openpose_body25b',
    'mpi': 'openpose_mpi15',
    'mpi15': 'openpose_mpi15',
    'mpii16': 'mpii',
    'coco17': 'coco',
    'coco18': 'openpose_coco18',
    'coco133': 'coco_wholebody',
    'halpe': 'halpe26',
    'human3.6m': 'h36m',
    'openpose': 'openpose_body25',
    'wholebody': 'coco_wholebody',
}


def get_layout(name: str) -> Layout:
    """Look up a layout.

    Args:
        name: A key of :data:`LAYOUTS` or another usual name (``body_25``, ``halpe``),
            in upper or lower case.

    Returns:
        The layout.

    Raises:
        ValueError: If no layout has that name.
    """
    if not isinstance(name, str):
        raise ValueError(
            f'layout must be the name of a layout, but is {name!r}. Pass a string, '
            "such as 'h36m' or 'coco'; it holds for all clips of a batch."
        )
    if name in LAYOUTS:
        return LAYOUTS[name]
    lowered = name.strip().lower().replace('-', '_').replace(' ', '_')
    found = _ALIASES.get(lowered, lowered)
    if found not in LAYOUTS:  # 'coco_17', 'halpe_26'
        found = _ALIASES.get(found.replace('_', ''), found.replace('_', ''))
    if found not in LAYOUTS:
        raise ValueError(
            f'layout must be one of {", ".join(LAYOUTS)}, but is {name!r}. '
            f'{_what_was_meant(lowered)}'
        )
    return LAYOUTS[found]


def _what_was_meant(name: str) -> str:
    close = get_close_matches(name, [*LAYOUTS, *_ALIASES])
    if close:
        meant = dict.fromkeys(_ALIASES.get(one, one) for one in close)
        return f'Did you mean {" or ".join(meant)}?'
    return (
        f'Add your own as LAYOUTS[{name!r}] = Layout(...), see '
        'mmposenorm.keypoints.layouts.'
    )


def guess_layout(joint_count: int, joint_names: Sequence[str] | None = None) -> Layout:
    """Find the layout of a file or model that does not name it.

    Args:
        joint_count: Number of joints, K. Of 133 (COCO whole body) and 136 (Halpe full
            body), the first 17 and 26 are a layout that we know.
        joint_names: Their names, if known.

    Returns:
        The layout; it may have fewer joints than ``joint_count``, the first ones.

    Raises:
        ValueError: If no layout fits the number or the names.
    """
    for layout in LAYOUTS.values():
        if joint_names is not None and tuple(joint_names) == layout.joint_names:
            return layout
    name = _LAYOUT_BY_COUNT.get(joint_count)
    first = joint_names[0].lower() if joint_names else 'nose'
    if name is None or first != 'nose':
        said = f' that begin with {joint_names[0]!r}' if joint_names else ''
        raise ValueError(
            f'No layout is known for {joint_count} joints{said}. Known: '
            + ', '.join(f'{n} ({len(v.joint_names)})' for n, v in LAYOUTS.items())
        )
    return LAYOUTS[name]


def to_h36m(
    keypoints: ArrayLike, visible: ArrayLike | None, layout: str
) -> tuple[np.ndarray, np.ndarray]:
    """Convert keypoints to the 17 of Human3.6M.

    Args:
        keypoints: Positions in any unit, (T, K, 2); (T, 20, 3) for Kinect. NaN is
            allowed only where the joint is not visible. What a masked array masks
            was not seen.
        visible: How sure each joint is, from 0 (not seen) to 1, (T, K); ``None`` if
            all are seen.
        layout: Name of the layout, a key of :data:`LAYOUTS`.

    Returns:
        keypoints: Positions in the same unit, (T, 17, 2) float32, or (T, 17, 3);
            zero where not visible.
        visible: (T, 17) float32, 0 for joints that are missing. A joint that is a
            mean of others is as visible as the least visible of them.

    Raises:
        ValueError: If the layout is not known, the shapes do not fit it, a visible
            joint is not finite, or a visibility lies outside [0, 1].
    """
    source = get_layout(layout)
    keypoints, visible = check_keypoints(keypoints, visible, source)
    frames, _, dimension = keypoints.shape
    out = np.zeros((frames, len(H36M_KEYPOINTS), dimension), np.float32)
    out_visible = np.zeros(out.shape[:2], np.float32)
    sources = source.source_indices()
    same = [joint for joint, indices in enumerate(sources) if len(indices) == 1]
    copied = [sources[joint][0] for joint in same]
    out[:, same], out_visible[:, same] = keypoints[:, copied], visible[:, copied]
    for joint, indices in enumerate(sources):
        if len(indices) > 1:
            out[:, joint] = keypoints[:, indices].mean(axis=1)
            out_visible[:, joint] = visible[:, indices].min(axis=1)
    out[out_visible == 0] = 0
    return out, out_visible


def check_keypoints(
    keypoints: ArrayLike, visible: ArrayLike | None, layout: Layout
) -> tuple[np.ndarray, np.ndarray]:
    """Check keypoints against their layout and zero what was not seen.

    Args:
        keypoints: (T, K, D), see :func:`to_h36m`.
        visible: (T, K) in [0, 1], or ``None`` if all are seen.
        layout: The layout they should have.

    Returns:
        keypoints: (T, K, D) float32, a copy, zero where not visible.
        visible: (T, K) float32, a copy.

    Raises:
        ValueError: See :func:`to_h36m`.
    """
    masked = np.ma.getmaskarray(np.ma.asarray(keypoints))
    keypoints = np.array(keypoints, np.float32)
    _check_shape(keypoints, layout)
    if visible is None:
        visible = np.ones(keypoints.shape[:2], np.float32)
    visible = np.array(visible, np.float32)
    if visible.shape != keypoints.shape[:2]:
        raise ValueError(
            f'visible has shape {visible.shape}; expected {keypoints.shape[:2]}, one '
            f'value for each of the keypoints of shape {keypoints.shape}.'
        )
    visible[masked.any(axis=-1)] = 0
    if np.isnan(visible).any():
        raise ValueError(
            'visible holds NaN. Where a keypoint was not seen, set it to 0.'
        )
    if not ((visible >= 0) & (visible <= 1)).all():
        raise ValueError(
            f'visible must lie between 0 and 1, but reaches from {visible.min()} to '
            f'{visible.max()}. Divide by the largest possible score (COCO flags: by 2).'
        )
    bad = (visible > 0) & ~np.isfinite(keypoints).all(axis=-1)
    if bad.any():
        frame, joint = np.argwhere(bad)[0]
        raise ValueError(
            f'keypoints of frame {frame}, joint {layout.joint_names[joint]} are not '
            f'finite, like {bad.sum()} of {bad.size} in all. Where a joint was not '
            'seen, set visible to 0.'
        )
    keypoints[visible == 0] = 0
    return keypoints, visible


def _check_shape(keypoints: np.ndarray, layout: Layout) -> None:
    count = len(layout.joint_names)
    if keypoints.ndim != 3 or keypoints.shape[2] not in layout.dimensions:
        hint = _shape_hint(keypoints.shape)
        raise ValueError(
            f'keypoints has shape {keypoints.shape}; expected (T, {count}, '
            f'{layout.dimensions[-1]}) for layout {layout.name}. {hint}'.rstrip()
        )
    if keypoints.shape[1] != count:
        fitting = [n for n, other in LAYOUTS.items() if _fits(keypoints, other)]
        hint = f'This many fit layout {" or ".join(fitting)}.' if fitting else ''
        raise ValueError(
            f'keypoints has {keypoints.shape[1]} joints; layout {layout.name} has '
            f'{count}. {hint}'.rstrip()
        )
    if keypoints.shape[0] == 0:
        raise ValueError('keypoints holds no frame; expected at least one.')


def _shape_hint(shape: tuple[int, ...]) -> str:
    """Say how to correct a usual mistake."""
    match shape:
        case (_, _, 3):
            return (
                'If the last column is a confidence, pass it as visible: '
                'keypoints[..., :2], keypoints[..., 2].'
            )
        case (_, 2, _):
            return 'If x and y come before the joints, pass keypoints.swapaxes(1, 2).'
        case (_, 2 | 3):
            return 'If it is a single frame, pass keypoints[None].'
        case (_, numbers) if numbers % 2 == 0:
            return (
                'If each row holds x, y, x, y, ... of a frame, pass '
                f'keypoints.reshape(-1, {numbers // 2}, 2).'
            )
        case (_, _):
            return 'These may be the confidences; pass the positions too.'
    return ''


def _fits(keypoints: np.ndarray, layout: Layout) -> bool:
    return keypoints.shape[1:] in [
        (len(layout.joint_names), dimension) for dimension in layout.dimensions
    ]
