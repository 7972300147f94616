import sys

import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny_weights import EMBEDDER, NORMALIZER, tiny_model

from mmposenorm import PoseNormInferencer

KEYPOINTS = np.random.default_rng(0).normal(size=(6, 17, 2))


@pytest.fixture
def export(repository, monkeypatch, tmp_path):
    """Return what runs the tool, with its last argument but one in the folder."""
    monkeypatch.syspath_prepend(repository / 'tools')
    import export_weights

    def export(*arguments):
        monkeypatch.setattr(sys, 'argv', ['export_weights.py', *map(str, arguments)])
        export_weights.main()

    return export


def training_run(folder, name, config):
    """Write the config and the checkpoint of a training run."""
    paths = folder / f'{name}.py', folder / f'{name}.pth'
    Config({'model': config}).dump(paths[0])
    torch.save({'state_dict': tiny_model(config).state_dict()}, paths[1])
    return paths


def poses_of(*arguments):
    return PoseNormInferencer(*arguments, device='cpu')(KEYPOINTS).normalized_poses


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
        with pytest.raises(SystemExit, match='would be written over'):
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
