import numpy as np
import pytest

from mmposenorm.skeletons import H36M_KEYPOINTS
from mmposenorm.transforms.gaps import (
    BridgeGaps,
    FillGaps,
    RemoveJoints,
    bridge_gaps,
    fill_gaps,
)

JOINT = {name: index for index, name in enumerate(H36M_KEYPOINTS)}


@pytest.fixture
def walk():
    """Five frames in which each joint moves right by its own number."""
    start = np.random.default_rng(0).uniform(100, 200, (1, 17, 2))
    speed = np.stack([np.arange(17.0), np.zeros(17)], axis=1)
    keypoints = start + np.arange(5)[:, None, None] * speed
    return keypoints.astype(np.float32), np.ones((5, 17), np.float32)


def test_complete_poses_stay(walk):
    np.testing.assert_allclose(fill_gaps(*walk), walk[0], rtol=1e-6)


def test_joints_move_evenly_through_a_gap_and_stand_at_the_ends(walk):
    keypoints, visible = walk
    visible[2:4, 5] = 0
    visible[:2, 6] = 0
    broken = np.where(visible[..., None] > 0, keypoints, np.nan)
    filled = fill_gaps(broken, visible)
    np.testing.assert_allclose(filled[:, 5], keypoints[:, 5], rtol=1e-6)
    np.testing.assert_allclose(filled[:2, 6], keypoints[[2, 2], 6], rtol=1e-6)


def test_joints_that_are_never_seen_come_from_others(walk):
    keypoints, visible = walk
    hidden = ('root', 'thorax', 'spine', 'neck_base', 'left_knee')
    hidden += ('right_elbow', 'left_wrist', 'right_wrist')
    visible[:, [JOINT[name] for name in hidden]] = 0
    filled = fill_gaps(keypoints, visible)

    def at(name):
        return filled[:, JOINT[name]]

    np.testing.assert_allclose(at('root'), (at('left_hip') + at('right_hip')) / 2)
    np.testing.assert_allclose(at('spine'), (at('root') + at('thorax')) / 2)
    np.testing.assert_allclose(at('neck_base'), (at('thorax') + at('head')) / 2)
    np.testing.assert_array_equal(at('left_knee'), at('right_knee'))
    np.testing.assert_array_equal(at('right_elbow'), at('left_elbow'))
    np.testing.assert_array_equal(at('left_wrist'), at('left_elbow'))


def test_a_hidden_hip_lies_on_the_other(walk):
    keypoints, visible = walk
    visible[:, [JOINT['root'], JOINT['left_hip']]] = 0
    filled = fill_gaps(keypoints, visible)
    for name in ('root', 'left_hip'):
        np.testing.assert_array_equal(
            filled[:, JOINT[name]], filled[:, JOINT['right_hip']]
        )


def test_what_is_invisible_never_counts(walk):
    keypoints, visible = walk
    visible[1:3, ::2] = 0
    junk = np.where(visible[..., None] > 0, keypoints, 1e6)
    np.testing.assert_array_equal(
        fill_gaps(junk, visible), fill_gaps(keypoints, visible)
    )


def test_nobody_gives_zeros(walk):
    assert not fill_gaps(walk[0], np.zeros((5, 17))).any()


def test_the_transform_says_that_all_was_seen(walk):
    keypoints, visible = walk
    visible[2, 3] = 0
    results = FillGaps()({'keypoints': keypoints, 'keypoints_visible': visible})
    assert results['keypoints_visible'].all()
    assert visible[2, 3] == 0


def test_gaps_between_sightings_are_bridged_and_no_others(walk):
    keypoints, visible = walk
    visible[2:4, 5] = 0
    visible[:2, 6] = 0
    visible[3:, 7] = 0
    visible[:, 8] = 0
    broken = np.where(visible[..., None] > 0, keypoints, np.nan)
    bridged, known = bridge_gaps(broken, visible)
    np.testing.assert_allclose(bridged[:, 5], keypoints[:, 5], rtol=1e-6)
    expected = np.ones((5, 17))
    expected[:2, 6] = expected[3:, 7] = expected[:, 8] = 0
    np.testing.assert_array_equal(known, expected)
    np.testing.assert_allclose(bridged, keypoints * expected[..., None], rtol=1e-6)
    results = BridgeGaps()({'keypoints': broken, 'keypoints_visible': visible})
    np.testing.assert_array_equal(results['keypoints'], bridged)
    np.testing.assert_array_equal(results['keypoints_visible'], expected)


@pytest.mark.parametrize('share', [0, 0.1, 0.4])
def test_the_share_of_joints_is_removed(share):
    count = 3000
    results = {
        'clip_id': '0001',
        'keypoints': np.ones((count, 17, 2), np.float32),
        'keypoints_visible': np.ones((count, 17), np.float32),
    }
    removed = RemoveJoints(share)(results)
    gone = removed['keypoints_visible'] == 0
    assert gone.mean() == pytest.approx(share, abs=0.03)
    assert (removed['keypoints'][gone] == 0).all()
    assert removed['keypoints_visible'].dtype == np.float32
    again = RemoveJoints(share)(results)
    np.testing.assert_array_equal(again['keypoints'], removed['keypoints'])


def test_joints_are_gone_for_a_stretch():
    results = {
        'clip_id': '0001',
        'keypoints': np.ones((3000, 17, 2)),
        'keypoints_visible': np.ones((3000, 17)),
    }
    gone = RemoveJoints(0.2, stretch=15)(results)['keypoints_visible'] == 0
    changes = (gone[1:] != gone[:-1]).mean()
    # At the ends of stretches, 1 in 15 frames, where one is gone and the next is not.
    assert changes == pytest.approx(2 * 0.2 * 0.8 / 15, rel=0.1)


def test_joints_are_gone_for_the_whole_clip():
    gone = np.zeros(17)
    for number in range(200):
        results = {
            'clip_id': str(number),
            'keypoints': np.ones((4, 17, 2)),
            'keypoints_visible': np.ones((4, 17)),
        }
        visible = RemoveJoints(0.2, stretch=None)(results)['keypoints_visible']
        assert (visible == visible[0]).all()
        gone += visible[0] == 0
    assert gone.mean() == pytest.approx(0.2 * 200, rel=0.1)


def test_a_share_beyond_reason_is_refused():
    with pytest.raises(ValueError, match='they are 1 and 15'):
        RemoveJoints(1)
