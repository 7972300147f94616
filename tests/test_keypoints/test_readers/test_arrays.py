import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

COCO = LAYOUTS['coco'].joint_names


@pytest.fixture
def clip(body):
    """Return three frames of a person, (3, 17, 2)."""
    return np.stack([body(COCO, dx=dx) for dx in (0, 2, 4)])


def test_npy_of_positions_is_coco_by_its_proportions(tmp_path, clip, check):
    np.save(tmp_path / 'a.npy', clip)
    people = read_keypoints(tmp_path / 'a.npy')
    assert (people.layout, len(people.frames)) == ('coco', 3)
    check(people, 2, clip[2], 1)


def test_npy_of_positions_and_scores(tmp_path, clip, check):
    np.save(tmp_path / 'a.npy', np.concatenate([clip, np.full((3, 17, 1), 0.3)], -1))
    check(read_keypoints(tmp_path / 'a.npy', layout='COCO'), 1, clip[1], 0.3)


def test_nan_without_visibility_was_not_found(tmp_path, clip, check):
    clip[1, 3] = clip[2] = np.nan
    np.savez(tmp_path / 'a.npz', keypoints=clip)
    people = read_keypoints(tmp_path / 'a.npz', layout='coco')
    assert [len(frame) for frame in people.frames] == [1, 1, 0]
    assert people.frames[1].scores[0].tolist() == [1, 1, 1, 0, *[1] * 13]


def test_several_people_a_frame(tmp_path, clip, check):
    both = np.stack([clip, clip + 100], axis=1)
    both[2, 0] = np.nan
    np.savez(tmp_path / 'a.npz', keypoints=both, layout='coco')
    people = read_keypoints(tmp_path / 'a.npz')
    assert [len(frame) for frame in people.frames] == [2, 2, 1]
    check(people, 1, clip[1] + 100, person=1)
    check(people, 2, clip[2] + 100)


@pytest.mark.parametrize(
    ('joints', 'layout'),
    [(18, 'openpose_coco18'), (25, 'openpose_body25'), (26, 'halpe26')],
)
def test_the_layout_follows_from_the_number_of_joints(tmp_path, joints, layout):
    np.save(tmp_path / 'a.npy', np.ones((2, joints, 2)))
    assert read_keypoints(tmp_path / 'a.npy').layout == layout


@pytest.mark.parametrize(
    ('layout', 'joints'), [('coco_wholebody', 133), ('Halpe136', 136), ('coco18', 18)]
)
def test_large_layouts_of_arrays(tmp_path, layout, joints):
    np.savez(tmp_path / 'a.npz', keypoints=np.ones((2, joints, 2)), layout=layout)
    people = read_keypoints(tmp_path / 'a.npz')
    assert people.frames[0].keypoints.shape == (1, joints, 2)


def test_what_an_npz_says_of_the_clip_is_kept(tmp_path, clip):
    np.savez(
        tmp_path / 'a.npz',
        keypoints=clip,
        layout='coco',
        fps=25,
        image_size=(640, 480),
        first_frame=40,
    )
    people = read_keypoints(tmp_path / 'a.npz')
    assert (people.fps, people.image_size) == (25, (640, 480))
    assert people.first_frame == 40


def test_a_layout_of_another_number_of_joints_is_refused(tmp_path, clip):
    np.save(tmp_path / 'a.npy', clip)
    with pytest.raises(
        ValueError, match='layout halpe26 has 26 joints, and each person in it 17'
    ):
        read_keypoints(tmp_path / 'a.npy', layout='halpe26')


@pytest.mark.parametrize(
    ('arrays', 'message'),
    [
        ({'keypoints_3d': np.zeros((5, 17, 3))}, 'only 3D positions'),
        ({'keypoints': np.full((5, 17, 3), -2.0)}, 'look like 3D positions'),
        ({'keypoints': np.full((5, 17, 2), 'a')}, 'expected numbers'),
        (
            {'keypoints': np.ones((5, 17, 2)), 'visible': np.ones((4, 17))},
            r'visible has shape \(4, 17\); expected \(5, 17\)',
        ),
        ({'keypoints': np.ones((5, 17, 4))}, r'expected \(T, 17, 2\)'),
    ],
)
def test_arrays_that_are_no_2d_keypoints_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / 'a.npz', **arrays)
    with pytest.raises(ValueError, match=message):
        read_keypoints(tmp_path / 'a.npz')


def test_a_pickled_array_is_not_opened(tmp_path):
    np.save(tmp_path / 'a.npy', np.array({'a': 1}), allow_pickle=True)
    with pytest.raises(ValueError, match='holds other things than numbers'):
        read_keypoints(tmp_path / 'a.npy')
