import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS, Layout, get_layout, to_h36m
from mmposenorm.skeletons import H36M_KEYPOINTS, H36M_MIRRORED

SEEN = {
    'h36m': set(H36M_KEYPOINTS),
    'coco': set(H36M_KEYPOINTS) - {'spine', 'neck_base', 'head'},
    'coco_wholebody': set(H36M_KEYPOINTS) - {'spine', 'neck_base', 'head'},
    'mediapipe': set(H36M_KEYPOINTS) - {'spine', 'neck_base', 'head'},
    'openpose_body25': set(H36M_KEYPOINTS) - {'spine', 'neck_base', 'head'},
    'openpose_coco18': set(H36M_KEYPOINTS) - {'spine', 'neck_base', 'head'},
    'openpose_body25b': set(H36M_KEYPOINTS) - {'spine', 'neck_base'},
    'openpose_mpi15': set(H36M_KEYPOINTS) - {'spine', 'neck_base'},
    'mpii': set(H36M_KEYPOINTS) - {'spine', 'neck_base'},
    'halpe26': set(H36M_KEYPOINTS) - {'spine', 'neck_base'},
    'halpe136': set(H36M_KEYPOINTS) - {'spine', 'neck_base'},
    'penn_action': set(H36M_KEYPOINTS) - {'spine', 'neck_base'},
    'kinect': set(H36M_KEYPOINTS) - {'spine', 'neck_base'},
}
# Where each limb is by the data sets' own documents, as (right, left) pairs of
# shoulder, elbow, wrist, hip, knee and ankle.
PAIRS = {
    'h36m': [(14, 11), (15, 12), (16, 13), (1, 4), (2, 5), (3, 6)],
    'coco': [(6, 5), (8, 7), (10, 9), (12, 11), (14, 13), (16, 15)],
    'coco_wholebody': [(6, 5), (8, 7), (10, 9), (12, 11), (14, 13), (16, 15)],
    'halpe26': [(6, 5), (8, 7), (10, 9), (12, 11), (14, 13), (16, 15)],
    'halpe136': [(6, 5), (8, 7), (10, 9), (12, 11), (14, 13), (16, 15)],
    'openpose_coco18': [(2, 5), (3, 6), (4, 7), (8, 11), (9, 12), (10, 13)],
    'openpose_body25': [(2, 5), (3, 6), (4, 7), (9, 12), (10, 13), (11, 14)],
    'openpose_body25b': [(6, 5), (8, 7), (10, 9), (12, 11), (14, 13), (16, 15)],
    'openpose_mpi15': [(2, 5), (3, 6), (4, 7), (8, 11), (9, 12), (10, 13)],
    'mpii': [(12, 13), (11, 14), (10, 15), (2, 3), (1, 4), (0, 5)],
    'penn_action': [(2, 1), (4, 3), (6, 5), (8, 7), (10, 9), (12, 11)],
    'mediapipe': [(12, 11), (14, 13), (16, 15), (24, 23), (26, 25), (28, 27)],
    'kinect': [(8, 4), (9, 5), (10, 6), (16, 12), (17, 13), (18, 14)],
}


def random_keypoints(layout, frames=3, seed=0):
    random = np.random.default_rng(seed)
    count = len(LAYOUTS[layout].joint_names)
    keypoints = random.normal(500, 100, (frames, count, 2))
    return keypoints.astype(np.float32), random.uniform(0.2, 1, (frames, count))


@pytest.mark.parametrize('layout', LAYOUTS)
def test_every_limb_is_found_on_its_own_side(layout):
    keypoints, visible = random_keypoints(layout)
    out, out_visible = to_h36m(keypoints, visible, layout)
    for (right, left), (h36m_right, h36m_left) in zip(
        PAIRS[layout], PAIRS['h36m'], strict=True
    ):
        np.testing.assert_array_equal(out[:, h36m_right], keypoints[:, right])
        np.testing.assert_array_equal(out[:, h36m_left], keypoints[:, left])
        np.testing.assert_allclose(out_visible[:, h36m_left], visible[:, left], 1e-6)


@pytest.mark.parametrize('layout', LAYOUTS)
def test_what_a_layout_lacks_is_missing(layout):
    keypoints, visible = random_keypoints(layout)
    out, out_visible = to_h36m(keypoints, visible, layout)
    seen = {H36M_KEYPOINTS[k] for k in range(17) if out_visible[:, k].all()}
    assert seen == SEEN[layout]
    assert (out[out_visible == 0] == 0).all()
    assert out.dtype == out_visible.dtype == np.float32


def test_coco_by_hand():
    keypoints = np.zeros((1, 17, 2))
    keypoints[0, [5, 6, 11, 12]] = [[3, 1], [1, 1], [2.5, 5], [1.5, 7]]
    visible = np.zeros((1, 17))
    visible[0, [5, 6, 11, 12]] = [0.9, 0.8, 0.7, 0.6]
    out, out_visible = to_h36m(keypoints, visible, 'coco')
    np.testing.assert_allclose(out[0, 0], [2, 6])  # root: ((2.5+1.5)/2, (5+7)/2)
    np.testing.assert_allclose(out[0, 8], [2, 1])  # thorax
    np.testing.assert_allclose(out_visible[0, [0, 8]], [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize(
    ('layout', 'root', 'thorax'),
    [('halpe26', 19, 18), ('halpe136', 19, 18), ('openpose_body25', 8, 1)],
)
def test_a_layout_with_a_pelvis_and_a_neck_uses_them(layout, root, thorax):
    keypoints, visible = random_keypoints(layout)
    out, _ = to_h36m(keypoints, visible, layout)
    np.testing.assert_array_equal(out[:, 0], keypoints[:, root])
    np.testing.assert_array_equal(out[:, 8], keypoints[:, thorax])


@pytest.mark.parametrize(
    ('layout', 'top'), [('openpose_body25b', 18), ('openpose_mpi15', 0), ('mpii', 9)]
)
def test_the_top_of_the_head_is_used(layout, top):
    keypoints, visible = random_keypoints(layout)
    out, _ = to_h36m(keypoints, visible, layout)
    np.testing.assert_array_equal(out[:, 10], keypoints[:, top])


@pytest.mark.parametrize('layout', LAYOUTS)
def test_mirroring_before_and_after_is_the_same(layout):
    keypoints, visible = random_keypoints(layout)
    names = LAYOUTS[layout].joint_names
    swapped = [names.index(mirrored_name(name)) for name in names]
    flip = np.array([-1, 1])
    before = to_h36m(keypoints[:, swapped] * flip, visible[:, swapped], layout)
    after, after_visible = to_h36m(keypoints, visible, layout)
    np.testing.assert_allclose(before[0], after[:, H36M_MIRRORED] * flip, atol=1e-4)
    np.testing.assert_array_equal(before[1], after_visible[:, H36M_MIRRORED])


def mirrored_name(name):
    if 'left' in name:
        return name.replace('left', 'right')
    return name.replace('right', 'left')


def test_an_unseen_joint_is_zero_and_makes_its_derived_joint_unseen():
    keypoints, visible = random_keypoints('coco')
    visible[1, 11] = 0
    keypoints[1, 11] = np.nan
    out, out_visible = to_h36m(keypoints, visible, 'coco')
    left_hip, root = 4, 0
    assert (out[1, [left_hip, root]] == 0).all()
    assert (out_visible[1, [left_hip, root]] == 0).all()
    assert (out_visible[[0, 2]][:, [left_hip, root]] > 0).all()


def test_without_visibility_all_joints_are_seen():
    keypoints, _ = random_keypoints('coco')
    assert set(np.unique(to_h36m(keypoints, None, 'coco')[1])) == {0, 1}


def test_kinect_works_in_three_dimensions():
    joints = np.random.default_rng(0).normal(size=(2, 20, 3))
    out, visible = to_h36m(joints, np.ones((2, 20)), 'kinect')
    np.testing.assert_allclose(out[:, 0], (joints[:, 12] + joints[:, 16]) / 2, 1e-5)
    assert out.shape == (2, 17, 3)
    assert visible.sum() == 2 * 15


def test_a_new_layout_is_one_entry(monkeypatch):
    names = ('left_hip', 'right_hip')
    monkeypatch.setitem(LAYOUTS, 'hips', Layout('hips', names, {'root': names}))
    out, visible = to_h36m(np.array([[[1, 2], [3, 4]]]), None, 'hips')
    np.testing.assert_array_equal(out[0, 0], [2, 3])
    assert visible.sum() == 1


def test_input_is_not_changed():
    keypoints, visible = random_keypoints('coco')
    visible[0] = 0
    copy = keypoints.copy()
    to_h36m(keypoints, visible, 'coco')
    np.testing.assert_array_equal(keypoints, copy)


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((5, 17, 3), r'shape \(5, 17, 3\); expected \(T, 17, 2\).*confidence'),
        ((17, 2), r'shape \(17, 2\); expected \(T, 17, 2\)'),
        ((5, 26, 2), '26 joints; layout coco has 17. This many fit layout halpe26'),
        ((5, 4, 2), '4 joints; layout coco has 17'),
        ((0, 17, 2), 'holds no frame'),
    ],
)
def test_wrong_shapes_are_named(shape, message):
    with pytest.raises(ValueError, match=message):
        to_h36m(np.zeros(shape), None, 'coco')


def test_nan_in_a_seen_joint_is_refused():
    keypoints, visible = random_keypoints('coco')
    keypoints[2, 9, 0] = np.nan
    with pytest.raises(ValueError, match='frame 2, joint left_wrist are not finite'):
        to_h36m(keypoints, visible, 'coco')


def test_what_is_masked_was_not_seen():
    keypoints, _ = random_keypoints('h36m')
    mask = np.zeros(keypoints.shape, bool)
    mask[0, 5, 1] = True
    _, seen = to_h36m(np.ma.masked_array(keypoints, mask), None, 'h36m')
    assert seen[0, 5] == 0
    assert seen.sum() == seen.size - 1


@pytest.mark.parametrize(
    ('value', 'said'),
    [(-0.1, 'between 0 and 1'), (2, 'between 0 and 1'), (np.nan, 'visible holds NaN')],
)
def test_visibility_outside_zero_to_one_is_refused(value, said):
    keypoints, visible = random_keypoints('coco')
    visible[0, 0] = value
    with pytest.raises(ValueError, match=said):
        to_h36m(keypoints, visible, 'coco')


def test_visibility_of_another_shape_is_refused():
    keypoints, visible = random_keypoints('coco')
    with pytest.raises(ValueError, match=r'visible has shape \(2, 17\)'):
        to_h36m(keypoints, visible[:2], 'coco')


def test_openpose_coco18_by_hand():
    keypoints = np.zeros((1, 18, 2))
    keypoints[0, [1, 8, 11]] = [[7, 3], [4, 6], [8, 10]]  # neck, right and left hip
    out, _ = to_h36m(keypoints, None, 'openpose_coco18')
    np.testing.assert_array_equal(out[0, [0, 8]], [[6, 8], [7, 3]])  # root, thorax


@pytest.mark.parametrize(
    ('layout', 'count'),
    [
        ('coco_wholebody', 133),
        ('halpe136', 136),
        ('mpii', 16),
        ('openpose_body25b', 25),
        ('openpose_coco18', 18),
        ('openpose_mpi15', 15),
    ],
)
def test_a_large_layout_has_all_of_its_joints(layout, count):
    names = LAYOUTS[layout].joint_names
    assert len(names) == len(set(names)) == count


@pytest.mark.parametrize(
    ('alias', 'name'),
    [
        ('COCO', 'coco'),
        ('coco_17', 'coco'),
        ('BODY_25', 'openpose_body25'),
        ('body25', 'openpose_body25'),
        ('BODY_25B', 'openpose_body25b'),
        ('MPI', 'openpose_mpi15'),
        ('MPII-16', 'mpii'),
        ('halpe', 'halpe26'),
        ('Halpe-26', 'halpe26'),
        ('Halpe136', 'halpe136'),
        ('COCO-WholeBody', 'coco_wholebody'),
        ('coco18', 'openpose_coco18'),
        ('BlazePose', 'mediapipe'),
        (' h36m ', 'h36m'),
    ],
)
def test_usual_names_of_layouts_are_known(alias, name):
    assert get_layout(alias).name == name


def test_an_unknown_layout_is_named():
    with pytest.raises(ValueError, match='must be one of h36m, coco'):
        to_h36m(np.zeros((1, 17, 2)), None, 'smpl')
