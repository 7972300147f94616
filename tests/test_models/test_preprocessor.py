import pytest
import torch

from mmposenorm.models.preprocessor import PoseClipPreprocessor
from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.base import BatchTransform


@TRANSFORMS.register_module()
class AddDraw(BatchTransform):
    """Adds one draw to the positions, and tells what it computed with."""

    def __call__(self, inputs, generator):
        world = inputs['keypoints_world']
        draw = torch.rand((), generator=generator, device=world.device)
        product = world[..., 0] @ world[..., 0].mT
        return inputs | {'keypoints_world': world + draw, 'product': product}


@pytest.fixture
def batch():
    world = torch.arange(2.0 * 5 * 17 * 3).view(2, 5, 17, 3)
    fps = torch.tensor([50.0, 25.0], dtype=torch.float64)
    return {
        'inputs': {'keypoints_world': world},
        'data_samples': {'fps': fps, 'clip_id': ['a', 'b']},
    }


def drawn(preprocessor, batch):
    """Return the draw of a training step."""
    inputs = preprocessor(batch, training=True)['inputs']
    return (inputs['keypoints_world'] - batch['inputs']['keypoints_world']).mean()


def test_training_and_testing_have_transforms_of_their_own(batch):
    preprocessor = PoseClipPreprocessor(
        train_transforms=[{'type': 'AddDraw'}],
        test_transforms=[{'type': 'RenderTwice'}],
    )
    assert preprocessor(batch, training=True)['inputs']['product'].shape == (2, 5, 5)
    tested = preprocessor(batch)['inputs']
    assert tested['keypoints_world'].shape == (4, 5, 17, 3)
    assert 'product' not in tested


def test_metadata_stays_and_the_frame_rate_becomes_a_tensor_of_the_batch(batch):
    prepared = PoseClipPreprocessor()(batch)
    assert prepared['data_samples'] is batch['data_samples']
    assert prepared['inputs']['fps'].tolist() == [50, 25]
    assert prepared['inputs']['fps'].dtype == torch.float32
    assert 'fps' not in batch['inputs']  # what was given is not changed


def test_steps_draw_anew_and_the_seed_repeats_them(batch):
    transforms = [{'type': 'AddDraw'}]
    one, same, other = (PoseClipPreprocessor(transforms, seed=s) for s in (1, 1, 2))
    first, second = drawn(one, batch), drawn(one, batch)
    assert first != second
    assert [drawn(same, batch), drawn(same, batch)] == [first, second]
    assert drawn(other, batch) != first


def test_the_draws_of_the_program_are_left_alone(batch):
    before = torch.get_rng_state()
    drawn(PoseClipPreprocessor([{'type': 'AddDraw'}]), batch)
    assert torch.equal(torch.get_rng_state(), before)


def test_mixed_precision_does_not_reach_the_transforms(batch):
    preprocessor = PoseClipPreprocessor([{'type': 'AddDraw'}])
    with torch.autocast('cpu', torch.bfloat16):
        inputs = preprocessor(batch, training=True)['inputs']
    assert inputs['product'].dtype == torch.float32


def test_a_transform_of_one_clip_is_refused():
    with pytest.raises(TypeError, match='Move it to the pipeline of the data set'):
        PoseClipPreprocessor([{'type': 'PackPoseClip'}])
