"""A folder that cannot be written to is told before any work, by every program."""

import runpy
import sys
from pathlib import Path

import pytest
from mmengine.registry import DefaultScope
from tiny_weights import NORMALIZER, RETRIEVAL_EMBEDDER, tiny_weights
from waving_people import FPS, people_at, write_clip

from mmposenorm.atomic_files import atomic_path
from mmposenorm.cli import align, extract, index, live, repetitions, report
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import save_people

SMALL = ('--checkpoint', 'tiny.pth')
CONFIG = 'configs/posenorm_cmu_small.py'  # in the repository
COMMANDS = {
    'align': (align, 'a.npz', 'b.npz', '--out-dir', 'disk/out', *SMALL),
    'report': (report, 'a.npz', 'b.npz', '--out', 'disk/report.html', *SMALL),
    'repetitions': (repetitions, 'a.npz', '--out', 'disk/table.csv', *SMALL),
    'extract': (extract, 'videos', '--out-dir', 'disk/found'),
    'index': (index, 'videos', '--out', 'disk/library', '--checkpoint', 'moments.pth'),
    'live': (
        *(live, '--reference', 'a.npz', '--source', 'b.npz'),
        *('--out', 'disk/table.csv', *SMALL),
    ),
}
TOOLS = {
    'train': ('train.py', CONFIG, '--work-dir', 'disk/run'),
    'test': ('test.py', CONFIG, '--work-dir', 'disk/tested'),
    'export_weights': ('export_weights.py', CONFIG, 'tiny.pth', 'disk/weights.pth'),
    'synthetic': ('dataset_converters/synthetic.py', 'disk/data'),
    'show_normalization': (
        *('show_normalization.py', CONFIG, '--ground-truth'),
        *('--out-dir', 'disk/pictures'),
    ),
}
TOLD = r'^\S*disk\S* cannot be written to \(Read-only file system\)\. Choose another'
TOLD += r'|^\S*disk\S*: Read-only file system\. Give another path\.$'


@pytest.fixture
def workplace(read_only, monkeypatch):
    """Work in a folder with all that programs read, beside the one to write to."""
    folder = read_only.parent
    monkeypatch.chdir(folder)
    tiny_weights('tiny.pth', NORMALIZER)
    tiny_weights('moments.pth', RETRIEVAL_EMBEDDER)
    for name in 'ab':
        save_people(f'{name}.npz', people_at(range(20), fps=FPS))
    Path('videos').mkdir()
    write_clip('videos/video.mp4', 8)
    for name in ('train', 'test'):
        data = folder / 'data' / 'cmu_h36m17' / f'{name}.npz'
        write_synthetic_mocap(data, num_clips=2, num_frames=60)
    return folder


@pytest.mark.usefixtures('workplace')
@pytest.mark.parametrize('name', COMMANDS)
def test_commands_tell_before_they_look_for_people(name, monkeypatch):
    module, *arguments = COMMANDS[name]
    called = []
    monkeypatch.setattr(
        PoseNormInferencer, '__call__', lambda *given, **_: called.append(given)
    )
    with pytest.raises(SystemExit, match=TOLD):
        module.main(arguments)
    assert not called


@pytest.mark.usefixtures('workplace')
@pytest.mark.parametrize('name', TOOLS)
def test_tools_tell(name, repository, monkeypatch):
    tool, *arguments = (
        word.replace('configs/', f'{repository}/configs/') for word in TOOLS[name]
    )
    monkeypatch.setattr(sys, 'argv', [tool, *arguments])
    with (
        DefaultScope.overwrite_default_scope('mmposenorm'),
        pytest.raises(SystemExit, match=TOLD),
    ):
        runpy.run_path(str(repository / 'tools' / tool), run_name='__main__')


def test_a_file_is_refused_before_the_work(read_only):
    with (
        pytest.raises(OSError, match=r'disk cannot be written to \(Read-only'),
        atomic_path(read_only / 'file.txt'),
    ):
        pytest.fail('the work began')
