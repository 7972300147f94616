"""The configs of the peers, and the one that starts from a recipe of mmpose."""

import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from mmposenorm.datasets.synthetic import write_synthetic_h36m, write_synthetic_mocap

NARROW_TCN = {
    'model.lifter.backbone.stem_channels': 16,
    'model.lifter.head.in_channels': 16,
}
PEERS = {
    'lifter_videopose3d_cmu.py': NARROW_TCN,
    'lifter_simplebaseline3d_cmu.py': NARROW_TCN,
    'lifter_semgcn_cmu.py': {'model.lifter.channels': 8},
}
# mmpose looks for the names of the joints in our folder first, and says so.
pytestmark = pytest.mark.filterwarnings('ignore::UserWarning')


@pytest.fixture(autouse=True)
def scope():
    """Take back the scope that a runner leaves."""
    with DefaultScope.overwrite_default_scope('mmengine'):
        yield


def train_and_evaluate(config, work_dir, options):
    """Train as shortly as `options` say and give the metrics."""
    config.merge_from_dict(options)
    config.work_dir = str(work_dir)
    runner = Runner.from_cfg(config)
    runner.train()
    return runner.val()


@pytest.mark.parametrize('name', PEERS)
def test_a_peer_trains_and_is_evaluated(name, configs_dir, tmp_path):
    write_synthetic_mocap(tmp_path / 'train.npz', num_clips=1, num_frames=70)
    write_synthetic_mocap(tmp_path / 'test.npz', num_clips=1, num_frames=30)
    options = {
        'train_dataloader.dataset.ann_file': str(tmp_path / 'train.npz'),
        'val_dataloader.dataset.ann_file': str(tmp_path / 'test.npz'),
        'train_dataloader.batch_size': 2,
        'train_cfg.max_iters': 1,
        **PEERS[name],
    }
    config = Config.fromfile(configs_dir / name)
    metrics = train_and_evaluate(config, tmp_path, options)
    for metric in ('MPJPE_mm', 'normalized_error_mm', 'Delta-MPJPE_mm'):
        assert 0 < metrics[f'posenorm/{metric}'] < 1e5


@pytest.mark.parametrize('name', PEERS)
def test_every_peer_gets_the_budget_and_the_data_of_the_others(name, configs_dir):
    config = Config.fromfile(configs_dir / name)
    expected = Config.fromfile(configs_dir / 'lifter_videopose3d_cmu.py')
    for part in ('train_dataloader', 'val_dataloader', 'optim_wrapper'):
        assert config[part] == expected[part]
    assert config.model.data_preprocessor == expected.model.data_preprocessor
    frames = config.train_dataloader.batch_size * config.clip_len
    assert abs(config.train_cfg.max_iters * frames - 2e6) < 1e4


def test_a_recipe_of_mmpose_trains_our_model(configs_dir, tmp_path):
    write_synthetic_h36m(tmp_path, num_frames=64)
    config = Config.fromfile(configs_dir / 'posenorm_mmpose_mixed.py')
    options = {
        f'{part}_dataloader.{key}': value
        for part in ('train', 'val')
        for key, value in {
            'dataset.data_root': str(tmp_path),
            'num_workers': 0,
            'persistent_workers': False,
        }.items()
    }
    options |= {'train_cfg.max_epochs': 1, 'model.encoder.channels': 16}
    metrics = train_and_evaluate(config, tmp_path, options)
    assert 0 < metrics['posenorm/normalized_error_mm'] < 1e5


def test_no_config_of_ours_takes_the_place_of_mmposes_joints(configs_dir):
    # mmpose reads configs/_base_/datasets/h36m.py of the working directory first.
    assert not (configs_dir / '_base_' / 'datasets').exists()
