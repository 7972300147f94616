"""What the transforms of the shipped recipe cost on a device, in each step."""

import pytest
import torch
from mmengine.config import Config
from operations import Operations

from mmposenorm.models.preprocessor import PoseClipPreprocessor

# The recipes of the pose normalizer and of the pose features that ship.
RECIPES = ('posenorm_mocap.py', 'embedder_retrieval.py')
MOST_OPERATIONS = 350  # of a step


@pytest.fixture(params=RECIPES)
def recipe(request):
    return request.param


@pytest.fixture
def preprocessor(configs_dir, recipe):
    config = Config.fromfile(configs_dir / recipe)
    options = config.model.data_preprocessor
    return PoseClipPreprocessor(options.train_transforms, options.test_transforms)


@pytest.fixture
def batch():
    return {
        'inputs': {'keypoints_world': torch.randn(8, 120, 17, 3)},
        'data_samples': {'fps': torch.full((8,), 50.0)},
    }


@pytest.fixture
def second_step(preprocessor, batch):
    """The operations of a step that is not the first."""
    preprocessor(batch, training=True)
    with Operations() as operations:
        preprocessor(batch, training=True)
    return operations


def test_a_step_takes_few_operations(second_step):
    assert len(second_step.names) <= MOST_OPERATIONS


def test_no_constant_is_copied_to_the_device_in_a_step(second_step):
    assert second_step.copies == []


def test_a_step_does_not_wait_for_the_device(second_step):
    assert second_step.syncs == []


def test_faulty_operations_are_recognized():
    values = torch.ones(3)
    with Operations() as operations:
        values.new_tensor([1.0, 2, 3])
        values[values > 0]
        values.sum().item()
    assert operations.copies == ['lift_fresh']
    assert operations.syncs == ['index', '_local_scalar_dense']


def test_a_step_uses_no_operation_without_a_deterministic_kernel(second_step):
    # On GPUs these stop a training with randomness.deterministic=True.
    assert not {'nanmedian', 'median', 'kthvalue', 'cumsum'} & set(second_step.names)


def test_a_step_runs_with_deterministic_algorithms(preprocessor, batch):
    torch.use_deterministic_algorithms(True)
    try:
        inputs = preprocessor(batch, training=True)['inputs']
    finally:
        torch.use_deterministic_algorithms(False)
    assert inputs['keypoint_labels'].isfinite().all()
