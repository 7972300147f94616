from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from mmposenorm import sample_clips


@pytest.fixture
def no_samples(tmp_path, monkeypatch):
    """Work where there is neither a data folder nor a cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.fixture
def _made_up_wheel(monkeypatch):
    monkeypatch.setattr(sample_clips, '_check', lambda wheel: None)


@pytest.mark.usefixtures('no_samples', '_made_up_wheel')
def test_sample_clips_are_fetched_once(monkeypatch):
    def download(command, **_):
        folder = Path(command[command.index('--dest') + 1])
        with ZipFile(folder / 'pose2sim.whl', 'w') as wheel:
            for clip in ('Demo_SinglePerson', 'Demo_Batch/Trial_2'):
                for number in range(1, 5):
                    name = f'Pose2Sim/{clip}/videos/cam0{number}.mp4'
                    wheel.writestr(name, f'{number} of {clip}')
        return SimpleNamespace(stderr='')

    monkeypatch.setattr(sample_clips.subprocess, 'run', download)
    clips = sample_clips.sample_clips()
    assert [clip.read_text()[0] for clip in clips] == ['1', '2']
    monkeypatch.setattr(sample_clips.subprocess, 'run', None)
    assert sample_clips.sample_clips() == clips
    second = sample_clips.four_views('pose2sim_trial_2')
    assert second[3].read_text() == '4 of Demo_Batch/Trial_2'


@pytest.mark.usefixtures('no_samples')
def test_sample_clips_that_cannot_be_fetched_are_said_so(monkeypatch):
    failed = SimpleNamespace(stderr='warning\nERROR: no network\n')
    monkeypatch.setattr(sample_clips.subprocess, 'run', lambda *_, **__: failed)
    with pytest.raises(FileNotFoundError, match=r'ERROR: no network.*Name two videos'):
        sample_clips.sample_clips()


@pytest.mark.usefixtures('no_samples')
def test_sample_clips_of_the_data_folder_come_first(tmp_path):
    folder = tmp_path / 'data' / 'clips' / 'pose2sim_balance'
    folder.mkdir(parents=True)
    for number in range(1, 5):
        (folder / f'cam0{number}.mp4').touch()
    assert [path.name for path in sample_clips.sample_clips()] == [
        'cam01.mp4',
        'cam02.mp4',
    ]


@pytest.mark.usefixtures('no_samples', '_made_up_wheel')
def test_a_wheel_without_the_videos_leaves_nothing_half_done(tmp_path, monkeypatch):
    def download(command, **_):
        folder = Path(command[command.index('--dest') + 1])
        with ZipFile(folder / 'pose2sim.whl', 'w') as wheel:
            wheel.writestr('Pose2Sim/Demo_SinglePerson/videos/cam01.mp4', 'one of four')
        return SimpleNamespace(stderr='')

    monkeypatch.setattr(sample_clips.subprocess, 'run', download)
    with pytest.raises(FileNotFoundError, match='could not be downloaded'):
        sample_clips.sample_clips()
    files = [path.name for path in (tmp_path / 'cache').rglob('*') if path.is_file()]
    assert files == ['cam01.mp4']  # complete, and not taken for a clip of four views
    with pytest.raises(FileNotFoundError, match='could not be downloaded'):
        sample_clips.four_views('pose2sim_balance')


@pytest.mark.usefixtures('no_samples')
def test_another_wheel_than_the_one_that_was_seen_is_refused(tmp_path, monkeypatch):
    def download(command, **_):
        folder = Path(command[command.index('--dest') + 1])
        (folder / 'pose2sim.whl').write_bytes(b'something else')
        return SimpleNamespace(stderr='')

    monkeypatch.setattr(sample_clips.subprocess, 'run', download)
    # printf 'something else' | sha256sum
    with pytest.raises(
        FileNotFoundError, match=r'digest is f41f3fa6.* expected 403e0dc4'
    ):
        sample_clips.sample_clips()
    assert not (tmp_path / 'cache').exists()
