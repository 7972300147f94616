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
    run = training_run(tmp_path, 'e_p', EMBEDDER | {'normalizer': None})
    out = tmp_path / 'out.pth'
    with pytest.raises(SystemExit, match='without a normalizer'):
        export(*run, out)
    assert not out.exists()


def test_missing_checkpoint_is_named(export, tmp_path):
    config, _ = training_run(tmp_path, 'e_q', NORMALIZER)
    with pytest.raises(SystemExit, match=r'none\.pth not found'):
        export(config, tmp_path / 'none.pth', tmp_path / 'out.pth')
