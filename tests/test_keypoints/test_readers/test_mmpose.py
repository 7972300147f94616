import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

COCO = LAYOUTS['coco'].joint_names


def instance(points):
    return {
        'keypoints': np.asarray(points).tolist(),
        'keypoint_scores': [0.5] * len(points),
        'bbox': [[1.0, 2.0, 3.0, 4.0]],
        'bbox_score': 0.9,
    }


def shapes(first, second):
    """The ways in which a clip of two frames is saved."""
    frames = [
        {'frame_id': 1, 'instances': [instance(first)]},
        {'frame_id': 2, 'instances': [instance(second)]},
    ]
    names = {str(i): name for i, name in enumerate(COCO)}
    lists = [[instance(first)], [instance(second)]]
    return {
        'pred_out_dir of a video': frames,
        'demo with meta_info': {
            'meta_info': {'keypoint_id2name': names},
            'instance_info': frames,
        },
        'instances of each image': lists,
        'results of the inferencer': [[one] for one in lists],
        'one result of the inferencer': {'predictions': lists},
    }


@pytest.mark.parametrize('shape', shapes([], []))
def test_all_that_mmpose_saves(write_json, body, check, shape):
    first, second = body(COCO), body(COCO, dx=5)
    people = read_keypoints(write_json(shapes(first, second)[shape]))
    assert people.layout == 'coco'
    assert people.source.startswith('mmpose JSON')
    assert len(people.frames) == 2
    check(people, 0, first, 0.5)
    check(people, 1, second)
    np.testing.assert_array_equal(people.frames[0].boxes, [[1, 2, 3, 4]])


def test_unnamed_joints_of_human36m_are_known_by_the_proportions(write_json, body):
    names = [
        name.replace('foot', 'ankle').replace('root', 'hip').replace('thorax', 'neck')
        for name in LAYOUTS['h36m'].joint_names
    ]
    points = body([n if n not in ('spine', 'neck_base') else 'neck' for n in names])
    points[names.index('spine')] = [320, 190]
    points[names.index('neck_base')] = [320, 110]
    frames = [{'frame_id': n, 'instances': [instance(points)]} for n in range(3)]
    assert read_keypoints(write_json(frames)).layout == 'h36m'


def test_scores_of_another_number_are_refused(write_json, body):
    one = instance(body(COCO)) | {'keypoint_scores': [0.5] * 16}
    with pytest.raises(ValueError, match='17 keypoints, but 16 scores'):
        read_keypoints(write_json([{'frame_id': 0, 'instances': [one]}]))


def test_predictions_in_3d_are_refused(write_json):
    one = instance(np.ones((17, 3)))
    with pytest.raises(ValueError, match=r'mmpose JSON.*predictions of a 2D model'):
        read_keypoints(write_json([{'frame_id': 0, 'instances': [one]}]))


def test_a_missing_part_is_said_without_words_of_python(write_json, body):
    one = {'keypoints': body(COCO).tolist()}
    with pytest.raises(ValueError, match='looks like mmpose JSON, but a part') as error:
        read_keypoints(write_json([{'frame_id': 0, 'instances': [one]}]))
    assert 'KeyError' not in str(error.value)
