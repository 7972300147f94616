"""The rows of Table 4 that were trained at one budget."""

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.registry import DefaultScope

from mmposenorm.datasets.synthetic import (
    write_synthetic_mocap_sets,
    write_synthetic_penn_action,
)
from mmposenorm.registry import DATASETS, MODELS
from mmposenorm.transforms.clips import collate_clips

SMALL = {
    'tcc': {'encoder.channels': 16},
    'retrieval_small': {'encoder.channels': 16},
    'engan': {'channels': 16, 'hidden_size': 8},
    'pose_perceptual': {'channels': [4, 4]},
}


@pytest.fixture(scope='module')
def workplace(tmp_path_factory):
    """A folder with made-up data where the configs expect it."""
    folder = tmp_path_factory.mktemp('workplace')
    write_synthetic_mocap_sets(folder / 'data', num_frames=130)
    write_synthetic_penn_action(folder / 'data' / 'penn_action', 1, num_frames=8)
    return folder


@pytest.fixture
def in_scope(workplace, monkeypatch):
    """Work there, in the scope that the configs name."""
    monkeypatch.chdir(workplace)
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        yield


@pytest.mark.usefixtures('in_scope')
@pytest.mark.parametrize('name', SMALL)
def test_a_row_trains_and_gives_the_features_it_is_measured_by(name, configs_dir):
    torch.manual_seed(0)
    config = Config.fromfile(configs_dir / 'table4' / f'{name}.py')
    config.merge_from_dict({f'model.{k}': v for k, v in SMALL[name].items()})
    if name == 'pose_perceptual':
        config.model.actions = [*config.model.actions, 'made up']
    model = MODELS.build(config.model)
    model.init_weights()
    train_set = DATASETS.build(config.train_dataloader.dataset)
    items = [train_set[i] for i in range(0, len(train_set), len(train_set) // 3)]
    if name == 'pose_perceptual':
        for item in items:
            item['data_samples']['action'] = 'made up'
    batch = model.data_preprocessor(collate_clips(items), training=True)
    losses = model(**batch, mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    trained = [p for p in model.parameters() if p.requires_grad]
    assert all(torch.isfinite(p.grad).all() for p in trained)
    clips = DATASETS.build(config.test_dataloader.dataset)
    with torch.no_grad():
        [sample] = model.eval().test_step(default_collate([clips[0]]))
    [metric] = config.test_evaluator
    assert len(sample.pred_instances[metric.features]) == 8


def frames(config):
    """Frames of the whole training, as they are given to the network."""
    steps, batch = config.train_cfg.max_iters, config.train_dataloader.batch_size
    dataset = config.train_dataloader.dataset
    transforms = config.model.data_preprocessor.train_transforms
    lengths = [t.length for t in transforms if t.type == 'WarpTime']
    renderings = 1 + any(t.type == 'RenderTwice' for t in transforms)
    return steps * batch * renderings * (lengths or [dataset.pipeline[0].length])[0]


def test_all_rows_have_the_same_budget_and_data(configs_dir):
    for name in SMALL:
        config = Config.fromfile(configs_dir / 'table4' / f'{name}.py')
        assert 99_000 < frames(config) <= 100_000
        dataset = config.train_dataloader.dataset
        assert dataset.ann_file == 'data/cmu_h36m17/train.npz'
        assert config.custom_hooks == []


def test_tcc_differs_from_the_features_trained_to_retrieve_in_loss_and_learning_rate(
    configs_dir,
):
    tcc, ours = (
        Config.fromfile(configs_dir / 'table4' / f'{name}.py').to_dict()
        for name in ('tcc', 'retrieval_small')
    )
    for config in (tcc, ours):
        del config['model']['type'], config['model']['loss'], config['test_evaluator']
        del config['optim_wrapper']['optimizer']['lr']
    assert tcc == ours
