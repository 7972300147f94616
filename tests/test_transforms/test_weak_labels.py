import pytest
import torch

from mmposenorm.models.losses.without_3d import ordinal_depth_loss
from mmposenorm.skeletons import KEYPOINT_PAIRS
from mmposenorm.transforms import HideTruth, LabelDepthOrder


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def inputs(generator):
    target = torch.randn(50, 8, 17, 3, generator=generator) + torch.tensor([0, 0, 5.0])
    lens = {'focal': torch.ones(50, 2), 'center': torch.zeros(50, 2)}
    place = {'rotation': torch.eye(3).expand(50, 3, 3), 'translation': torch.ones(3)}
    return {'lifting_target': target, 'keypoints_world': target, 'camera': lens | place}


def label(inputs, generator, **options):
    labelled = LabelDepthOrder(**options)(inputs, generator)
    return labelled['depth_order'], labelled['depth_labelled']


def test_each_pair_is_named_once():
    pairs = set(map(frozenset, zip(*KEYPOINT_PAIRS, strict=True)))
    assert len(pairs) == len(KEYPOINT_PAIRS[0]) == 17 * 16 // 2


def test_labels_say_which_is_nearer(inputs, generator):
    order, labelled = label(inputs, generator, margin=0.3)
    for number in (0, 40, 135):
        first, second = (joints[number] for joints in KEYPOINT_PAIRS)
        target = inputs['lifting_target']
        x, y, z = (target[..., second, :] - target[..., first, :]).unbind(-1)
        slope = z / (x**2 + y**2 + z**2).sqrt()
        expected = (slope > 0.3).float() - (slope < -0.3).float()
        assert torch.equal(order[..., number], expected)
    assert labelled.min() == 1
    assert set(order.unique().tolist()) == {-1, 0, 1}


def test_true_poses_of_any_size_have_no_loss(inputs, generator):
    order, _ = label(inputs, generator, margin=0.1)
    pose = 1.7 * inputs['lifting_target']
    assert ordinal_depth_loss(pose, order, margin=0.1).max() < 1e-6


def test_a_share_of_the_labels_is_wrong(inputs, generator):
    right, _ = label(inputs, generator)
    order, _ = label(inputs, generator, wrong=0.2)
    assert (order != right).double().mean().item() == pytest.approx(0.2, abs=0.01)
    for answer in (-1, 0, 1):  # each of the other two is as frequent
        given = order[(right == answer) & (order != right)]
        others = [value for value in (-1, 0, 1) if value != answer]
        assert set(given.unique().tolist()) == set(others)
        assert (given == others[0]).double().mean().item() == pytest.approx(
            0.5, abs=0.05
        )


def test_some_pairs_of_some_frames_have_labels(inputs, generator):
    _, labelled = label(inputs, generator, pairs=10, frames=0.5)
    counts = labelled.sum(-1)
    assert set(counts.unique().tolist()) == {0, 10}
    assert (counts > 0).double().mean().item() == pytest.approx(0.5, abs=0.08)
    shares = labelled[counts > 0].mean(0)
    assert shares.min() > 0
    assert shares.max() < 0.2


def test_there_are_not_more_pairs_than_that():
    with pytest.raises(ValueError, match='pairs must be at most 136, but is 137'):
        LabelDepthOrder(pairs=137)


def test_what_is_hidden_is_gone(inputs, generator):
    hidden = HideTruth()(inputs | {'depth_order': 1}, generator)
    assert hidden['depth_order'] == 1
    assert set(hidden) == {'camera', 'depth_order'}
    assert set(hidden['camera']) == {'focal', 'center'}
    assert 'lifting_target' in inputs


def test_the_truth_of_labelled_clips_is_kept(inputs, generator):
    labelled = torch.arange(50) % 3 == 0
    camera = inputs['camera'] | {'translation': torch.ones(50, 3)}
    inputs = inputs | {'labelled': labelled, 'camera': camera}
    hidden = HideTruth()(inputs, generator)
    for before, after in (
        (inputs['lifting_target'], hidden['lifting_target']),
        (inputs['keypoints_world'], hidden['keypoints_world']),
        (camera['rotation'], hidden['camera']['rotation']),
        (camera['translation'], hidden['camera']['translation']),
    ):
        assert torch.equal(after[labelled], before[labelled])
        assert after[~labelled].isnan().all()
    assert torch.equal(hidden['camera']['focal'], camera['focal'])
