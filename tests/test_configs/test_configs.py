"""Configs of the pose normalizer load, build, and train and predict on made-up data."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.registry import DefaultScope

from mmposenorm.datasets.synthetic import (
    write_synthetic_h36m,
    write_synthetic_mocap_sets,
)
from mmposenorm.registry import DATASETS, METRICS, MODELS
from mmposenorm.skeletons import H36M_KEYPOINTS, default_bone_lengths
from mmposenorm.transforms.clips import collate_clips

CONFIGS = Path(__file__).parents[2] / 'configs'
FILES = [
    *CONFIGS.glob('posenorm_cmu*.py'),
    CONFIGS / 'posenorm_mocap.py',
    *CONFIGS.glob('posenorm_*h36m.py'),
    *CONFIGS.glob('table1/e_q_*.py'),
    *(CONFIGS / f'without_3d/{name}.py' for name in ('ordinal', 'others_views')),
]


@pytest.fixture(scope='module')
def workplace(tmp_path_factory):
    """A folder with made-up data where the configs expect it."""
    folder = tmp_path_factory.mktemp('workplace')
    write_synthetic_mocap_sets(folder / 'data', num_frames=130)
    write_synthetic_h36m(folder / 'data' / 'h36m', num_frames=70, seed=1)
    lengths = dict(zip(H36M_KEYPOINTS, default_bone_lengths().tolist(), strict=True))
    file = folder / 'data' / 'h36m' / 'condition_skeleton.json'
    file.write_text(json.dumps({'bone_lengths': lengths}))
    return folder


@pytest.fixture
def in_scope(workplace, monkeypatch):
    """Work there, in the scope that the configs name."""
    monkeypatch.chdir(workplace)
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        yield


@pytest.mark.usefixtures('in_scope')
@pytest.mark.parametrize('file', FILES, ids=lambda file: file.stem)
def test_config_trains_and_predicts(file):
    torch.manual_seed(0)
    config = Config.fromfile(file)
    config.model.encoder.channels = 32
    model = MODELS.build(config.model)
    train_set = DATASETS.build(config.train_dataloader.dataset)
    batch = collate_clips([train_set[i] for i in range(0, len(train_set), 50)])
    batch = model.data_preprocessor(batch, training=True)
    losses = model(**batch, mode='loss')
    assert set(losses) == {f'loss_{name}' for name in config.model.losses}
    sum(losses.values()).backward()
    for parameter in model.parameters():
        assert torch.isfinite(parameter.grad).all()

    test_set = DATASETS.build(config.test_dataloader.dataset)
    model.eval()
    with torch.no_grad():
        samples = model.test_step(default_collate([test_set[0]]))
    assert samples[0].pred_instances.normalized_poses.shape[1:] == (17, 3)
    assert all(METRICS.build(metric) for metric in config.test_evaluator)


@pytest.mark.usefixtures('in_scope')
def test_features_are_trained_to_retrieve():
    torch.manual_seed(0)
    config = Config.fromfile(CONFIGS / 'embedder_retrieval.py')
    model = MODELS.build(config.model)
    train_set = DATASETS.build(config.train_dataloader.dataset)
    batch = collate_clips([train_set[i] for i in range(0, len(train_set), 200)])
    batch = model.data_preprocessor(batch, training=True)
    assert batch['inputs']['keypoint_labels'].shape[1] == 80
    model(**batch, mode='loss')['loss_retrieval'].backward()
    for parameter in model.parameters():
        if parameter.requires_grad:  # the pose normalizer is not trained here
            assert torch.isfinite(parameter.grad).all()
    pairs = DATASETS.build(config.test_dataloader.dataset)
    with torch.no_grad():
        samples = model.eval().test_step(default_collate([pairs[0]]))
    assert samples[0].pred_instances.pose_features.shape[1:] == (64,)


def supervised_frames(config):
    """Frames whose target counts in the loss, over the whole training."""
    transforms = config.model.data_preprocessor.train_transforms
    renderings = 1 + any(t.type == 'RenderTwice' for t in transforms)
    clip_len = config.train_dataloader.dataset.pipeline[0].length
    batch_size = renderings * config.train_dataloader.batch_size
    return batch_size * clip_len * config.train_cfg.max_iters


def test_rows_of_table_1_share_one_budget_and_schedule():
    rows = [Config.fromfile(file) for file in CONFIGS.glob('table1/e_q_*.py')]
    rows += [Config.fromfile(file) for file in CONFIGS.glob('lifter_*_cmu.py')]
    assert len(rows) == 9
    for row in rows:
        assert 2e6 <= supervised_frames(row) < 2.002e6
        assert row.train_dataloader.dataset == rows[0].train_dataloader.dataset
        for name in ('train_cfg', 'test_dataloader', 'optim_wrapper'):
            assert row[name] == rows[0][name], name


@pytest.mark.parametrize('name', ['posenorm_h36m.py', 'posenorm_cmu.py'])
def test_a_missing_data_root_is_told_in_a_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = Config.fromfile(CONFIGS / name)
    with (
        DefaultScope.overwrite_default_scope('mmposenorm'),
        pytest.raises(FileNotFoundError, match='tools/dataset_converters'),
    ):
        DATASETS.build(config.train_dataloader.dataset)
