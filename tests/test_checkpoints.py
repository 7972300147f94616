import re

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from tiny_weights import EMBEDDER, NORMALIZER, tiny_model, tiny_weights

from mmposenorm import checkpoints
from mmposenorm.checkpoints import load_model, read_model_config, save_weights


@pytest.fixture
def training_run(tmp_path):
    """Write what a training run leaves: a config and a checkpoint with its history."""
    config = tmp_path / 'config.py'
    model = NORMALIZER | {
        'data_preprocessor': {'type': 'PoseClipPreprocessor'},
        'init_cfg': {'type': 'Pretrained', 'checkpoint': 'elsewhere.pth'},
    }
    Config({'model': model}).dump(config)
    checkpoint = tmp_path / 'iter_1.pth'
    content = {
        'state_dict': tiny_model(NORMALIZER).state_dict(),
        'message_hub': {'loss': HistoryBuffer()},
    }
    torch.save(content, checkpoint)
    return config, checkpoint


def assert_same_weights(model, other):
    for key, tensor in other.state_dict().items():
        torch.testing.assert_close(model.state_dict()[key], tensor)


@pytest.mark.parametrize('config', [NORMALIZER, EMBEDDER])
def test_weights_come_back_with_their_model(config, tmp_path):
    path = tiny_weights(tmp_path / 'model.pth', config)
    model = load_model(path)
    assert not model.training
    assert_same_weights(model, tiny_model(config))


def test_a_file_holds_nothing_but_weights(tmp_path):
    content = torch.load(tiny_weights(tmp_path / 'model.pth'), weights_only=True)
    assert set(content) == {'meta', 'state_dict'}
    assert set(content['meta']) == {'model', 'mmposenorm_version', 'sha256'}


def test_half_precision_keeps_bone_lengths_exactly(tmp_path):
    original = tiny_model(NORMALIZER)
    save_weights(tmp_path / 'half.pth', NORMALIZER, original.state_dict(), half=True)
    model = load_model(tmp_path / 'half.pth')
    assert (tmp_path / 'half.pth').stat().st_size < 0.8 * (
        tiny_weights(tmp_path / 'full.pth').stat().st_size
    )
    assert model.encoder.expand.weight.dtype == torch.float32
    torch.testing.assert_close(
        model.encoder.expand.weight,
        original.encoder.expand.weight,
        rtol=1e-3,
        atol=1e-4,
    )
    assert torch.equal(model.condition.bone_lengths, original.condition.bone_lengths)


def test_training_checkpoint_needs_its_config_and_trust(training_run):
    config, checkpoint = training_run
    model = load_model(checkpoint, config, trust=True)
    assert_same_weights(model, tiny_model(NORMALIZER))
    for given in (None, config):
        with pytest.raises(ValueError, match=r'more than weights.*give the config'):
            load_model(checkpoint, given)
    with pytest.raises(ValueError, match='does not contain the config'):
        load_model(checkpoint, trust=True)


def test_losses_of_others_are_not_exported(tmp_path):
    losses = {'normalized': {'type': 'HandLoss'}}
    Config({'model': NORMALIZER | {'losses': losses}}).dump(tmp_path / 'hand.py')
    assert read_model_config(tmp_path / 'hand.py') == NORMALIZER


def test_config_without_what_only_training_needs(training_run):
    assert read_model_config(training_run[0]) == NORMALIZER


def test_weights_without_their_config_are_refused(tmp_path):
    torch.save({'state_dict': {}}, tmp_path / 'bare.pth')
    with pytest.raises(ValueError, match='does not contain the config of its model'):
        load_model(tmp_path / 'bare.pth')


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'', 'is damaged'),
        (b'no checkpoint', 'is damaged'),
        (b'hello world', 'is damaged'),
        (None, 'no state_dict'),
    ],
)
def test_damaged_files_are_refused(content, said, tmp_path, training_run):
    path = tmp_path / 'damaged.pth'
    if content is None:
        torch.save([1, 2], path)
    else:
        path.write_bytes(content)
    for config, trust in ((None, False), (training_run[0], False), (None, True)):
        with pytest.raises(ValueError, match=said):
            load_model(path, config, trust)


def test_cut_off_file_is_refused(tmp_path):
    path = tiny_weights(tmp_path / 'model.pth')
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match='is damaged'):
        load_model(path)


def test_weights_of_another_model_are_refused(tmp_path, training_run):
    wider = NORMALIZER['encoder'] | {'channels': 32}
    path = tiny_weights(tmp_path / 'wide.pth', NORMALIZER | {'encoder': wider})
    with pytest.raises(ValueError, match='does not fit the model of its config'):
        load_model(path, training_run[0])


def test_missing_files_are_named(tmp_path, monkeypatch, training_run):
    with pytest.raises(FileNotFoundError, match=r'Checkpoint \S+none.pth not found'):
        load_model(tmp_path / 'none.pth')
    with pytest.raises(FileNotFoundError, match=r'Config \S+none.py not found'):
        load_model(training_run[1], tmp_path / 'none.py')
    with pytest.raises(ValueError, match='there is no checkpoint'):
        load_model(config=training_run[0])
    monkeypatch.setattr(checkpoints, '_SHIPPED', 'weights/none.pth')
    with pytest.raises(FileNotFoundError, match=re.escape('ships no weights')):
        load_model()


def test_config_without_a_model_is_refused(tmp_path):
    (tmp_path / 'empty.py').write_text('a = 1\n')
    with pytest.raises(ValueError, match='has no `model`'):
        read_model_config(tmp_path / 'empty.py')
