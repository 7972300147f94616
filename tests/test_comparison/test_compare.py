import numpy as np
import pytest

from mmposenorm.comparison import LIMBS, compare_clips, describe_frames, limb_distances
from mmposenorm.pose_result import PoseNormResult

LEFT_ELBOW, LEFT_WRIST, RIGHT_KNEE, RIGHT_FOOT = 12, 13, 2, 3
LEFT_ARM = list(LIMBS).index('left arm')


def clip_of(poses, visible=None, features=None):
    """Wrap normalized poses, filmed at 50 fps."""
    count = len(poses)
    return PoseNormResult(
        joint_rotations=np.zeros((count, 20, 4), np.float32),
        normalized_poses=poses.astype(np.float32),
        body_up=np.zeros((count, 3), np.float32),
        keypoints=np.zeros((count, 17, 2), np.float32),
        keypoints_visible=np.ones((count, 17)) if visible is None else visible,
        frame_times=np.arange(count) / 50,
        _pose_features=features,
    )


def moving_poses(positions):
    """Return poses that never come back, at positions along the movement, (T,)."""
    rng = np.random.default_rng(0)
    start, amplitude = rng.normal(size=(2, 17, 3)) * [[[0.3]], [[0.15]]]
    phase, frequency = rng.uniform([[[0]], [[0.02]]], [[[6]], [[0.06]]], (2, 17, 3))
    return start + amplitude * np.sin(
        frequency * np.asarray(positions)[:, None, None] + phase
    )


def test_limb_distance_is_the_mean_over_its_keypoints():
    poses = moving_poses([0])
    moved = poses.copy()
    moved[0, LEFT_WRIST] += (0, 0.1, 0)
    distances = limb_distances(clip_of(poses), clip_of(moved), np.array([[0, 0]]))
    expected = np.zeros((1, 6))
    expected[0, LEFT_ARM] = (0 + 0.1) / 2  # elbow, wrist
    np.testing.assert_allclose(distances, expected, atol=1e-6)


def test_a_limb_is_moved_to_where_it_starts():
    poses = moving_poses([0])
    moved = poses.copy()
    moved[0, list(LIMBS['left arm'])] += (0.2, 0, 0)
    distances = limb_distances(clip_of(poses), clip_of(moved), np.array([[0, 0]]))
    np.testing.assert_allclose(distances, 0, atol=1e-6)


def test_unseen_keypoints_do_not_count():
    poses = moving_poses([0, 0])
    moved = poses.copy()
    moved[:, LEFT_WRIST] += (0, 0.1, 0)
    visible = np.ones((2, 17))
    visible[:, LEFT_WRIST] = 0
    visible[1, LEFT_ELBOW] = 0
    pairs = np.array([[0, 0], [1, 1]])
    distances = limb_distances(clip_of(poses), clip_of(moved, visible), pairs)
    np.testing.assert_allclose(distances[:, LEFT_ARM], [0, np.nan], atol=1e-6)


def test_the_moments_and_limbs_that_differ_are_found():
    poses = moving_poses(range(100))
    moved = poses.copy()
    rise = np.sin(np.linspace(0, np.pi, 21))[:, None]
    moved[10:31, LEFT_WRIST] += rise * (0, 0.3, 0)
    moved[60:81, RIGHT_FOOT] += rise * (0, 0, -0.2)
    comparison = compare_clips(clip_of(poses), clip_of(moved))
    np.testing.assert_array_equal(comparison.alignment.matches, range(100))
    arm, leg = comparison.differences
    assert (arm.limb, arm.frame_a, arm.frame_b) == ('left arm', 20, 20)
    assert arm.direction == 'higher'
    # Mean over 0.1 s, which is 5 frames, of two keypoints of which one is off.
    mean = np.cos(np.pi / 20 * np.arange(-2, 3)).mean()
    assert arm.distance == pytest.approx(mean * 0.3 / 2, abs=1e-6)
    # Above 70 % of the peak, that is within acos(0.7) = 5.1 frames of it.
    assert 14 <= arm.first_frame <= 15
    assert 25 <= arm.last_frame <= 26
    assert (leg.limb, leg.frame_a, leg.direction) == ('right leg', 70, 'further back')
    assert str(leg) == 'right leg 10 cm apart, further back in B'


def test_equal_clips_do_not_differ():
    clip = clip_of(moving_poses(range(30)))
    comparison = compare_clips(clip, clip)
    assert comparison.differences == ()
    assert comparison.alignment.distance == 0


def test_a_time_warped_copy_is_aligned_back():
    seconds = np.linspace(0, 1, 80)
    warped = 99 * (seconds + 0.1 * np.sin(2 * np.pi * seconds))
    clip_a, clip_b = clip_of(moving_poses(warped)), clip_of(moving_poses(range(100)))
    matches = compare_clips(clip_a, clip_b).alignment.matches
    assert np.median(np.abs(matches - warped)) <= 1


def test_frames_without_the_person_are_unmatched():
    poses = moving_poses(range(30))
    visible = np.ones((30, 17))
    visible[[0, 1, 14, 29]] = 0
    comparison = compare_clips(clip_of(poses, visible), clip_of(poses))
    alignment = comparison.alignment
    np.testing.assert_array_equal(alignment.unmatched_a, [0, 1, 14, 29])
    assert (alignment.matches[[0, 1, 14, 29]] == -1).all()
    assert np.isnan(alignment.match_distances[14])
    seen = np.setdiff1d(np.arange(30), alignment.unmatched_a)
    np.testing.assert_array_equal(alignment.matches[seen], seen)
    assert not set(alignment.path[:, 0]) & {0, 1, 14, 29}


def test_a_short_clip_is_found_in_a_long_one():
    short, long = clip_of(moving_poses(range(40, 60))), clip_of(moving_poses(range(99)))
    alignment = compare_clips(short, long, mode='subsequence').alignment
    np.testing.assert_allclose(alignment.matches, range(40, 60), atol=3)
    assert np.median(np.abs(alignment.matches - range(40, 60))) == 0


def test_nearest_neighbours_need_no_order():
    backwards = clip_of(moving_poses(range(29, -1, -1)))
    alignment = compare_clips(
        backwards, clip_of(moving_poses(range(30))), mode='nn'
    ).alignment
    np.testing.assert_array_equal(alignment.matches, range(29, -1, -1))


def test_what_was_compared_and_how_far_apart_the_poses_are():
    poses = moving_poses(range(40))
    visible = np.ones((40, 17))
    visible[[3, 7]] = 0
    moved = poses.copy()
    moved[:, LEFT_WRIST] += (0, 0.17, 0)
    comparison = compare_clips(clip_of(poses, visible), clip_of(moved))
    described_a, described_b = comparison.described
    assert described_a.shape == described_b.shape == (40, 9 * 3 + 3)
    np.testing.assert_array_equal(np.isnan(described_a).all(axis=1), visible[:, 0] == 0)
    assert not np.isnan(described_b).any()
    on_diagonal = np.equal(*comparison.alignment.path.T)
    assert on_diagonal.mean() > 0.9
    np.testing.assert_allclose(
        comparison.pose_distances[on_diagonal], 0.17 / 17, atol=1e-6
    )


def test_longer_limbs_that_point_the_same_way_are_the_same():
    clip = clip_of(moving_poses(range(5)))
    larger = clip_of(1.3 * clip.normalized_poses)
    np.testing.assert_allclose(
        describe_frames(clip, 'normalized'),
        describe_frames(larger, 'normalized'),
        atol=1e-6,
    )


def test_low_memory_gives_the_same():
    clip_a, clip_b = (clip_of(moving_poses(p)) for p in (range(60), range(20, 90)))
    usual, low = (
        compare_clips(clip_a, clip_b, low_memory=low).alignment for low in (False, True)
    )
    np.testing.assert_array_equal(usual.path, low.path)


def test_closed_ends_leave_no_frame_out():
    clip_a = clip_of(moving_poses(range(20, 60)))
    clip_b = clip_of(moving_poses(range(40, 80)))
    opened = compare_clips(clip_a, clip_b).alignment
    closed = compare_clips(clip_a, clip_b, open_ends=False).alignment
    assert len(opened.unmatched_a) == pytest.approx(20, abs=5)
    assert len(opened.unmatched_b) == pytest.approx(20, abs=5)
    assert not len(closed.unmatched_a) + len(closed.unmatched_b)


def test_features_are_compared_if_asked_for():
    poses = moving_poses(range(10))
    features = np.arange(10.0)[:, None]
    plain = clip_of(poses)
    forward, backward = (
        clip_of(poses, features=f.astype(np.float32))
        for f in (features, features[::-1].copy())
    )
    comparison = compare_clips(forward, backward, features='features', mode='nn')
    assert comparison.settings == {'features': 'features', 'mode': 'nn'}
    np.testing.assert_array_equal(comparison.alignment.matches, range(9, -1, -1))
    assert compare_clips(plain, forward).settings['features'] == 'normalized'
    with pytest.raises(ValueError, match='holds no pose embedder'):
        compare_clips(plain, forward, features='features')


def test_one_frame_against_many():
    clip = clip_of(moving_poses(range(10)))
    comparison = compare_clips(clip_of(moving_poses([4])), clip)
    np.testing.assert_array_equal(comparison.alignment.matches, [4])


def test_a_clip_without_the_person_is_refused():
    clip = clip_of(moving_poses(range(3)))
    nobody = clip_of(moving_poses(range(3)), np.zeros((3, 17)))
    with pytest.raises(ValueError, match='clip_b has no frame'):
        compare_clips(clip, nobody)
    with pytest.raises(ValueError, match="but is 'angles'"):
        compare_clips(clip, clip, features='angles')
