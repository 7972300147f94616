"""What all runs share: a run writes its losses where the config says."""

import json

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from mmposenorm.datasets.synthetic import write_synthetic_mocap

TENSORBOARD = {'visualizer.vis_backends.0.type': 'TensorboardVisBackend'}


@pytest.fixture
def train_ten_steps(tmp_path, monkeypatch, configs_dir):
    """Return a function that trains for ten steps and gives the logs' folder."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / 'data' / 'cmu_h36m17'
    data.mkdir(parents=True)
    write_synthetic_mocap(data / 'train.npz', num_clips=2, num_frames=50)

    def run(options):
        config = Config.fromfile(configs_dir / 'posenorm_cmu_small.py')
        config.merge_from_dict(
            {
                'work_dir': str(tmp_path / 'run'),
                'experiment_name': f'{tmp_path.name}_{len(options)}',
                'train_cfg.max_iters': 10,
                'train_dataloader.batch_size': 2,
                'model.encoder.channels': 32,
                'optim_wrapper.optimizer.smallest': 32,
                **dict.fromkeys(('val_cfg', 'val_dataloader', 'val_evaluator')),
                **dict.fromkeys(('test_cfg', 'test_dataloader', 'test_evaluator')),
                'default_hooks.checkpoint.save_best': None,
                'default_hooks.checkpoint.rule': None,
                **options,
            }
        )
        Runner.from_cfg(config).train()
        [folder] = (tmp_path / 'run').glob('*/vis_data')
        return folder

    return run


def test_losses_are_written_to_a_local_file_from_the_tenth_step_on(train_ten_steps):
    lines = (train_ten_steps({}) / 'scalars.json').read_text().splitlines()
    scalars = [json.loads(line) for line in lines]
    assert [entry['step'] for entry in scalars] == [10]
    assert scalars[0]['loss'] == pytest.approx(
        scalars[0]['loss_recon'] + scalars[0]['loss_normalized']
    )


def test_one_option_selects_tensorboard(configs_dir):
    config = Config.fromfile(configs_dir / 'posenorm_cmu_small.py')
    config.merge_from_dict(TENSORBOARD)
    assert config.visualizer.vis_backends == [{'type': 'TensorboardVisBackend'}]


def test_losses_are_written_for_tensorboard(train_ten_steps):
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(train_ten_steps(TENSORBOARD)))
    events.Reload()
    assert len(events.Scalars('loss')) == 1
