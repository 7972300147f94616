"""Configs of E_P and Tables 2 and 3 build, learn and are measured on made-up data."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope

from mmposenorm.datasets.synthetic import write_synthetic_h36m, write_synthetic_mocap
from mmposenorm.registry import DATASETS, HOOKS, METRICS, MODELS
from mmposenorm.transforms.clips import collate_clips

CONFIGS = Path(__file__).parents[2] / 'configs'
TABLE_2 = sorted(CONFIGS.glob('table2/*.py'))
TABLE_3 = sorted(CONFIGS.glob('table3/*.py'))
TRAINED = {
    'e_q_direct': CONFIGS / 'table1' / 'e_q_direct.py',
    'lifter_simplebaseline3d_cmu': CONFIGS / 'lifter_simplebaseline3d_cmu.py',
    'posenorm_cmu': CONFIGS / 'posenorm_cmu.py',
    'posenorm_cmu_wild': CONFIGS / 'posenorm_cmu_wild.py',
    'posenorm_h36m': CONFIGS / 'posenorm_h36m.py',
}
# mmpose looks for the names of the joints in our folder first, and says so.
pytestmark = pytest.mark.filterwarnings('ignore::UserWarning')


def make_narrow(model):
    """Take width from a model's config, which changes nothing but the time it takes."""
    if 'normalizer' in model:
        make_narrow(model.normalizer)
    if 'lifter' in model and model.lifter.type == 'TemporalLifter':
        model.lifter.backbone.stem_channels = model.lifter.head.in_channels = 16
    if 'lifter' in model and model.lifter.type == 'PublicSemGCN':
        model.lifter.checkpoint = None  # a file that only users have
    if 'encoder' in model and 'channels' in model.encoder:
        model.encoder.channels = 16
    if 'encoder' in model and model.encoder.type == 'TemporalConvEncoder':
        model.encoder.channels = 16


def read_narrow(file):
    """Read a config for narrow models and few renderings."""
    config = Config.fromfile(file)
    make_narrow(config.model)
    dataset = (config.get('train_dataloader') or {}).get('dataset', {})
    if dataset.get('normalizer'):
        name = Path(dataset.normalizer.config).stem
        dataset.normalizer.config = f'{name}.py'
    if dataset.get('num_renderings', 1) == 1 and 'clips' in dataset:
        dataset.clips.update(views=(0,), variants=('original',))
    return config


@pytest.fixture(scope='module')
def workplace(tmp_path_factory):
    """A folder with made-up data and random weights where the configs expect them."""
    folder = tmp_path_factory.mktemp('workplace')
    mocap = folder / 'data' / 'cmu_h36m17'
    mocap.mkdir(parents=True)
    for seed, name in enumerate(('train', 'train_dance', 'test')):
        file = mocap / f'{name}.npz'
        write_synthetic_mocap(file, num_clips=2, num_frames=70, seed=seed)
    write_synthetic_h36m(folder / 'data' / 'h36m', num_frames=70, seed=1)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        for name, file in TRAINED.items():
            config = read_narrow(file)
            config.dump(folder / f'{name}.py')
            checkpoint = folder / last_checkpoint(name, config)
            checkpoint.parent.mkdir(parents=True)
            weights = MODELS.build(config.model).state_dict()
            torch.save({'state_dict': weights}, checkpoint)
    return folder


def last_checkpoint(name, config):
    return f'work_dirs/{name}/iter_{config.train_cfg.max_iters}.pth'


@pytest.fixture(autouse=True)
def in_scope(workplace, monkeypatch):
    """Work there, in the scope that the configs name."""
    monkeypatch.chdir(workplace)
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        yield


def measure(config, model):
    """Evaluate a row on the pairs as MMEngine's test loop does."""
    dataset = DATASETS.build(config.test_dataloader.dataset)
    metrics = config.test_evaluator
    metrics = metrics if isinstance(metrics, list) else [metrics]
    evaluator = Evaluator([METRICS.build(metric) for metric in metrics])
    evaluator.dataset_meta = dataset.metainfo
    with torch.no_grad():
        for index in range(len(dataset)):
            batch = default_collate([dataset[index]])
            evaluator.process(model.eval().test_step(batch))
    return evaluator.evaluate(len(dataset))


def train_one_step(config, model):
    dataset = DATASETS.build(config.train_dataloader.dataset)
    batch = collate_clips([dataset[index] for index in range(2)])
    batch = model.train().data_preprocessor(batch, training=True)
    losses = model(**batch, mode='loss')
    model.parse_losses(losses)[0].backward()
    assert all(
        parameter.grad.isfinite().all()
        for parameter in model.parameters()
        if parameter.grad is not None
    )
    return losses


@pytest.mark.parametrize('file', TABLE_2, ids=lambda file: file.stem)
def test_a_row_of_table_2_is_measured(file):
    config = read_narrow(file)
    figures = measure(config, MODELS.build(config.model))
    expected = 100 if file.stem == 'ceiling' else 0
    assert expected <= figures['correspondence/hit@10'] <= 100
    assert figures['correspondence/MAE'] >= 0


@pytest.mark.parametrize('file', TABLE_3, ids=lambda file: file.stem)
def test_a_row_of_table_3_learns_and_is_measured(file):
    config = read_narrow(file)
    model = MODELS.build(config.model)
    losses = train_one_step(config, model)
    assert 'loss_triplet' in losses
    assert 0 <= measure(config, model)['correspondence/hit@10'] <= 100
    for hook in config.custom_hooks:
        if hook['type'] == 'MiningCurriculumHook':
            HOOKS.build(hook)


def test_the_view_invariant_embedding_learns():
    config = read_narrow(CONFIGS / 'table2' / 'pr_vipe.py')
    assert train_one_step(config, MODELS.build(config.model))['num_triplets'] >= 0


def supervised_frames(config):
    """Return how many frames a step learns from, all renderings counted."""
    dataset = config.train_dataloader.dataset
    length = dataset.get('clip_length') or dataset.pipeline[0].length
    transforms = config.model.data_preprocessor.get('train_transforms', [])
    for transform in transforms:
        if transform['type'] == 'WarpTime':
            length = transform['length']
    renderings = dataset.get('num_renderings', 1)
    renderings *= 1 + any(t['type'] == 'RenderTwice' for t in transforms)
    return config.train_dataloader.batch_size * length * renderings


@pytest.mark.parametrize(
    ('embedder', 'normalizer'),
    [
        ('table3/fc.py', 'e_q_direct'),
        ('table3/without_normalization.py', 'lifter_simplebaseline3d_cmu'),
        ('embedder_cmu.py', 'posenorm_cmu'),
        ('embedder_cmu_wild.py', 'posenorm_cmu_wild'),
        ('embedder_h36m.py', 'posenorm_h36m'),
    ],
)
def test_an_embedder_stands_above_the_last_checkpoint_of_its_normalizer(
    embedder, normalizer
):
    config = Config.fromfile(CONFIGS / embedder)
    trained = Config.fromfile(TRAINED[normalizer])
    above = dict(config.model.normalizer)
    expected = last_checkpoint(normalizer, trained)
    assert above.pop('init_cfg')['checkpoint'] == expected
    assert config.train_dataloader.dataset.normalizer.checkpoint == expected
    only_for_training = {'data_preprocessor', 'losses'}
    for part in set(above) - only_for_training:
        assert above[part] == trained.model[part], part


def test_all_rows_are_measured_on_the_same_pairs_and_learn_on_one_budget():
    expected = Config.fromfile(CONFIGS / 'table2' / 'ceiling.py').test_dataloader
    budget = Config.fromfile(TRAINED['e_q_direct'])
    for file in [*TABLE_2, *TABLE_3]:
        config = Config.fromfile(file)
        if file.stem == 'ceiling_without_drops':
            assert config.test_dataloader.dataset.pop('keep_probability') == 1
            config.test_dataloader.dataset.keep_probability = 0.5
        assert config.test_dataloader == expected, file
        if config.get('train_cfg') is not None:
            frames = supervised_frames(config) * config.train_cfg.max_iters
            assert 2_000_000 <= frames < 2_001_000, file
            assert config.optim_wrapper == budget.optim_wrapper, file


def test_the_pairs_of_human36m_are_found():
    config = Config.fromfile(CONFIGS / 'embedder_h36m.py')
    pairs = DATASETS.build(config.test_dataloader.dataset).pairs
    assert len(pairs) == 3  # four made-up test videos without S11_Directions


@pytest.mark.parametrize(
    'name', ['embedder_cmu.py', 'embedder_cmu_wild.py', 'embedder_h36m.py']
)
def test_the_default_embedder_learns_and_is_measured(name):
    config = read_narrow(CONFIGS / name)
    model = MODELS.build(config.model)
    assert train_one_step(config, model)['num_triplets'] >= 0
    assert 0 <= measure(config, model)['correspondence/hit@10'] <= 100
