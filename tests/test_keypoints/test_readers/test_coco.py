import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

COCO, HALPE26, HALPE136 = (
    LAYOUTS[name].joint_names for name in ('coco', 'halpe26', 'halpe136')
)


def alphapose(name, points, **more):
    """One person as docs/output.md of AlphaPose shows it."""
    triples = [number for x, y in points for number in (x, y, 0.75)]
    box = [10.0, 20.0, 30.0, 40.0]
    return {
        'image_id': name,
        'category_id': 1,
        'keypoints': triples,
        'score': 2.9,
        'box': box,
        'idx': [1.0],
    } | more


def test_alphapose_of_17_joints(write_json, body, check):
    content = [
        alphapose('0.jpg', body(COCO)),
        alphapose('0.jpg', body(COCO, dx=200)),
        alphapose('1.jpg', body(COCO, dx=1)),
    ]
    people = read_keypoints(write_json(content))
    assert (people.layout, people.first_frame) == ('coco', 0)
    assert people.source.startswith('AlphaPose JSON')
    check(people, 0, body(COCO), 0.75)
    check(people, 0, body(COCO, dx=200), person=1)
    check(people, 1, body(COCO, dx=1))
    # Left, top, width and height 10, 20, 30 and 40.
    np.testing.assert_array_equal(people.frames[0].boxes[0], [10, 20, 40, 60])


@pytest.mark.parametrize('joints', [26, 136])
def test_alphapose_of_halpe_joints_without_hands_and_face(
    write_json, body, check, joints
):
    # Halpe: 0-16 as COCO, 17 head, 18 neck, 19 hip; the feet and the rest at (1, 1).
    points = np.ones((joints, 2))
    points[:20] = body([*COCO, 'head', 'neck', 'hip'])
    people = read_keypoints(write_json([alphapose('0.jpg', points)]))
    assert people.layout == 'halpe26'
    check(people, 0, points[:26])


def test_frame_numbers_of_alphapose_are_kept_with_their_gap(write_json, body, check):
    numbers = [*range(10), *range(100, 110)]
    content = [alphapose(f'{n}.jpg', body(COCO, dx=n)) for n in numbers]
    people = read_keypoints(write_json(content))
    assert len(people.frames) == 110
    assert [i for i, frame in enumerate(people.frames) if len(frame)] == numbers
    check(people, 105, body(COCO, dx=105))


def test_a_file_that_begins_at_frame_40_begins_there(write_json, body, check):
    content = [alphapose(f'walk_{n:06}.png', body(COCO, dx=n)) for n in (40, 41, 43)]
    people = read_keypoints(write_json(content))
    assert people.first_frame == 40
    assert [len(frame) for frame in people.frames] == [1, 1, 0, 1]
    check(people, 3, body(COCO, dx=43))


def test_ids_of_images_are_counted(write_json, body):
    ids = [397133, 37777, 252219, 87038, 174482]  # of COCO's val2017
    content = [
        alphapose(0, body(COCO), image_id=image, bbox=[1, 2, 3, 4]) for image in ids
    ]
    people = read_keypoints(write_json(content))
    assert people.source.startswith('COCO JSON')
    assert (people.first_frame, len(people.frames)) == (0, 5)


def test_the_image_size_of_coco_annotations_is_kept(write_json, body):
    flags = [number for x, y in body(COCO) for number in (x, y, 2)]
    content = {
        'images': [{'id': 7, 'file_name': 'a_5.jpg', 'width': 1920, 'height': 1080}],
        'annotations': [{'image_id': 7, 'keypoints': flags, 'num_keypoints': 17}],
        'categories': [{'keypoints': list(COCO)}],
    }
    people = read_keypoints(write_json(content))
    assert people.image_size == (1920, 1080)
    assert people.first_frame == 5
    assert (people.frames[0].scores == 1).all()


def test_motionberts_frame_ids_are_frame_numbers(write_json, body, check):
    content = [
        alphapose('', body(COCO, dx=n), frame_id=n, idx=person)
        for n in (3, 4)
        for person in (1, 2)
    ]
    for one in content:
        del one['image_id']
    people = read_keypoints(write_json(content))
    assert people.source.startswith('MotionBERT')
    assert (people.first_frame, [len(f) for f in people.frames]) == (3, [2, 2])
    check(people, 1, body(COCO, dx=4), person=1)


def test_an_annotation_of_an_unknown_image_is_refused(write_json, body):
    triples = [number for x, y in body(COCO) for number in (x, y, 1)]
    content = {
        'images': [{'id': 1, 'file_name': '1.jpg'}],
        'annotations': [{'image_id': 2, 'keypoints': triples}],
    }
    with pytest.raises(ValueError, match='COCO JSON, but a person is in image 2'):
        read_keypoints(write_json(content))


def test_people_of_different_layouts_are_refused(write_json, body):
    content = [
        alphapose('0.jpg', body(COCO)),
        alphapose('1.jpg', body([*COCO, 'neck'])),
    ]
    with pytest.raises(ValueError, match='mixes people of 17 and 18 keypoints'):
        read_keypoints(write_json(content))


def test_a_box_of_numbers_that_no_float_holds_is_a_sentence(tmp_path):
    points = ', '.join(['100, 200, 2'] * 17)
    box = f'[1, 2, 3, {"9" * 400}]'
    entry = (
        f'{{"image_id": 1, "category_id": 1, "keypoints": [{points}], "bbox": {box}}}'
    )
    (tmp_path / 'a.json').write_text(f'[{entry}]')
    with pytest.raises(ValueError, match='a part of it is missing or of a wrong'):
        read_keypoints(tmp_path / 'a.json')
