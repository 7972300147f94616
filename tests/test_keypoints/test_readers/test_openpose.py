import numpy as np
import pytest

from mmposenorm.keypoints.readers import read_keypoints

# As "Pose Output Format (BODY_25)" and "(COCO)" of OpenPose's documentation and its
# poseParameters.cpp (BODY_25B, MPI) list them.
COCO18 = [
    *['nose', 'neck', 'right_shoulder', 'right_elbow', 'right_wrist'],
    *['left_shoulder', 'left_elbow', 'left_wrist', 'right_hip', 'right_knee'],
    *['right_ankle', 'left_hip', 'left_knee', 'left_ankle', 'right_eye', 'left_eye'],
    *['right_ear', 'left_ear'],
]
BODY25 = [
    *COCO18[:8],
    'mid_hip',
    *COCO18[8:],
    *['left_ankle'] * 3,
    *['right_ankle'] * 3,
]
BODY25B = [
    *['nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear'],
    *['left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist'],
    *['right_wrist', 'left_hip', 'right_hip', 'left_knee', 'right_knee'],
    *['left_ankle', 'right_ankle', 'neck', 'head'],
    *['left_ankle'] * 3,
    *['right_ankle'] * 3,
]
MPI = ['head', *COCO18[1:14], 'nose']


def triples(points, score=0.5):
    return [number for x, y in np.asarray(points) for number in (x, y, score)]


def frame(*people, key='pose_keypoints_2d', version=1.3):
    return {
        'version': version,
        'people': [
            {'person_id': [-1], key: one, 'face_keypoints_2d': []} for one in people
        ],
    }


@pytest.mark.parametrize(
    ('names', 'layout'),
    [
        (BODY25, 'openpose_body25'),
        (BODY25B, 'openpose_body25b'),
        (COCO18, 'openpose_coco18'),
        (MPI, 'openpose_mpi15'),
    ],
)
def test_a_folder_of_openpose(write_json, body, check, names, layout):
    for number, dx in ((12, 0), (13, 7)):
        name = f'frames/walk_{number:012}_keypoints.json'
        path = write_json(frame(triples(body(names, dx=dx))), name)
    people = read_keypoints(path.parent)
    assert (people.layout, people.first_frame) == (layout, 12)
    assert not people.normalized
    check(people, 0, body(names), 0.5)
    check(people, 1, body(names, dx=7))


@pytest.mark.parametrize('key', ['pose_keypoints_2d', 'pose_keypoints'])
def test_nested_numbers_and_the_key_of_old_versions(write_json, body, check, key):
    rows = [[x, y, 0.5] for x, y in body(BODY25)]
    people = read_keypoints(write_json([frame(), frame(rows, key=key)]))
    assert [len(one) for one in people.frames] == [0, 1]
    check(people, 1, body(BODY25), 0.5)


def test_keypoint_scale_3_is_a_fraction_of_the_image(write_json, body, check):
    fractions = body(BODY25) / [640, 480]
    people = read_keypoints(write_json([frame(triples(fractions))]))
    assert people.normalized
    check(people, 0, fractions)


def test_keypoint_scale_4_is_made_a_fraction_of_the_image(write_json, body, check):
    fractions = body(BODY25) / [640, 480]
    content = [frame(triples(2 * fractions - 1))]
    content[0]['people'][0]['pose_keypoints_2d'][:3] = [0, 0, 0]  # not found
    people = read_keypoints(write_json(content))
    assert people.normalized
    expected = fractions.copy()
    expected[0] = 0
    check(people, 0, expected, [0, *[0.5] * 24])


def test_3d_keypoints_alone_are_refused(write_json):
    person = {'pose_keypoints_2d': [], 'pose_keypoints_3d': [1.0, 2.0, 3.0, 1.0] * 25}
    with pytest.raises(ValueError, match=r'only 3D keypoints.*without --3d'):
        read_keypoints(write_json({'version': 1.3, 'people': [person]}))


@pytest.mark.parametrize('form', ['cmu', 'open'])
@pytest.mark.parametrize('as_folder', [True, False])
def test_alphaposes_formats_of_others(write_json, body, check, form, as_folder):
    points = body(COCO18)
    # Of 26 joints, AlphaPose writes Halpe's head for the neck.
    written = points.copy()
    written[1] = [320, 60]
    one = triples(written)
    content = {
        f'{number}.jpg': {'version': 'AlphaPose v0.3'}
        | (
            {'bodies': [{'joints': one}]}
            if form == 'cmu'
            else {'people': [{'pose_keypoints_2d': one}]}
        )
        for number in (4, 5)
    }
    path = write_json(content)
    if as_folder:
        for name, value in content.items():
            path = write_json(value, f'sep-json/{name[:-4]}.json').parent
    people = read_keypoints(path)
    assert people.source.startswith('AlphaPose')
    assert (people.layout, people.first_frame) == ('openpose_coco18', 4)
    check(people, 1, points, 0.5)
