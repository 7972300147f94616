import json

import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import is_keypoint_path, read_keypoints


def numbers(people, joints, seed=0):
    """Return positions (P, K, 2) and scores (P, K)."""
    random = np.random.default_rng(seed)
    return random.uniform(0, 500, (people, joints, 2)), random.uniform(
        0, 1, (people, joints)
    )


def flat(keypoints, scores):
    return np.concatenate([keypoints, scores[..., None]], axis=-1).ravel().tolist()


def write(path, content):
    path.write_text(json.dumps(content))
    return path


def instances(keypoints, scores):
    """Write people as mmpose does, each box in a tuple of its own."""
    return [
        {
            'keypoints': one.tolist(),
            'keypoint_scores': score.tolist(),
            'bbox': [[1, 2, 3, 4]],
            'bbox_score': 0.9,
        }
        for one, score in zip(keypoints, scores, strict=True)
    ]


@pytest.mark.parametrize('with_meta', [True, False])
def test_mmpose_predictions(tmp_path, with_meta):
    keypoints, scores = numbers(2, 17)
    frames = [
        {'frame_id': 1, 'instances': instances(keypoints, scores)},
        {'frame_id': 3, 'instances': []},
        {'frame_id': 4, 'instances': instances(keypoints[:1], scores[:1])},
    ]
    if with_meta:
        names = dict(enumerate(LAYOUTS['h36m'].joint_names))
        frames = {'meta_info': {'keypoint_id2name': names}, 'instance_info': frames}
    people = read_keypoints(write(tmp_path / 'clip.json', frames))
    assert people.layout == ('h36m' if with_meta else 'coco')
    assert [len(frame) for frame in people.frames] == [2, 0, 0, 1]
    np.testing.assert_allclose(people.frames[0].keypoints, keypoints, rtol=1e-6)
    np.testing.assert_allclose(people.frames[0].scores, scores, rtol=1e-6)
    np.testing.assert_array_equal(people.frames[3].boxes, [[1, 2, 3, 4]])


def test_a_folder_of_mmpose_predictions(tmp_path):
    for number in (9, 10, 11):
        keypoints, scores = numbers(1, 26, seed=number)
        write(tmp_path / f'{number}.json', instances(keypoints, scores))
    people = read_keypoints(tmp_path)
    assert people.layout == 'halpe26'
    for index, number in enumerate((9, 10, 11)):
        expected, _ = numbers(1, 26, seed=number)
        np.testing.assert_allclose(people.frames[index].keypoints, expected, rtol=1e-6)


def test_a_whole_body_is_cut_to_the_body(tmp_path):
    keypoints, scores = numbers(1, 133)
    path = write(tmp_path / 'image.json', instances(keypoints, scores))
    people = read_keypoints(path)
    assert people.layout == 'coco'
    np.testing.assert_allclose(people.frames[0].keypoints, keypoints[:, :17], rtol=1e-6)


def test_coco_annotations(tmp_path):
    keypoints, _ = numbers(2, 17)
    flags = np.array([[0, 1, 2] * 5 + [2, 2]] * 2)
    content = {
        'images': [
            {'id': 70, 'file_name': 'a/walk_0002.jpg'},
            {'id': 50, 'file_name': 'a/walk_0001.jpg'},
            {'id': 60, 'file_name': 'a/walk_0004.jpg'},
        ],
        'annotations': [
            {'image_id': 70, 'keypoints': flat(keypoints[0], flags[0])},
            {'image_id': 50, 'keypoints': flat(keypoints[1], flags[1])},
        ],
        'categories': [{'keypoints': list(LAYOUTS['coco'].joint_names)}],
    }
    people = read_keypoints(write(tmp_path / 'coco.json', content))
    assert [len(frame) for frame in people.frames] == [1, 1, 0, 0]
    np.testing.assert_array_equal(people.frames[0].scores[0, :3], [0, 0.5, 1])
    np.testing.assert_array_equal(people.frames[0].keypoints[0, 0], [0, 0])
    np.testing.assert_allclose(
        people.frames[0].keypoints[0, 1:3], keypoints[1, 1:3], rtol=1e-6
    )
    assert people.source.startswith('COCO JSON')


def test_halpe_results_with_image_names(tmp_path):
    keypoints, scores = numbers(3, 26)
    content = [
        {'image_id': name, 'category_id': 1, 'keypoints': flat(k, s), 'score': 2.5}
        for name, k, s in zip(
            ['0.jpg', '0.jpg', '2.jpg'], keypoints, scores, strict=True
        )
    ]
    people = read_keypoints(write(tmp_path / 'alphapose-results.json', content))
    assert people.layout == 'halpe26'
    assert [len(frame) for frame in people.frames] == [2, 0, 1]
    np.testing.assert_allclose(people.frames[2].scores[0], scores[2], rtol=1e-6)


def test_image_ids_that_are_no_frame_numbers_are_counted(tmp_path):
    keypoints, scores = numbers(2, 17)
    content = [
        {'image_id': image, 'keypoints': flat(k, s)}
        for image, k, s in zip([397133, 252219], keypoints, scores, strict=True)
    ]
    people = read_keypoints(write(tmp_path / 'results.json', content))
    assert [len(frame) for frame in people.frames] == [1, 1]


def write_openpose(folder, number, *people):
    write(
        folder / f'walk_{number:012}_keypoints.json',
        {'version': 1.3, 'people': [{'pose_keypoints_2d': one} for one in people]},
    )


def test_openpose_folder(tmp_path):
    keypoints, scores = numbers(2, 25)
    scores[0, 3] = 0
    first, second = (flat(k, s) for k, s in zip(keypoints, scores, strict=True))
    write_openpose(tmp_path, 30, first, second)
    write_openpose(tmp_path, 31)
    write_openpose(tmp_path, 33, first)
    people = read_keypoints(tmp_path)
    assert people.layout == 'openpose_body25'
    assert [len(frame) for frame in people.frames] == [2, 0, 0, 1]
    np.testing.assert_array_equal(people.frames[0].keypoints[0, 3], [0, 0])
    np.testing.assert_allclose(people.frames[0].keypoints[1], keypoints[1], rtol=1e-6)


def test_real_openpose_folder(shared_data):
    people = read_keypoints(shared_data / 'openpose_body25' / '0')
    assert len(people.frames) == 441
    assert str(people).endswith(
        '441 frames, up to 1 person in one, layout openpose_body25'
    )


def test_other_openpose_models_are_named(tmp_path):
    keypoints, scores = numbers(1, 19)
    write_openpose(tmp_path, 0, flat(keypoints, scores))
    with pytest.raises(
        ValueError, match='no layout is known for 19 joints of OpenPose'
    ):
        read_keypoints(tmp_path)


@pytest.mark.parametrize('key', ['visible', 'keypoints_visible', 'keypoint_scores'])
def test_plain_npz(tmp_path, key):
    keypoints, scores = numbers(4, 17)
    scores[2] = 0
    np.savez(tmp_path / 'a.npz', keypoints=keypoints, fps=50, **{key: scores})
    people = read_keypoints(tmp_path / 'a.npz')
    assert (people.layout, people.fps) == ('h36m', 50)
    assert [len(frame) for frame in people.frames] == [1, 1, 0, 1]
    np.testing.assert_allclose(people.frames[3].scores[0], scores[3], rtol=1e-6)


@pytest.mark.parametrize('fps', [0, -30, np.nan, 0.01, 1e6])
def test_npz_with_an_impossible_frame_rate_is_refused(tmp_path, fps):
    np.savez(tmp_path / 'a.npz', keypoints=numbers(4, 17)[0], fps=fps)
    with pytest.raises(ValueError, match=r'a\.npz: .*fps must be between 1 and 1000'):
        read_keypoints(tmp_path / 'a.npz')


def test_npz_with_scores_in_the_last_column_and_a_layout(tmp_path):
    keypoints, scores = numbers(3, 13)
    triples = np.concatenate([keypoints, scores[..., None]], axis=-1)
    np.savez(tmp_path / 'a.npz', keypoints=triples, layout='penn_action')
    people = read_keypoints(tmp_path / 'a.npz')
    assert (people.layout, people.fps) == ('penn_action', None)
    np.testing.assert_allclose(people.frames[1].keypoints[0], keypoints[1], rtol=1e-6)


def test_mmpose_annotations_of_one_clip(tmp_path):
    keypoints, _ = numbers(3, 17)
    part = np.concatenate([keypoints, np.ones((3, 17, 1))], axis=-1)
    names = [f'S9/S9_Walk.54138969/S9_Walk.54138969_00000{i}.jpg' for i in range(3)]
    np.savez(tmp_path / 'a.npz', part=part, imgname=names)
    assert len(read_keypoints(tmp_path / 'a.npz').frames) == 3


def test_mmpose_annotations_of_several_clips_are_refused(shared_data):
    with pytest.raises(ValueError, match='holds 4 clips'):
        read_keypoints(shared_data / 'h36m_sample' / 'test_h36m_body3d.npz')


def test_joint_names_that_contradict_their_number_are_refused(shared_data):
    # 17 joints that are Human3.6M's, under names of its mirror image.
    with pytest.raises(ValueError, match=r"'left' is named where Human3\.6M has"):
        read_keypoints(shared_data / 'h36m_sample' / 'h36m_coco.json')


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', r'is empty \(0 bytes\)'),
        (b'[{"frame_id": 0, "inst', 'is damaged or cut off: .* no complete JSON'),
        (b'\xff\xfe\x00 video?', 'begins with'),
        (b'Notes of today', r"begins with 'Notes of today'; expected \[ or {"),
        (b'[]', 'is an empty list'),
        (b'{}', 'it matches no supported format'),
        (b'[1, 2]', 'it matches no supported format'),
        (b'"text"', 'it matches no supported format'),
        (b'{"annotations": [], "images": []}', 'there is no person'),
        (b'[{"frame_id": 0, "instances": []}]', 'there is no person'),
        (b'{"people": []}', 'there is no person'),
        (
            b'[{"image_id": 0, "keypoints": [1, 2, 3, 4]}]',
            'has 4 numbers; expected x, y and score',
        ),
        (
            b'[{"image_id": 0, "keypoints": [1, 2, 3]}]',
            'no layout is known for 1 joint',
        ),
        (
            b'[{"keypoints": [[1, 2, 3]], "keypoint_scores": [1]}]',
            'Give the predictions of a 2D model',
        ),
    ],
)
def test_what_is_no_keypoint_file_is_said_so(tmp_path, content, message):
    (tmp_path / 'a.json').write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_keypoints(tmp_path / 'a.json')


@pytest.mark.parametrize('cut', [10, 300])
def test_a_damaged_npz_is_said_so(tmp_path, cut):
    path = tmp_path / 'a.npz'
    np.savez(path, keypoints=np.zeros((9, 17, 2)))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match='No keypoints can be read from'):
        read_keypoints(path)


@pytest.mark.parametrize(
    ('arrays', 'message'),
    [
        ({'positions': np.zeros(3)}, r'no supported format \(it holds positions\)'),
        ({'keypoints': np.zeros((17, 2))}, r'shape \(17, 2\); expected \(T, 17, 2\)'),
        ({'keypoints': np.zeros((5, 24, 2))}, 'no layout is known for 24 joints'),
        ({'keypoints': np.full((5, 17, 2), np.nan)}, 'positions are NaN or infinite'),
        ({'keypoints': np.ones((5, 17, 2), complex)}, 'keypoints has type complex'),
        (
            {'keypoints': np.ones((5, 17, 2)), 'visible': np.ones((5, 17), complex)},
            'visible has type complex',
        ),
        ({'keypoints': np.zeros((0, 17, 2))}, 'no frame'),
        (
            {'keypoints': np.zeros((5, 17, 2)), 'visible': np.zeros((5, 17))},
            'no person in any of 5 frames',
        ),
    ],
)
def test_an_npz_without_fitting_keypoints_is_said_so(tmp_path, arrays, message):
    np.savez(tmp_path / 'a.npz', **arrays)
    with pytest.raises(ValueError, match=message):
        read_keypoints(tmp_path / 'a.npz')


def test_what_is_nan_was_not_found_whatever_its_score(tmp_path):
    keypoints, scores = numbers(1, 17)
    keypoints[0, 3] = np.nan
    path = write(tmp_path / 'a.json', instances(keypoints, scores))
    found = read_keypoints(path).frames[0]
    assert found.scores[0, 3] == 0
    np.testing.assert_array_equal(found.keypoints[0, 3], [0, 0])
    np.testing.assert_allclose(np.delete(found.scores[0], 3), np.delete(scores, 3))


def test_a_missing_file_and_an_empty_folder_are_said_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'nothing\.json not found'):
        read_keypoints(tmp_path / 'nothing.json')
    with pytest.raises(ValueError, match=r'there is no \.json or \.txt file'):
        read_keypoints(tmp_path)


def test_keypoint_paths_are_told_from_videos(tmp_path):
    assert is_keypoint_path(tmp_path)
    assert is_keypoint_path('a.JSON')
    assert is_keypoint_path('a.npz')
    assert not is_keypoint_path('a.mp4')


def test_absurd_positions_and_boxes_are_not_believed(tmp_path):
    person = {'image_id': '0.jpg', 'keypoints': [1.0, 2.0, 0.5] * 17, 'score': 1}
    person['keypoints'][3] = 1e30  # x of the left eye
    person['keypoints'][6] = 5  # x of the right eye
    person['box'] = [0, 0, 1e38, 1e38]
    (tmp_path / 'a.json').write_text(json.dumps([person]))
    (frame,) = read_keypoints(tmp_path / 'a.json').frames
    np.testing.assert_array_equal(frame.scores[0], [0.5, 0, *[0.5] * 15])
    np.testing.assert_array_equal(frame.boxes, [[1, 2, 5, 2]])
