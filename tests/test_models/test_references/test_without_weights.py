"""Models without weights go where trained ones go."""

import pytest
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel

from mmposenorm.models.references.input_poses import InputPoses
from mmposenorm.models.references.true_poses import TruePoses


@pytest.fixture
def process_group():
    dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures('process_group')
@pytest.mark.parametrize('model_type', [InputPoses, TruePoses])
def test_they_are_wrapped_for_several_processes(model_type):
    model = model_type()
    assert MMDistributedDataParallel(module=model).module is model
