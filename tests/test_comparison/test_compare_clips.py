import json
from dataclasses import replace

import numpy as np
import pytest
from known_results import moving_poses, result_of, squats
from stick_figures import bump, clip_of, stick_figure
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm import PoseNormInferencer, compare
from mmposenorm.comparison import compare_clips, describe_frames
from mmposenorm.comparison.mirroring import mirror_result


def test_equal_clips_do_not_differ():
    clip = squats()
    comparison = compare(clip, clip)
    assert comparison.verdict.kind == 'alike'
    assert comparison.differences == ()
    assert comparison.alignment.distance == 0
    assert comparison.tempo == 1


def test_a_time_warped_copy_is_aligned_back():
    seconds = np.linspace(0, 1, 80)
    warped = 99 * (seconds + 0.1 * np.sin(2 * np.pi * seconds))
    clip_a, clip_b = (result_of(moving_poses(p)) for p in (warped, range(100)))
    comparison = compare(clip_a, clip_b)
    assert np.median(np.abs(comparison.alignment.matches - warped)) <= 1
    assert comparison.tempo == pytest.approx(99 / 79, abs=0.05)


def test_frames_without_the_person_are_unmatched():
    poses = moving_poses(range(30))
    visible = np.ones((30, 17))
    visible[[0, 1, 14, 29]] = 0
    comparison = compare(result_of(poses, visible=visible), result_of(poses))
    alignment = comparison.alignment
    np.testing.assert_array_equal(alignment.unmatched_a, [0, 1, 14, 29])
    assert (alignment.matches[[0, 1, 14, 29]] == -1).all()
    assert np.isnan(alignment.match_distances[14])
    seen = np.setdiff1d(np.arange(30), alignment.unmatched_a)
    np.testing.assert_array_equal(alignment.matches[seen], seen)
    described_a, described_b = comparison.described
    np.testing.assert_array_equal(np.isnan(described_a).all(axis=1), visible[:, 0] == 0)
    assert described_b.shape == (30, 9 * 3 + 3)
    assert not np.isnan(described_b).any()


def test_a_short_clip_is_found_in_a_long_one():
    short = result_of(moving_poses(range(40, 60)))
    alignment = compare(
        short, result_of(moving_poses(range(99))), mode='subsequence'
    ).alignment
    np.testing.assert_allclose(alignment.matches, range(40, 60), atol=3)
    assert np.median(np.abs(alignment.matches - range(40, 60))) == 0


def test_nearest_neighbours_need_no_order():
    backwards = result_of(moving_poses(range(29, -1, -1)))
    comparison = compare(backwards, result_of(moving_poses(range(30))), mode='nn')
    np.testing.assert_array_equal(comparison.alignment.matches, range(29, -1, -1))
    assert comparison.tempo is None


def test_longer_limbs_that_point_the_same_way_are_the_same():
    clip = result_of(moving_poses(range(5)))
    larger = result_of(1.3 * clip.normalized_poses)
    np.testing.assert_allclose(
        describe_frames(clip, 'normalized'),
        describe_frames(larger, 'normalized'),
        atol=1e-6,
    )


def test_low_memory_gives_the_same():
    clip_a, clip_b = (result_of(moving_poses(p)) for p in (range(60), range(20, 90)))
    usual, low = (
        compare(clip_a, clip_b, low_memory=low).alignment for low in (False, True)
    )
    np.testing.assert_array_equal(usual.path, low.path)


def test_closed_ends_leave_no_frame_out():
    clip_a = result_of(moving_poses(range(20, 60)))
    clip_b = result_of(moving_poses(range(40, 80)))
    opened = compare(clip_a, clip_b).alignment
    closed = compare(clip_a, clip_b, open_ends=False).alignment
    assert len(opened.unmatched_a) == pytest.approx(20, abs=5)
    assert len(opened.unmatched_b) == pytest.approx(20, abs=5)
    assert not len(closed.unmatched_a) + len(closed.unmatched_b)


def unit_features(positions):
    """Features on a circle, which a body passes once in 200 frames."""
    angles = 2 * np.pi * np.asarray(positions, float) / 200
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_features_are_compared_if_both_have_them():
    poses = moving_poses(range(100))
    forward, backward = (
        result_of(poses, features=unit_features(positions))
        for positions in (range(100), range(99, -1, -1))
    )
    comparison = compare(forward, backward, mode='nn')
    assert comparison.settings['features'] == 'features'
    np.testing.assert_array_equal(comparison.alignment.matches, range(99, -1, -1))
    plain = result_of(poses)
    assert compare(plain, forward).settings['features'] == 'normalized'
    with pytest.raises(ValueError, match='holds no pose embedder'):
        compare(plain, forward, features='features')


def test_open_ends_do_not_leave_out_what_is_almost_equal():
    # B begins as A ends. One equal pair must not win over a whole clip that fits well.
    positions = np.append(np.arange(100), 0.0)
    a = result_of(moving_poses(positions), features=unit_features(positions))
    b = result_of(moving_poses(positions), features=unit_features(positions + 0.01))
    alignment = compare(a, b).alignment
    assert len(alignment.unmatched_a) + len(alignment.unmatched_b) == 0


def test_one_frame_against_many():
    clip = result_of(moving_poses(range(10)))
    comparison = compare(result_of(moving_poses([4])), clip)
    np.testing.assert_array_equal(comparison.alignment.matches, [4])


def test_a_clip_without_the_person_is_refused():
    clip = result_of(moving_poses(range(3)))
    nobody = result_of(moving_poses(range(3)), visible=np.zeros((3, 17)))
    with pytest.raises(ValueError, match='clip_b has no frame'):
        compare(clip, nobody)
    with pytest.raises(ValueError, match="but is 'angles'"):
        compare(clip, clip, features='angles')


@pytest.fixture(scope='module')
def inferencer(tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'embedder.pth'
    return PoseNormInferencer(checkpoint=tiny_weights(path, EMBEDDER), device='cpu')


@pytest.fixture(scope='module')
def keypoints():
    from mmposenorm.datasets.synthetic.exercise import draw_squats

    return draw_squats(1)[:, :, :2] * (100, -100)


def test_arrays_and_results_give_the_same(inferencer, keypoints):
    a, b = keypoints[:60], keypoints[20:100]
    of_arrays = compare(a, b, layout='h36m', fps=(50, 25), inferencer=inferencer)
    results = [
        inferencer(clip, layout='h36m', fps=fps) for clip, fps in ((a, 50), (b, 25))
    ]
    of_results = compare(*results)
    np.testing.assert_array_equal(of_arrays.alignment.path, of_results.alignment.path)
    assert of_arrays.clip_b.frame_times[-1] == pytest.approx(79 / 25)


def test_a_mirrored_clip_is_mirrored_back(inferencer, keypoints):
    result = inferencer(keypoints, layout='h36m', fps=50)
    mirrored = mirror_result(result, inferencer.skeleton.joint_names, inferencer.embed)
    comparison = compare(mirrored, result, mirror=True, inferencer=inferencer)
    assert comparison.mirrored
    assert comparison.alignment.mean_distance == pytest.approx(0, abs=1e-3)
    plain = compare(result, result, mirror=True, inferencer=inferencer)
    assert not plain.mirrored


def test_nothing_is_said_of_legs_that_are_not_seen():
    from_the_waist_up = np.ones((275, 17))
    from_the_waist_up[:, [2, 3, 5, 6]] = 0
    a = squats(visible=from_the_waist_up)
    # The left knee is bent by 60 degrees more, which nobody sees, and the left elbow.
    comparison = compare(a, squats(knee=60, elbow=60, visible=from_the_waist_up))
    assert comparison.verdict.kind == 'alike'
    assert {d.angle for d in comparison.differences} == {'left_elbow_flexion'}
    said = str(comparison).splitlines()
    assert said[-1] == 'Seen too rarely to be compared: the legs.'
    assert not [line for line in said[:-1] if 'knee' in line or 'leg' in line]
    # Nor does the score count what is not seen.
    assert compare(a, squats(knee=60, visible=from_the_waist_up)).score == 100
    assert compare(squats(), squats(knee=60)).score < 80


def test_where_unseen_joints_are_makes_no_difference(inferencer, keypoints):
    visible = np.ones(keypoints.shape[:2])
    visible[:, [2, 3, 5, 6]] = 0
    junk = keypoints.copy()
    junk[:, [2, 3, 5, 6]] = np.random.default_rng(0).uniform(0, 999, (4, 2))
    a = inferencer(keypoints, visible, layout='h36m')
    for points in (keypoints, junk):
        b = inferencer(points[::2], visible[::2], layout='h36m')
        comparison = compare(a, b, inferencer=inferencer)
        if points is keypoints:
            expected = comparison
        np.testing.assert_array_equal(
            comparison.alignment.path, expected.alignment.path
        )
        assert str(comparison) == str(expected)


def test_features_of_other_weights_cannot_be_mirrored(inferencer, keypoints):
    result = inferencer(keypoints, layout='h36m', fps=50)
    with pytest.raises(ValueError, match='not those of the inferencer'):
        compare(result, result, mirror=True)  # by the weights that ship


def test_a_batch_is_no_clip(inferencer, keypoints):
    with pytest.raises(ValueError, match='is a batch of clips'):
        compare([keypoints, keypoints], keypoints, inferencer=inferencer)


def test_it_prints_and_becomes_plain_values(tmp_path):
    comparison = compare(squats(), squats(elbow=80))
    assert 'left elbow is bent 80° more' in str(comparison)
    values = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert values['differences'][0]['angle'] == 'left_elbow_flexion'
    assert values['verdict']['kind'] == 'alike'
    files = comparison.to_csv(tmp_path / 'tables')
    assert [file.name for file in files] == ['alignment.csv', 'differences.csv']


def test_a_score_goes_with_the_verdict_only():
    clip = squats()
    assert compare(clip, clip).score == pytest.approx(100)
    worse = compare(clip, squats(elbow=80, lean=30))
    assert 0 < worse.score < 75
    assert f'Score {worse.score:.0f} of 100' in str(worse)
    poses = moving_poses(range(60))
    here, there = (
        result_of(poses, features=unit_features(np.arange(60) + shift))
        for shift in (0, 100)
    )
    unlike = compare(here, there)
    assert (unlike.verdict.kind, unlike.score) == ('not alike', None)
    assert 'Score' not in str(unlike)


def test_a_low_score_is_said_with_the_verdict():
    comparison = compare(squats(), squats(elbow=100))
    assert 'Both show the same action.' in str(comparison)
    weak = replace(comparison, score=9.0)
    assert 'weakly alike' in str(weak)
    assert 'Both show the same action.' not in str(weak)


@pytest.mark.parametrize('counts', [(3, 1), (1, 3)])
def test_movement_that_only_one_makes_is_said_with_the_verdict(counts):
    comparison = compare(*map(squats, counts))
    assert comparison.verdict.kind == 'alike'
    assert {d.kind for d in comparison.differences} <= {'missing', 'extra'}
    said = 'the same action, except for movements that only one of them makes.'
    assert said in str(comparison)


def test_each_repetition_is_compared_and_the_wrong_one_stands_out():
    clip = squats(6)
    poses, up = clip.normalized_poses.copy(), clip.body_up.copy()
    wrong = squats(6, elbow=80)
    third = slice(25 + 2 * 125, 25 + 3 * 125)
    poses[third] = wrong.normalized_poses[third]
    comparison = compare(clip, result_of(poses, up), repetitions=True)
    assert [len(found) for found in comparison.repetitions] == [6, 6]
    np.testing.assert_array_equal(
        comparison.each_repetition.outliers, [False, False, True, False, False, False]
    )
    said = str(comparison)
    assert 'occurs 6 times in A and 6 times in B' in said
    assert 'Repetition 3 of B stands out' in said
    assert 'the left elbow is bent' in said
    assert len(comparison.to_dict()['repetitions']['scores_b']) == 6
    assert compare(clip, clip).repetitions is None


def test_one_repetition_is_compared_with_many():
    one, many = squats(1), squats(5)
    comparison = compare(one, many, mode='auto')
    assert comparison.settings['mode'] == 'subsequence'
    assert len(comparison.each_repetition.scores) == 5
    assert (comparison.each_repetition.scores > 90).all()
    again = compare(many, one, mode='auto')
    assert again.settings['mode'] == 'dtw'
    assert len(again.each_repetition.scores) == 1
    equal = compare(many, many, mode='auto')
    assert equal.settings['mode'] == 'dtw'
    assert equal.repetitions is None


def test_each_clip_has_its_own_speed_and_size(inferencer, keypoints):
    fractions = keypoints / (400, 300) + 0.5
    comparison = compare(
        keypoints,
        fractions,
        layout='h36m',
        fps=(25, 10),
        speed=(1, 0.25),
        size=(None, (400, 300)),
        inferencer=inferencer,
    )
    # B shows ten frames a second, in which a quarter of a second passes.
    for clip, step in ((comparison.clip_a, 1 / 25), (comparison.clip_b, 1 / 40)):
        np.testing.assert_allclose(clip.frame_times[:2], [0, step], rtol=1e-6)
    clip_a, clip_b = comparison.clip_a, comparison.clip_b
    seen = (clip_a.keypoints_visible > 0) & (clip_b.keypoints_visible > 0)
    assert seen.mean() > 0.9
    shift = (clip_b.keypoints - clip_a.keypoints)[seen]
    np.testing.assert_allclose(shift, np.tile([200, 150], (len(shift), 1)), atol=0.01)


def test_three_values_for_two_clips_are_refused(inferencer, keypoints):
    with pytest.raises(ValueError, match=r'a pair, \(of A, of B\), but got \(25, 3'):
        compare(keypoints, keypoints, fps=(25, 30, 50), inferencer=inferencer)


def test_one_unknown_frame_rate_is_said_once(monkeypatch):
    said = []
    monkeypatch.setattr(compare_clips, 'print_log', lambda text, **_: said.append(text))
    clip = moving_poses(range(30))
    compare(result_of(clip), result_of(clip, fps=None))
    (text,) = said
    assert 'of A is known, but not that of B' in text
    assert '--fps-b' in text
    compare(result_of(clip, fps=None), result_of(clip, fps=None))
    assert len(said) == 1


@pytest.mark.parametrize(
    ('fps', 'said'),
    [
        (50, 'If B is in slow motion, pass speed=(1, 0.17) (--speed-b 0.17)'),
        (None, 'B has 6.0 frames for each of A, and frame rates are not known'),
    ],
)
def test_slow_motion_is_suspected(fps, said):
    poses = stick_figure(90 * bump(40), 60 * bump(40))
    slow = np.repeat(poses, 6, axis=0)
    a, b = (clip_of(clip, fps=fps) for clip in (poses, slow))
    assert said in str(compare(a, b))
    assert said not in str(compare(a, clip_of(np.repeat(poses, 3, axis=0), fps=fps)))
    assert '--speed-a' in str(compare(b, a))
