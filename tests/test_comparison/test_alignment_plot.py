import numpy as np
from known_results import squats
from matplotlib.figure import Figure

from mmposenorm import compare
from mmposenorm.comparison.alignment_plot import _draw_angles
from mmposenorm.geometry.angles import ANGLES


def test_the_differences_of_the_angles_are_drawn_in_degrees():
    visible = np.ones((150, 17))
    visible[:, 13] = 0  # left wrist
    clip_a, clip_b = squats(1), squats(1, shoulder=60, visible=visible)
    comparison = compare(clip_a, clip_b)
    axes = Figure().subplots()
    _draw_angles(axes.figure, axes, comparison, np.asarray, len(clip_a))
    image = np.ma.filled(axes.images[0].get_array(), np.nan)
    assert image.shape == (len(ANGLES), 150)
    rows = dict(zip(ANGLES, image, strict=True))
    np.testing.assert_allclose(rows['left_shoulder_elevation'], 60, atol=4)
    np.testing.assert_allclose(rows['right_shoulder_elevation'], 0, atol=4)
    assert np.isnan(rows['left_elbow_flexion']).all()  # not seen in B
    (number,) = axes.texts
    assert number.get_text() == '1'
    assert number.xy[1] == ANGLES.index('left_shoulder_elevation')
