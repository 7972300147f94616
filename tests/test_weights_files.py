"""Files of weights from anywhere: nothing in them runs, and what is wrong is said."""

import json
import os
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny_weights import EMBEDDER, NORMALIZER, tiny_model, tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.checkpoints import (
    load_model,
    read_pretrained_weights,
    read_trained_config,
    read_training_weights,
)

RUN = 'touch executed'


class Runs:
    """Unpickled, it calls a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def shell(kind='os.system', **fields):
    return {'type': kind, **(fields or {'command': RUN})}


# What the config of a model may not say, by where it is said.
CONFIGS = {
    'model': shell(),
    'builtin': shell('builtins.exec', object=f'import os; os.system({RUN!r})'),
    'eval': shell('builtins.eval', source=f'__import__("os").system({RUN!r})'),
    'popen': shell('subprocess.Popen', args=RUN, shell=True),
    'run': shell('subprocess.run', args=RUN, shell=True),
    'subclass': {**NORMALIZER, 'type': 'mmposenorm.PoseNormalizer'},
    'scope': {**NORMALIZER, '_scope_': 'mmengine'},
    'import': {**NORMALIZER, 'custom_imports': {'imports': ['evil']}},
    'encoder': {**NORMALIZER, 'encoder': shell()},
    'head': {**NORMALIZER, 'head': shell()},
    'head_type': {**NORMALIZER, 'head': {'type': 'os.system'}},
    'uncertainty': {**NORMALIZER, 'uncertainty': shell()},
    'loss': {**NORMALIZER, 'losses': {'recon': shell()}},
    'loss_field': {
        **NORMALIZER,
        'losses': {'recon': {'type': 'PositionLoss', 'loss_weight': shell()}},
    },
    'init_cfg': {
        **NORMALIZER,
        'init_cfg': {'type': 'Pretrained', 'checkpoint': 'payload.pth'},
    },
    'preprocessor': {**NORMALIZER, 'data_preprocessor': shell()},
    'file': {**NORMALIZER, 'condition_skeleton': '/etc/passwd'},
    'normalizer': {**EMBEDDER, 'normalizer': shell()},
    'miner': {**EMBEDDER, 'miner': shell()},
    'window': {
        **EMBEDDER,
        'encoder': {'type': 'TemporalWindowEncoder', 'encoder': shell()},
    },
    'start': {
        'type': 'RetrievalEmbedder',
        'encoder': NORMALIZER['encoder'],
        'loss': {'type': 'RetrievalLoss'},
        'start_from': {'checkpoint': 'payload.pth', 'prefix': 'encoder'},
    },
    'lifter': {'type': 'LiftedPoseNormalizer', 'lifter': shell()},
    'mmpose_config': {
        'type': 'LiftedPoseNormalizer',
        'lifter': {'type': 'MMPoseLifter', 'config': 'payload.py'},
    },
    'mmpose_checkpoint': {
        'type': 'LiftedPoseNormalizer',
        'lifter': {
            'type': 'MMPoseLifter',
            'config': 'mmpose::body_3d_keypoint/video_pose_lift/h36m/'
            'video-pose-lift_tcn-27frm-supv_8xb128-160e_h36m.py',
            'checkpoint': 'payload.pth',
        },
    },
    'mmpose_backbone': {
        'type': 'LiftedPoseNormalizer',
        'lifter': {
            'type': 'TemporalLifter',
            'backbone': shell('mmpose.TCN', init_cfg=shell()),
            'head': shell(),
        },
    },
    'inferencer': {'type': 'InferredPoses', 'config': 'payload.py'},
}
PICKLES = {
    'system': Runs(os.system, RUN),
    'exec': Runs(exec, f'import os; os.system({RUN!r})'),
    'eval': Runs(eval, f'__import__("os").system({RUN!r})'),
    'import': Runs(__import__, 'payload'),
    'write': Runs(open, 'executed', 'w'),
    'numpy': Runs(np.load, 'payload.npy', None, True),
    'loads': Runs(pickle.loads, pickle.dumps(Runs(os.system, RUN))),
}
PLACES = ('state_dict', 'meta', 'weight', 'top')  # of a pickle in a file


@pytest.fixture(autouse=True)
def watched(tmp_path, monkeypatch):
    """Work where payloads lie that leave a file behind if they run."""
    monkeypatch.chdir(tmp_path)
    runs = Runs(os.system, RUN)
    torch.save({'state_dict': runs}, 'payload.pth')
    (tmp_path / 'payload.npy').write_bytes(pickle.dumps(runs))
    (tmp_path / 'payload.py').write_text(f'import os\nos.system({RUN!r})\n')
    yield
    assert not (tmp_path / 'executed').exists()


def described(config):
    """Write a file of weights that describes a model."""
    content = torch.load(tiny_weights('described.pth'), weights_only=True)
    content['meta'] = {'model': json.dumps(config)}
    torch.save(content, 'described.pth')
    return 'described.pth'


def test_the_payloads_would_run_and_are_thirty_or_more(tmp_path):
    assert len(CONFIGS) + len(PLACES) * len(PICKLES) >= 30
    torch.load('payload.pth', weights_only=False)
    (tmp_path / 'executed').unlink()


@pytest.mark.parametrize('config', CONFIGS.values(), ids=CONFIGS)
def test_a_described_payload_is_refused(config):
    path = described(config)
    for trust in (False, True):
        with pytest.raises(ValueError, match='describes a model that weights may not'):
            PoseNormInferencer(checkpoint=path, device='cpu', trust=trust)


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('payload', PICKLES.values(), ids=PICKLES)
def test_a_pickled_payload_is_refused(payload, place):
    content = torch.load(tiny_weights('pickled.pth'), weights_only=True)
    if place == 'weight':
        content['state_dict']['encoder.expand.weight'] = payload
    elif place == 'top':
        content = payload
    else:
        content[place] = payload
    torch.save(content, 'pickled.pth')
    with pytest.raises(ValueError, match='more than weights'):
        load_model('pickled.pth')
    Config({'model': NORMALIZER}).dump('config.py')
    with pytest.raises(ValueError, match=r'more than weights.*--trust-checkpoint'):
        load_model('pickled.pth', 'config.py')
    with pytest.raises(ValueError, match='more than weights'):
        read_training_weights('pickled.pth', trust=False)


def test_the_config_of_a_run_is_a_program_and_needs_trust():
    content = {'state_dict': {}, 'meta': {'cfg': f'import os\nos.system({RUN!r})\n'}}
    torch.save(content, 'run.pth')
    assert read_trained_config('run.pth', trust=False) is None


def change(config, **fields):
    return {**config, 'encoder': {**config['encoder'], **fields}}


@pytest.mark.parametrize(
    ('config', 'words'),
    [
        ([], r'model is of type \[\]; expected PoseNormalizer or'),
        ('PoseNormalizer', "model is of type 'PoseNormalizer'; expected"),
        ({}, 'model is of type None'),
        ({'type': ['PoseNormalizer']}, r"model is of type \['PoseNormalizer'\]"),
        ({'type': 'PoseNormalizer'}, "model of type PoseNormalizer has no 'encoder'"),
        ({**NORMALIZER, 'losses': []}, r'model.losses is \[\]; expected an object'),
        ({**NORMALIZER, 'fps': 0}, 'model.fps is 0; expected a number from 1 to 1000'),
        ({**NORMALIZER, 'fps': float('nan')}, 'model.fps is nan'),
        ({**NORMALIZER, 'fps': 10**400}, r'model.fps is 10+\.\.\.; expected'),
        ({**NORMALIZER, 'skeleton': 'a/b'}, 'expected extended or rigid'),
        (
            {**NORMALIZER, 'flip_test': 1},
            'model.flip_test is 1; expected true or false',
        ),
        (change(NORMALIZER, channels=10**6), 'from 1 to 4096'),
        (change(NORMALIZER, channels=True), 'encoder.channels is True'),
        (change(NORMALIZER, dilations=[1] * 99), 'a list of at most 16'),
        (change(NORMALIZER, in_channels=50), 'expected a whole number from 51 to 51'),
    ],
)
def test_what_a_config_may_not_say_is_named(config, words):
    with pytest.raises(ValueError, match=words):
        load_model(described(config))


@pytest.mark.parametrize('depth', [500, 100_000])
def test_a_deep_config_is_refused(depth):
    content = torch.load(tiny_weights('deep.pth'), weights_only=True)
    content['meta'] = {'model': '[' * depth + ']' * depth}
    torch.save(content, 'deep.pth')
    with pytest.raises(ValueError, match='describes a model that weights may not'):
        load_model('deep.pth')


def test_shapes_are_compared_before_the_model_takes_memory(monkeypatch):
    path = described(change(NORMALIZER, channels=4096, dilations=[1] * 16))
    devices = []
    empty = torch.nn.Linear.reset_parameters
    monkeypatch.setattr(
        torch.nn.Linear,
        'reset_parameters',
        lambda layer: (devices.append(layer.weight.device.type), empty(layer)),
    )
    with pytest.raises(ValueError, match=r'\d+ weights are of another shape'):
        load_model(path)
    assert set(devices) == {'meta'}


def test_a_flipped_bit_never_changes_weights(tmp_path):
    path = tiny_weights(tmp_path / 'flipped.pth')
    good = path.read_bytes()
    for place in range(200, len(good), 997):
        flipped = bytearray(good)
        flipped[place] ^= 16
        path.write_bytes(flipped)
        try:
            loaded = load_model(path)
        except ValueError:
            continue  # the rest of a file is padding and names
        for name, weight in tiny_model(NORMALIZER).state_dict().items():
            assert torch.equal(weight, loaded.state_dict()[name])


def test_weights_that_were_changed_do_not_match_their_digest():
    content = torch.load(tiny_weights('changed.pth'), weights_only=True)
    content['state_dict']['encoder.expand.weight'][0, 0] += 1
    torch.save(content, 'changed.pth')
    with pytest.raises(ValueError, match='was changed after it was written'):
        load_model('changed.pth')


def test_files_without_a_digest_still_load():
    content = torch.load(tiny_weights('old.pth'), weights_only=True)
    del content['meta']['sha256']
    torch.save(content, 'old.pth')
    load_model('old.pth')


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_weights_that_are_not_finite_are_refused(value):
    state_dict = tiny_model(NORMALIZER).state_dict()
    state_dict['head.linear.bias'][0] = value
    torch.save({'state_dict': state_dict}, 'nan.pth')
    Config({'model': NORMALIZER}).dump('config.py')
    for trust in (False, True):
        with pytest.raises(ValueError, match=r'values in head\.linear\.bias that'):
            load_model('nan.pth', 'config.py', trust)


@pytest.mark.parametrize(
    'weight',
    [
        torch.eye(3).to_sparse(),
        torch.empty(3, device='meta'),
        torch.zeros(3, dtype=torch.complex64),
        torch.nn.Parameter(torch.zeros(3)),
        {'nested': torch.zeros(3)},
        1.0,
    ],
    ids=['sparse', 'meta', 'complex', 'parameter', 'dict', 'float'],
)
def test_what_is_no_plain_tensor_is_refused(weight):
    torch.save({'state_dict': OrderedDict(a=weight)}, 'odd.pth')
    with pytest.raises(ValueError, match="has an entry 'a' that is no weight"):
        load_model('odd.pth')


def test_a_view_that_repeats_its_memory_is_refused():
    torch.save({'state_dict': {'a': torch.zeros(1).expand(2**40)}}, 'view.pth')
    with pytest.raises(ValueError, match='is damaged'):
        load_model('view.pth')


def test_an_archive_that_unpacks_to_more_is_refused():
    tiny_weights('small.pth')
    with (
        zipfile.ZipFile('small.pth') as small,
        zipfile.ZipFile('bomb.pth', 'w', zipfile.ZIP_DEFLATED) as bomb,
    ):
        for member in small.infolist():
            bomb.writestr(member.filename, small.read(member))
        bomb.writestr('small/data/999', bytes(10**7))
    with pytest.raises(ValueError, match='is damaged'):
        load_model('bomb.pth')


def test_pretrained_weights_are_trusted_as_their_config_is():
    content = {'state_dict': {'a': torch.ones(1)}, 'hook': print}
    torch.save(content, 'run.pth')
    assert read_pretrained_weights({'checkpoint': 'run.pth'})['a'] == 1
