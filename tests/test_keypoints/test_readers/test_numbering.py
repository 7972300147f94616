import numpy as np
import pytest

from mmposenorm.keypoints.readers.numbering import frame_numbers


@pytest.mark.parametrize(
    ('names', 'numbers'),
    [
        (['walk_000000000012_keypoints', 'walk_000000000013_keypoints'], [12, 13]),
        (['3.jpg', '1.jpg', '2.jpg'], [3, 1, 2]),
        ([40, 41, 45], [40, 41, 45]),
        ([40.0, 41.0], [40, 41]),
        ([0, 5, 10, 15], [0, 5, 10, 15]),  # every fifth
        ([*range(10), *range(100, 110)], [*range(10), *range(100, 110)]),
        ([397133, 37777, 252219], [0, 1, 2]),  # ids of images
        (['a', 'b'], [0, 1]),
        (['cam1_1', 'cam2_1'], [0, 1]),
        ([f'{10**30}'], [0]),
    ],
)
def test_names_of_frames(names, numbers):
    assert frame_numbers(names).tolist() == numbers


def test_a_gap_of_more_than_an_hour_is_refused_before_it_is_filled():
    names = [*range(10), *range(10**12, 10**12 + 10)]
    with pytest.raises(ValueError, match='frame 1000000000000 follows frame 9'):
        frame_numbers(names)


def test_an_hour_is_counted_at_the_rate_of_the_file():
    names = [0, 1, 2, 3, 150_000]  # 83 minutes at 30 fps, 42 at 60
    with pytest.raises(ValueError, match=r'1\.4 hours at 30 frames a second'):
        frame_numbers(names)
    np.testing.assert_array_equal(frame_numbers(names, fps=60), names)
