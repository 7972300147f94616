"""Tests of tools/show_normalization.py on synthetic clips."""

import importlib.util
import json
import sys

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_LEFT, H36M_RIGHT
from mmposenorm.visualization import LEFT_COLOR, RIGHT_COLOR

NUM_FRAMES, FPS = 30, 25.0
WIDTH, HEIGHT, TITLES = 240, 304, 28  # of a panel, and the height of the titles

CONFIG = """
default_scope = 'mmposenorm'
model = dict(
    type='PoseNormalizer',
    encoder=dict(type='TemporalConvEncoder', channels=8, dilations=(1, )),
    losses=dict(recon=dict(type='PositionLoss')),
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        test_transforms=[dict(type='ViewClip'), dict(type='NormalizeKeypoints')],
    ),
)
test_dataloader = dict(dataset=dict(
    type='MocapClips',
    ann_file='{folder}/test.npz',
    test_mode=True,
    views=(180, ),
    variants=('bone_scaled', 'original'),
    pipeline=[dict(type='PackPoseClip')],
))
"""


@pytest.fixture(scope='module')
def tool(repository):
    """Return the tool as a module."""
    path = repository / 'tools' / 'show_normalization.py'
    spec = importlib.util.spec_from_file_location('show_normalization', path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def person_raising_an_arm():
    """Return a person who faces +z and raises the left arm, (T, 17, 3) in metres."""
    pose = np.zeros((17, 3), dtype=np.float32)
    pose[list(H36M_LEFT), 0], pose[list(H36M_RIGHT), 0] = 0.15, -0.15
    pose[[3, 6], 1], pose[[2, 5], 1], pose[[0, 1, 4], 1] = 0.0, 0.45, 0.9
    pose[[7, 8, 9, 10], 1] = 1.15, 1.4, 1.5, 1.7
    pose[[11, 14], 1], pose[[12, 15], 1], pose[[13, 16], 1] = 1.4, 1.1, 0.85
    poses = pose.repeat(NUM_FRAMES).reshape(17, 3, NUM_FRAMES).transpose(2, 0, 1).copy()
    for keypoint, length in ((12, 0.3), (13, 0.55)):
        angle = np.linspace(-0.5, 0.4, NUM_FRAMES) * np.pi
        poses[:, keypoint, 0] = 0.15 + length * np.cos(angle)
        poses[:, keypoint, 1] = 1.4 + length * np.sin(angle)
    return poses


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a config and a data set of two trials."""
    trials = {key: person_raising_an_arm() for key in ('01_01', '01_02')}
    np.savez(tmp_path / 'test.npz', **trials)
    index = [{'key': k, 'fps': FPS, 'subject': 1, 'label': 'raise'} for k in trials]
    (tmp_path / 'index.json').write_text(json.dumps(index))
    (tmp_path / 'config.py').write_text(CONFIG.format(folder=tmp_path))
    return tmp_path


@pytest.fixture
def run(tool, folder, monkeypatch):
    """Return a function that runs the tool and gives what it wrote."""

    def run(*arguments):
        line = ['show_normalization.py', folder / 'config.py', *arguments]
        line += ['--out-dir', folder / 'out']
        monkeypatch.setattr(sys, 'argv', [str(word) for word in line])
        tool.main()
        return sorted((folder / 'out').iterdir())

    return run


@pytest.fixture
def checkpoint(folder):
    model = MODELS.build(Config.fromfile(folder / 'config.py').model)
    path = folder / 'weights.pth'
    torch.save({'state_dict': model.state_dict()}, path)
    return path


def panel(picture, row, column):
    top, left = TITLES + row * HEIGHT, column * WIDTH
    return picture[top : top + HEIGHT, left : left + WIDTH]


def mean_x(image, color):
    return np.nonzero((image == color).all(axis=-1))[1].mean()


def test_ground_truth_is_drawn(run):
    video, picture = run('--ground-truth', '--clip', '01_02', '--frames', 3)
    assert (picture.name, video.name) == ('01_02.png', '01_02.mp4')
    image = cv2.imread(str(picture))[..., ::-1]
    assert image.shape == (TITLES + 3 * HEIGHT, 6 * WIDTH, 3)
    for row in range(3):
        # From behind, the left is on the left, unless the pose is turned to the front.
        sides = [
            np.sign(mean_x(view, LEFT_COLOR) - mean_x(view, RIGHT_COLOR))
            for view in (panel(image, row, column) for column in range(6))
        ]
        assert sides == [-1, 1, -1, 1, -1, 1]


def test_the_video_has_every_frame_at_the_speed_of_the_clip(run):
    video, _ = run('--ground-truth')
    capture = cv2.VideoCapture(str(video))
    assert capture.get(cv2.CAP_PROP_FPS) == 50  # resampled from 25
    count = 0
    while capture.read()[0]:
        count += 1
    assert count == 2 * NUM_FRAMES - 1


def test_a_model_is_drawn(run, checkpoint):
    _, picture = run(checkpoint, '--frames', 2)
    image = cv2.imread(str(picture))[..., ::-1]
    assert image.shape == (TITLES + 2 * HEIGHT, 6 * WIDTH, 3)
    for column in range(6):
        assert mean_x(panel(image, 1, column), LEFT_COLOR) > 0


def test_a_missing_root_is_replaced_by_the_middle(tool):
    keypoints, visible = np.full((2, 17, 2), 9.0), np.zeros((2, 17))
    keypoints[:, 3], keypoints[:, 4] = (0, 2), (4, 6)
    visible[:, 3:5] = 1
    visible[1, 0] = 1
    np.testing.assert_array_equal(tool.anchor(keypoints, visible), [[[2, 4]], [[9, 9]]])


def test_an_unknown_clip_is_named_with_those_there_are(run, folder):
    with pytest.raises(SystemExit, match=r"no clip '07_01'; it has 2: 01_01, 01_02\."):
        run('--ground-truth', '--clip', '07_01')
    assert not (folder / 'out').exists()


def test_a_missing_checkpoint_is_named(run):
    with pytest.raises(SystemExit, match=r'nowhere\.pth not found'):
        run('nowhere.pth')


def test_a_checkpoint_of_another_model_is_refused(run, folder, checkpoint):
    config = (folder / 'config.py').read_text()
    (folder / 'config.py').write_text(config.replace('channels=8', 'channels=16'))
    with pytest.raises(SystemExit, match=r'weights\.pth does not fit the model'):
        run(checkpoint)


def test_data_without_cameras_is_refused(run):
    option = 'test_dataloader.dataset.test_mode=False'
    with pytest.raises(SystemExit, match='has no cameras'):
        run('--ground-truth', '--cfg-options', option)


def test_either_a_checkpoint_or_the_ground_truth(run, capsys):
    with pytest.raises(SystemExit):
        run('a.pth', '--ground-truth')
    assert 'expected either a checkpoint or --ground-truth' in capsys.readouterr().err


def test_without_a_checkpoint_the_weights_are_those_that_ship(run):
    # They do not fit the small model of this config.
    with pytest.raises(SystemExit, match='that ships does not fit the model'):
        run()


def test_the_views_of_a_frame_are_below_one_another(run):
    # Seen from the front and from behind, in two frames.
    views = ('--cfg-options', 'test_dataloader.dataset.views=[0,180]')
    _, picture = run('--ground-truth', '--frames', 2, *views)
    image = cv2.imread(str(picture))[..., ::-1]
    assert image.shape == (TITLES + 4 * HEIGHT, 6 * WIDTH, 3)
    for row, side in enumerate((1, -1, 1, -1)):
        view = panel(image, row, 0)
        assert np.sign(mean_x(view, LEFT_COLOR) - mean_x(view, RIGHT_COLOR)) == side
    # The normalized poses of both views are the same.
    normalized = [panel(image, row, 5) for row in range(4)]
    np.testing.assert_array_equal(normalized[0], normalized[1])
    np.testing.assert_array_equal(normalized[2], normalized[3])


def test_an_interrupted_video_leaves_no_part(tool, run, folder, monkeypatch):
    def interrupted(rows, *_):
        yield next(rows)
        raise KeyboardInterrupt

    monkeypatch.setattr(tool, 'tqdm', interrupted)
    with pytest.raises(KeyboardInterrupt):
        run('--ground-truth')
    assert [file.suffix for file in (folder / 'out').iterdir()] == ['.png']


def test_help_has_an_example(tool, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['show_normalization.py', '--help'])
    with pytest.raises(SystemExit):
        tool.main()
    assert 'python tools/show_normalization.py configs/' in capsys.readouterr().out
