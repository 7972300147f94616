import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny_weights import EMBEDDER, NORMALIZER, tiny_model

from mmposenorm import PoseNormInferencer

KEYPOINTS = np.random.default_rng(0).normal(size=(6, 17, 2))


@pytest.fixture
def export(in_process):
    """Return a function that runs the tool."""

    def run(*arguments):
        in_process('export_weights.py', *arguments)

    return run


def training_run(folder, name, config):
    """Write the config and the checkpoint of a training run."""
    paths = folder / f'{name}.py', folder / f'{name}.pth'
    Config({'model': config}).dump(paths[0])
    torch.save({'state_dict': tiny_model(config).state_dict()}, paths[1])
    return paths


def say_trained_as(checkpoint, config):
    """Write into a checkpoint what MMEngine's runner does."""
    content = torch.load(checkpoint)
    text = Config({'model': config, 'work_dir': 'work_dirs/e_q'}).pretty_text
    torch.save(content | {'meta': {'cfg': text, 'iter': 1}}, checkpoint)


def poses_of(*arguments):
    return PoseNormInferencer(*arguments, device='cpu')(KEYPOINTS).normalized_poses


@pytest.mark.parametrize('tool', ['test.py', 'export_weights.py'])
def test_checkpoints_that_can_run_code_must_be_trusted(in_process, tmp_path, tool):
    config, checkpoint = training_run(tmp_path, 'e_q', NORMALIZER)
    torch.save(torch.load(checkpoint) | {'hook': print}, checkpoint)
    more = [tmp_path / 'out.pth'] if tool == 'export_weights.py' else []
    with pytest.raises(SystemExit, match=r'more than weights.*--trust-checkpoint'):
        in_process(tool, config, checkpoint, *more)
    if more:
        in_process(tool, config, checkpoint, *more, '--trust-checkpoint')
        assert more[0].is_file()


def test_checkpoints_from_elsewhere_must_be_trusted(in_process, tmp_path):
    config, _ = training_run(tmp_path, 'e_q', NORMALIZER)
    with pytest.raises(SystemExit, match=r'not on this computer.*--trust-checkpoint'):
        in_process('test.py', config, 'http://127.0.0.1:1/run.pth')


@pytest.mark.parametrize('half', [False, True])
def test_exported_weights_give_the_same_poses(export, tmp_path, half, capsys):
    run = training_run(tmp_path, 'e_q', NORMALIZER)
    out = tmp_path / 'out.pth'
    export(*run, out, *(['--half'] if half else []))
    assert capsys.readouterr().out.startswith(f'Wrote {out} (')
    np.testing.assert_allclose(
        poses_of(None, out), poses_of(*run), atol=1e-2 if half else 1e-6
    )


def test_embedder_and_normalizer_are_joined(export, tmp_path):
    normalizer = training_run(tmp_path, 'e_q', NORMALIZER)
    embedder = training_run(tmp_path, 'e_p', EMBEDDER | {'normalizer': None})
    out = tmp_path / 'out.pth'
    export(*embedder, out, '--normalizer', *normalizer)
    joined = PoseNormInferencer(checkpoint=out, device='cpu')(KEYPOINTS)
    assert joined.pose_features.shape == (6, 64)
    np.testing.assert_allclose(
        joined.normalized_poses, poses_of(*normalizer), atol=1e-6
    )


def test_what_inference_cannot_use_is_not_left_behind(export, tmp_path):
    config, checkpoint = training_run(tmp_path, 'e_p', EMBEDDER | {'normalizer': None})
    out = tmp_path / 'out' / 'out.pth'
    with pytest.raises(SystemExit, match=r'e_p\.pth .*without a normalizer'):
        export(config, checkpoint, out)
    assert not list(out.parent.iterdir())


def test_an_earlier_export_survives_one_that_fails(export, tmp_path):
    out = tmp_path / 'out.pth'
    export(*training_run(tmp_path, 'e_q', NORMALIZER), out)
    good = out.read_bytes()
    wider = NORMALIZER | {'encoder': NORMALIZER['encoder'] | {'channels': 32}}
    _, checkpoint = training_run(tmp_path, 'wide', wider)
    with pytest.raises(SystemExit, match=r'wide\.pth does not fit the model') as told:
        export(tmp_path / 'e_q.py', checkpoint, out)
    assert 'out' not in str(told.value).replace(str(tmp_path), '')
    assert out.read_bytes() == good


def test_a_normalizer_that_does_not_fit_is_named(export, tmp_path):
    config, _ = training_run(tmp_path, 'e_q', NORMALIZER)
    wider = NORMALIZER | {'encoder': NORMALIZER['encoder'] | {'channels': 32}}
    _, checkpoint = training_run(tmp_path, 'wide', wider)
    embedder = training_run(tmp_path, 'e_p', EMBEDDER | {'normalizer': None})
    with pytest.raises(SystemExit, match=r'wide\.pth does not fit .*normalizer\.'):
        export(*embedder, tmp_path / 'out.pth', '--normalizer', config, checkpoint)


def test_nothing_that_is_given_is_written_over(export, tmp_path):
    normalizer = training_run(tmp_path, 'e_q', NORMALIZER)
    embedder = training_run(tmp_path, 'e_p', EMBEDDER | {'normalizer': None})
    link = tmp_path / 'link.pth'
    link.symlink_to(embedder[1])
    for out in (embedder[1], link, normalizer[1]):
        before = out.read_bytes()
        with pytest.raises(SystemExit, match='would overwrite the input'):
            export(*embedder, out, '--normalizer', *normalizer)
        assert out.read_bytes() == before


def test_a_folder_to_write_is_refused(export, tmp_path):
    run = training_run(tmp_path, 'e_q', NORMALIZER)
    with pytest.raises(SystemExit, match='is a folder; expected a file to write'):
        export(*run, tmp_path)


def test_missing_checkpoint_is_named(export, tmp_path):
    config, _ = training_run(tmp_path, 'e_q', NORMALIZER)
    with pytest.raises(SystemExit, match=r'none\.pth not found'):
        export(config, tmp_path / 'none.pth', tmp_path / 'out.pth')


def test_what_was_trained_otherwise_than_the_config_says_is_told(
    export, tmp_path, capsys
):
    config, checkpoint = training_run(tmp_path, 'e_q', NORMALIZER)
    trained = NORMALIZER | {'fps': 25, 'losses': {'recon': {'type': 'PositionLoss'}}}
    trained['encoder'] = NORMALIZER['encoder'] | {'dilations': (1, 3)}
    say_trained_as(checkpoint, trained)
    export(config, checkpoint, tmp_path / 'out.pth', '--trust-checkpoint')
    assert capsys.readouterr().err == (
        f'{config} is not what {checkpoint} was trained with: model.encoder.dilations '
        'was [1, 3] and becomes [1, 2]; model.fps was 25 and becomes the default. To '
        'keep the trained model, give the config in its work folder.\n'
    )


@pytest.mark.parametrize('other', [{}, {'losses': {'recon': {'type': 'PositionLoss'}}}])
def test_nothing_is_told_where_inference_sees_no_difference(
    export, tmp_path, capsys, other
):
    config, checkpoint = training_run(tmp_path, 'e_q', NORMALIZER)
    say_trained_as(checkpoint, NORMALIZER | other)
    export(config, checkpoint, tmp_path / 'out.pth', '--trust-checkpoint')
    assert not capsys.readouterr().err


def test_of_a_joined_model_each_half_is_compared_with_its_own_config(
    export, tmp_path, capsys
):
    normalizer = training_run(tmp_path, 'e_q', NORMALIZER)
    say_trained_as(normalizer[1], NORMALIZER | {'flip_test': True})
    embedder = training_run(tmp_path, 'e_p', EMBEDDER | {'normalizer': None})
    # Its own normalizer is replaced: what it was does not matter.
    say_trained_as(embedder[1], EMBEDDER | {'normalizer': {'fps': 20}})
    out = tmp_path / 'out.pth'
    export(*embedder, out, '--normalizer', *normalizer, '--trust-checkpoint')
    [told] = capsys.readouterr().err.splitlines()
    assert told.startswith(f'{normalizer[0]} is not what {normalizer[1]}')
    assert 'model.flip_test was True and becomes the default.' in told


def test_an_exported_file_says_what_it_was_trained_as_too(export, tmp_path, capsys):
    run = training_run(tmp_path, 'e_q', NORMALIZER | {'fps': 25.0})
    export(*run, tmp_path / 'full.pth')
    config, _ = training_run(tmp_path, 'other', NORMALIZER | {'fps': 50.0})
    export(config, tmp_path / 'full.pth', tmp_path / 'half.pth', '--half')
    assert 'model.fps was 25.0 and becomes 50.0.' in capsys.readouterr().err
