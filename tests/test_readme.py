"""What README.md tells users to type works."""

import re
import runpy
import shlex
import sys
from itertools import islice

import cv2
import numpy as np
import pytest
from mmengine.runner import CheckpointLoader

from mmposenorm.keypoints.video import Video

NARROW = '--cfg-options model.encoder.channels=32'
FEW_STEPS = (
    'train_cfg.max_iters=2 train_cfg.val_interval=2 '
    'train_dataloader.batch_size=2 train_dataloader.dataset.pipeline.0.length=8 '
    'optim_wrapper.optimizer.smallest=32'
)
CODEC = cv2.VideoWriter_fourcc(*'mp4v')
LAST = 'iter_1953.pth'  # of posenorm_cmu_small.py


@pytest.fixture(scope='module')
def readme(repository):
    return (repository / 'README.md').read_text()


def blocks(readme, language=''):
    """Return the code blocks in a language."""
    found = re.findall(r'^```(\w*)\n(.*?)^```$', readme, re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


def commands(readme):
    """Return the shell commands, each a list of words, comments left out."""
    text = '\n'.join(blocks(readme)).replace('\\\n', ' ')
    lines = [shlex.split(line, comments=True) for line in text.splitlines()]
    return [words for words in lines if words]


def test_all_commands_are_of_kinds_that_are_tested(readme, repository):
    targets = re.search(r'^\.PHONY: (.*)$', (repository / 'Makefile').read_text(), re.M)
    for program, *words in commands(readme):
        if program == 'make':
            assert words[0] in targets[1].split(), words
        elif program in ('python', 'bash'):
            assert (repository / words[0]).is_file(), words
        elif program == 'mmposenorm':
            module = repository / 'mmposenorm' / 'cli' / f'{words[0]}.py'
            assert module.is_file(), words
        else:
            assert (program, *words) == ('source', '.venv/bin/activate')


def test_links_lead_somewhere(readme, repository):
    links = re.findall(r'\]\((?!https?:)([^)#]+)', readme)
    assert len(links) > 5
    assert [link for link in links if not (repository / link).exists()] == []


def test_training_evaluating_and_drawing_as_written(
    readme, repository, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(CheckpointLoader, '_schemes', {**CheckpointLoader._schemes})
    chain = [words for words in commands(readme) if words[:1] == ['python']]
    chain = [words[1:] for words in chain if words[1].startswith('tools/')]
    assert [words[0] for words in chain] == [
        'tools/dataset_converters/synthetic.py',
        'tools/train.py',
        'tools/test.py',
        'tools/show_normalization.py',
    ]
    for script, *words in chain:
        arguments = [
            str(repository / word)
            if word.startswith('configs/')
            else word.replace(LAST, 'iter_2.pth')
            for word in words
        ]
        if words[0].startswith('configs/'):
            arguments += NARROW.split()
        if script == 'tools/train.py':
            arguments += FEW_STEPS.split()
        monkeypatch.setattr(sys, 'argv', [script, *arguments])
        runpy.run_path(str(repository / script), run_name='__main__')
    assert list(tmp_path.rglob('*.png'))


def test_the_lines_of_python_run(readme, shared_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clip = Video(shared_data / 'clips' / 'mmhuman3d_basketball.mp4')
    writer = cv2.VideoWriter('mine.mp4', CODEC, 25, clip.image_size)
    for _, image in islice(clip, 12):  # more would take longer
        writer.write(image)
    writer.release()
    generator = np.random.default_rng(0)
    walk = generator.normal(size=(1, 17, 2)) * 50 + generator.normal(size=(40, 17, 2))
    np.save('theirs.npy', walk.astype(np.float32) + 300)
    np.save('lifted.npy', generator.normal(size=(5, 17, 3)).astype(np.float32))
    [lines] = blocks(readme, 'python')
    names = {}
    exec(lines, names)
    assert names['poses'].shape == (5, 17, 3)
    assert names['comparison'].alignment.matches.shape == (12,)
