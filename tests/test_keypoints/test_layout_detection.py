import logging

import numpy as np
import pytest
from projected_bodies import motion, seen_from, with_face

from mmposenorm.keypoints import LAYOUTS
from mmposenorm.keypoints.layout_detection import choose_layout, warn_if_other_fits

OTHER = {'coco': 'h36m', 'h36m': 'coco'}


def clips(layout):
    for seed in range(3):
        poses = motion(seed)
        if layout == 'coco':
            poses = with_face(poses)
        for azimuth in (0, 0.8, 1.6, 2.4, 3.1):
            yield seen_from(poses, azimuth)


@pytest.mark.parametrize('layout', OTHER)
@pytest.mark.parametrize('noise', [0, 6])
@pytest.mark.parametrize('hidden', [0, 0.3])
def test_people_are_recognized_from_every_side(layout, noise, hidden, caplog):
    rng = np.random.default_rng(1)
    for keypoints in clips(layout):
        noisy = keypoints + rng.normal(scale=noise or 1e-9, size=keypoints.shape)
        visible = (rng.random(keypoints.shape[:2]) >= hidden).astype(np.float32)
        assert choose_layout(noisy, visible) == layout


def as_openpose(coco, layout):
    """Sort COCO's joints, (T, 17, 2), into 25; feet begin and end at the ankle."""
    places = {name: k for k, name in enumerate(LAYOUTS['coco'].joint_names)}
    sides = 'left', 'right'
    middles = {'neck': 'shoulder', 'upper_neck': 'shoulder', 'mid_hip': 'hip'}
    sources = {
        new: [places[f'{side}_{old}'] for side in sides] for new, old in middles.items()
    }
    sources['head_top'] = [places['left_ear'], places['right_ear']]
    for side in sides:
        for part in ('big_toe', 'small_toe', 'heel'):
            sources[f'{side}_{part}'] = [places[f'{side}_ankle']]
    sources |= {name: [place] for name, place in places.items()}
    names = LAYOUTS[layout].joint_names
    return np.stack([coco[:, sources[name]].mean(axis=1) for name in names], axis=1)


@pytest.mark.parametrize('layout', ['openpose_body25', 'openpose_body25b'])
@pytest.mark.parametrize('hidden', [0, 0.3])
def test_the_two_layouts_of_25_joints_are_told_apart(layout, hidden):
    rng = np.random.default_rng(1)
    for coco in clips('coco'):
        keypoints = as_openpose(coco, layout)
        noisy = keypoints + rng.normal(scale=6, size=keypoints.shape)
        visible = (rng.random(keypoints.shape[:2]) >= hidden).astype(np.float32)
        assert choose_layout(noisy, visible) == layout
        assert choose_layout(keypoints[:1], None) == layout


@pytest.mark.parametrize('layout', OTHER)
def test_one_frame_is_enough(layout):
    for keypoints in clips(layout):
        assert choose_layout(keypoints[:1], None) == layout


@pytest.fixture
def messages(monkeypatch):
    """Return what is logged, as pairs of text and level."""
    logged = []

    def record(text, logger, level=logging.INFO):
        logged.append((text, level))

    monkeypatch.setattr('mmposenorm.keypoints.messages.print_log', record)
    return logged


def test_the_choice_is_logged(messages):
    choose_layout(next(clips('coco')), None)
    ((text, level),) = messages
    assert 'they are coco' in text
    assert level == logging.INFO


@pytest.mark.parametrize('visible', [np.zeros((4, 17)), np.ones((4, 17))])
def test_undecided_keypoints_are_read_as_h36m_with_a_warning(visible, messages):
    assert choose_layout(np.ones((4, 17, 2)), visible) == 'h36m'
    ((text, level),) = messages
    assert 'Assuming h36m' in text
    assert level == logging.WARNING


@pytest.mark.parametrize('layout', OTHER)
def test_a_given_layout_is_kept(layout, messages):
    keypoints = next(clips(layout))
    assert choose_layout(keypoints, None, OTHER[layout].upper()) == OTHER[layout]
    assert not messages


@pytest.mark.parametrize('layout', OTHER)
def test_a_wrong_layout_is_doubted(layout, messages):
    keypoints, visible = next(clips(layout)), np.ones((40, 17))
    assert not warn_if_other_fits(keypoints, visible, layout)
    assert not messages
    assert warn_if_other_fits(keypoints, visible, OTHER[layout])
    ((text, level),) = messages
    assert f'proportions of a body in {layout}' in text
    assert level == logging.WARNING


@pytest.mark.parametrize(
    ('count', 'layout'),
    [
        (13, 'penn_action'),
        (15, 'openpose_mpi15'),
        (16, 'mpii'),
        (25, 'openpose_body25'),
        (26, 'halpe26'),
        (33, 'mediapipe'),
    ],
)
def test_other_numbers_of_keypoints_have_one_layout(count, layout, messages):
    assert choose_layout(np.ones((2, count, 2)), None) == layout
    assert not messages


def test_masked_and_nan_keypoints_do_not_count():
    keypoints = next(clips('coco'))
    mask = np.zeros(keypoints.shape, bool)
    mask[:, 9] = True
    spoilt = np.where(mask, np.nan, keypoints)
    assert choose_layout(np.ma.masked_array(spoilt, mask), None) == 'coco'
