import pytest

from mmposenorm.datasets import H36MClips, MocapClips, PennAction


def test_all_formats_are_written_and_read(run_tool, tmp_path):
    said = run_tool('synthetic', tmp_path, '--num-frames', 40)
    assert said.startswith('Wrote made-up cmu_h36m17, mocap,')
    assert len(MocapClips(tmp_path / 'cmu_h36m17' / 'train.npz')) == 16 * 40
    assert len(MocapClips(tmp_path / 'cmu_h36m17' / 'test.npz')) == 4 * 40
    assert len(H36MClips(tmp_path / 'h36m')) == 4 * 4 * 40
    run_tool('cmu_asf_amc', tmp_path / 'cmu_raw', tmp_path / 'converted')
    assert len(MocapClips(tmp_path / 'converted' / 'train.npz').clips) == 2
    assert len(PennAction(tmp_path / 'penn_action', split='all')) == 3 * 8


@pytest.mark.parametrize('num_frames', [-5, 0, 1])
def test_clips_without_motion_are_refused(run_tool, tmp_path, capsys, num_frames):
    with pytest.raises(SystemExit):
        run_tool('synthetic', tmp_path, '--num-frames', num_frames)
    said = f'--num-frames must be at least 2, but is {num_frames}\n'
    assert capsys.readouterr().err.endswith(said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('name', ['cmu_h36m17', 'h36m'])
def test_data_that_is_there_is_not_overwritten(run_tool, tmp_path, capsys, name):
    (tmp_path / name).mkdir()
    with pytest.raises(SystemExit):
        run_tool('synthetic', tmp_path)
    assert f'{name} is there already' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]
