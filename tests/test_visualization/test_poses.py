import numpy as np
import pytest

from mmposenorm.skeletons import H36M_LEFT, H36M_RIGHT
from mmposenorm.visualization import (
    LEFT_COLOR,
    RIGHT_COLOR,
    TRUNK_COLOR,
    blank_image,
    camera_to_viewer,
    draw_pose,
    draw_pose_3d,
    fit_scale,
    fit_scale_3d,
    title_row,
)
from mmposenorm.visualization.poses import draw_text, limb_color, view_rotation


@pytest.fixture
def standing():
    """Return a person who faces the viewer (+z), arms hanging, (17, 3), y up."""
    side, height = np.zeros(17), np.zeros(17)
    side[list(H36M_LEFT)], side[list(H36M_RIGHT)] = 0.2, -0.2
    height[[2, 5]], height[[3, 6]] = -0.4, -0.8  # knees, feet
    height[[7, 8, 9, 10]] = 0.25, 0.5, 0.6, 0.8  # spine to head
    height[[11, 14]], height[[12, 15]], height[[13, 16]] = 0.5, 0.2, 0.0
    return np.stack([side, height, np.zeros(17)], axis=-1)


def places(image, color):
    """Return x and y of the pixels that have exactly this colour, each (N,)."""
    y, x = np.nonzero((image == color).all(axis=-1))
    assert len(x), f'nothing is drawn in {color}'
    return x, y


def draw(keypoints_3d):
    image = blank_image(240, 300)
    draw_pose_3d(image, keypoints_3d, pixels_per_metre=100)
    return image


def test_each_side_has_its_colour():
    colors = [limb_color(k) for k in range(17)]
    assert [k for k in range(17) if colors[k] == LEFT_COLOR] == list(H36M_LEFT)
    assert [k for k in range(17) if colors[k] == RIGHT_COLOR] == sorted(H36M_RIGHT)
    assert len({LEFT_COLOR, RIGHT_COLOR, TRUNK_COLOR}) == 3


def test_facing_the_viewer_the_left_is_on_the_right_of_the_picture(standing):
    image = draw(standing)
    assert places(image, LEFT_COLOR)[0].min() > places(image, RIGHT_COLOR)[0].max()


def test_seen_from_behind_the_left_is_on_the_left(standing):
    image = draw(standing * (-1, 1, -1))
    assert places(image, LEFT_COLOR)[0].max() < places(image, RIGHT_COLOR)[0].min()


def test_up_is_up(standing):
    upright, on_the_head = draw(standing), draw(standing * (-1, -1, 1))
    assert places(upright, TRUNK_COLOR)[1].mean() < 150
    assert places(on_the_head, TRUNK_COLOR)[1].mean() > 150


def test_a_pose_in_camera_axes_is_drawn_as_the_camera_sees_it(standing):
    # The camera stands before the person: its x is the viewer's, its y and z opposed.
    in_camera = standing * (1, -1, -1) + (0, 0, 4)
    np.testing.assert_array_equal(draw(camera_to_viewer(in_camera)), draw(standing))


def test_limbs_lie_between_their_ends():
    points = np.full((17, 2), np.nan)
    points[4], points[5] = (20, 30), (80, 30)  # left hip and knee
    image = blank_image(100, 60)
    draw_pose(image, points, thickness=3)
    x, y = places(image, LEFT_COLOR)
    assert set(range(20, 81)) <= set(x[y == 30])
    np.testing.assert_allclose([x.min(), x.max()], [20, 80], atol=3)
    np.testing.assert_allclose([y.min(), y.max()], [30, 30], atol=3)
    assert (image[:20] == 255).all()
    assert (image[40:] == 255).all()


def test_a_missing_joint_takes_its_limbs_with_it(standing):
    points = standing[:, :2] * (100, -100) + 150
    visible = np.ones(17)
    visible[list(H36M_RIGHT)] = 0
    image = blank_image(300, 300)
    draw_pose(image, points, visible)
    assert not (image == RIGHT_COLOR).all(axis=-1).any()
    np.testing.assert_array_less(100, places(image, LEFT_COLOR)[0])


def test_nothing_visible_draws_nothing():
    image = blank_image(50, 50)
    draw_pose(image, np.full((17, 2), 25.0), np.zeros(17))
    assert (image == 255).all()


@pytest.mark.parametrize(('left_depth', 'on_top'), [(1, LEFT_COLOR), (-1, RIGHT_COLOR)])
def test_near_limbs_cover_far_ones(left_depth, on_top):
    points = np.full((17, 2), np.nan)
    points[[4, 5]] = (10, 10), (90, 90)
    points[[1, 2]] = (10, 90), (90, 10)  # the other diagonal
    nearness = np.zeros(17)
    nearness[[4, 5]] = left_depth
    image = blank_image(100, 100)
    draw_pose(image, points, nearness=nearness)
    assert tuple(image[50, 50]) == on_top


def test_view_rotation_by_hand():
    # From the side (azimuth 90): +x comes towards the viewer, +z goes to the left.
    expected = [[0, 0, -1], [0, 1, 0], [1, 0, 0]]
    np.testing.assert_allclose(view_rotation(90, 0), expected, atol=1e-12)
    # From straight above: up comes towards the viewer, what was near is below.
    expected = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    np.testing.assert_allclose(view_rotation(0, 90), expected, atol=1e-12)


def test_fit_scale_by_hand():
    # 42 % of 200 px to each side for 3 units, of 100 px for 2: the height decides.
    points = np.array([[[-3, 0.5], [1, 2.0]]])
    assert fit_scale(points, 200, 100) == pytest.approx(min(84 / 3, 42 / 2))


def test_a_fitted_pose_is_whole_in_its_panel(standing):
    poses = np.stack([standing, 2 * standing, standing[:, [1, 0, 2]]])
    scale = fit_scale_3d(poses, 240, 300)
    for pose in poses:
        image = blank_image(240, 300)
        draw_pose_3d(image, pose, scale)
        for color in (LEFT_COLOR, RIGHT_COLOR):
            x, y = places(image, color)
            assert 3 < x.min() <= x.max() < 237
            assert 3 < y.min() <= y.max() < 297


def test_titles_stand_over_their_panels():
    row = title_row(['one', '', 'three'], width=100)
    written = (row < 128).any(axis=(0, 2))
    assert row.shape[1:] == (300, 3)
    assert written[:100].any()
    assert written[200:].any()
    assert not written[100:200].any()


def test_degrees_can_be_written():
    signs, words, marks = (blank_image(200, 30) for _ in range(3))
    for image, text in ((signs, '40°'), (words, '40 deg'), (marks, '40??')):
        draw_text(image, text, (5, 20))
    np.testing.assert_array_equal(signs, words)
    assert (signs != marks).any()
