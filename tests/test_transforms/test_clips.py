import numpy as np
import pytest
import torch

from mmposenorm.transforms.clips import (
    PackPoseClip,
    RandomClip,
    Window,
    blend_frames,
    collate_clips,
    window_times,
)


def item(num_frames, center_frame=0, random_number=0.5):
    """Give a training item whose values are the number of their frame."""
    frames = np.arange(num_frames, dtype=np.float32)
    return {
        'keypoints_world': np.broadcast_to(
            frames[:, None, None], (num_frames, 17, 3)
        ).copy(),
        'center_frame': center_frame,
        'random_number': random_number,
    }


def cut(results, key='keypoints_world'):
    return blend_frames([results[key]], window_times([results['window']]))[0]


def frames_of(results):
    return cut(results)[:, 0, 0].numpy()


@pytest.mark.parametrize(
    ('center', 'first'),
    [(0, 0), (2, 0), (5, 3), (9, 5)],
    ids=['start', 'low', 'in', 'end'],
)
def test_the_window_lies_around_its_frame_inside_the_clip(center, first):
    results = RandomClip(length=5)(item(10, center))
    np.testing.assert_array_equal(frames_of(results), np.arange(first, first + 5))


def test_speed_stretches_the_steps_between_frames():
    results = RandomClip(length=5, speed_range=(1.5, 1.5))(item(20, 10))
    # Four steps of 1.5 frames span 6; half of them before frame 10.
    np.testing.assert_allclose(frames_of(results), [7, 8.5, 10, 11.5, 13])


@pytest.mark.parametrize(('number', 'step'), [(0, 0.5), (0.25, 0.75), (1, 1.5)])
def test_the_random_number_becomes_a_speed_in_the_range(number, step):
    clip = RandomClip(length=3, speed_range=(0.5, 1.5))
    steps = np.diff(frames_of(clip(item(20, 10, number))))
    np.testing.assert_allclose(steps, step)


@pytest.mark.parametrize('center', [0, 3, 6])
def test_a_short_clip_is_played_slowly_enough_to_fill_the_window(center):
    results = RandomClip(length=13, speed_range=(1, 2))(item(7, center))
    np.testing.assert_allclose(frames_of(results), np.arange(13) / 2)


def test_a_window_of_one_frame_is_the_drawn_frame():
    assert frames_of(RandomClip(length=1)(item(7, 4))).tolist() == [4]


def test_a_clip_of_one_frame_stands_still():
    assert frames_of(RandomClip(length=3)(item(1))).tolist() == [0, 0, 0]


def test_keypoints_follow_the_motion():
    results = item(20, 10)
    results['keypoints'] = results['keypoints_world'][..., :2] * 10
    results['keypoints_visible'] = np.ones((20, 17), dtype=np.float32)
    results = RandomClip(length=5, speed_range=(0.5, 0.5))(results)
    keypoints = cut(results, 'keypoints')
    np.testing.assert_allclose(keypoints[:, 3, 1], frames_of(results) * 10)
    assert cut(results, 'keypoints_visible').shape == (5, 17)


def test_frames_blend_by_their_weights():
    clips = [np.array([[0, 10], [1, 30]], np.float32), np.full((9, 2), 7, np.float32)]
    first, second = blend_frames(clips, np.array([[0, 0.25, 1], [3.5, 7, 8]]))
    np.testing.assert_array_equal(first, [[0, 10], [0.25, 15], [1, 30]])
    assert first.dtype == torch.float32
    assert (second == 7).all()


def test_packing_parts_tensors_from_descriptions():
    results = item(4)
    description = dict.fromkeys(('clip_id', 'subject', 'action', 'view', 'variant'), '')
    camera = {'focal': torch.ones(2)}
    packed = PackPoseClip()({**results, **description, 'fps': 50.0, 'camera': camera})
    assert packed['inputs'].keys() == {'keypoints_world', 'camera'}
    np.testing.assert_array_equal(
        packed['inputs']['keypoints_world'], results['keypoints_world']
    )
    assert packed['inputs']['camera'] is camera
    assert packed['data_samples'] == {**description, 'fps': 50.0}


def test_a_batch_does_not_share_memory_with_the_data_set():
    results = item(4) | dict.fromkeys(
        ('clip_id', 'subject', 'action', 'view', 'variant', 'fps'), ''
    )
    batch = collate_clips([PackPoseClip()(results)])
    batch['inputs']['keypoints_world'].zero_()
    assert results['keypoints_world'].max() == 3


def test_windows_of_a_batch_are_those_of_its_clips():
    description = dict.fromkeys(
        ('clip_id', 'subject', 'action', 'view', 'variant', 'fps'), ''
    )
    chosen = [
        RandomClip(length=5, speed_range=(0.5, 2))(item(frames, center, number))
        for frames, center, number in ((10, 2, 0.9), (40, 30, 0.1), (3, 1, 0.5))
    ]
    batch = collate_clips([PackPoseClip()(one | description) for one in chosen])
    assert batch['inputs'].keys() == {'keypoints_world'}
    for window, one in zip(batch['inputs']['keypoints_world'], chosen, strict=True):
        torch.testing.assert_close(window, cut(one))


def test_whole_clips_have_no_window():
    whole = item(4)
    del whole['center_frame']
    with pytest.raises(ValueError, match='Remove RandomClip'):
        RandomClip(length=3)(whole)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'length': 0}, 'length must be a whole number of 1 or more'),
        ({'length': 3, 'speed_range': (0, 1)}, 'speed_range must be'),
        ({'length': 3, 'speed_range': (2, 1)}, 'speed_range must be'),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        RandomClip(**options)


def test_cameras_that_clips_share_come_once_for_each_clip():
    left, right = (
        {'center': torch.tensor([x, 1.0]), 'radial': torch.tensor([x, 2, 3])}
        for x in (0.0, 7)
    )
    samples = [
        {
            'inputs': {
                'keypoints_world': np.zeros((5, 17, 3), np.float32),
                'camera': camera,
                'window': Window(0, 1, 3),
            },
            'data_samples': {'fps': 50.0},
        }
        for camera in (right, left, dict(left), right)
    ]
    camera = collate_clips(samples)['inputs']['camera']
    assert camera['center'].tolist() == [[7, 1], [0, 1], [0, 1], [7, 1]]
    assert camera['radial'].tolist() == [[7, 2, 3], [0, 2, 3], [0, 2, 3], [7, 2, 3]]
