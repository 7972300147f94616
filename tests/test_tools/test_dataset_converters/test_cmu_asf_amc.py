import json

import numpy as np
import pytest

from mmposenorm.datasets import MocapClips
from mmposenorm.datasets.synthetic import write_synthetic_asf_amc


def test_the_shared_npz_is_reproduced_from_the_raw_sample(
    run_tool, shared_data, tmp_path
):
    printed = run_tool('cmu_asf_amc', shared_data / 'cmu_raw_sample', tmp_path)
    assert printed.startswith('Wrote 4 trials, 1135 frames to')
    index = json.loads((tmp_path / 'index.json').read_text())
    assert [entry['key'] for entry in index] == ['02_01', '02_02', '02_05', '35_01']
    assert not (tmp_path / 'train.npz').exists()  # subjects 2 and 35 are for testing
    expected = np.load(shared_data / 'cmu_h36m17' / 'test.npz')
    for key, keypoints in np.load(tmp_path / 'test.npz').items():
        np.testing.assert_allclose(keypoints, expected[key], rtol=0, atol=1e-5)


def test_converted_trials_are_read_by_mocap_clips(run_tool, tmp_path):
    write_synthetic_asf_amc(tmp_path / 'raw' / '03', subject=3, num_trials=2)
    write_synthetic_asf_amc(tmp_path / 'raw' / '35', subject=35)
    labels = tmp_path / 'labels.txt'
    labels.write_text('Subject #3 (walk)\n03_01\twalk on uneven terrain\n')
    run_tool('cmu_asf_amc', tmp_path / 'raw', tmp_path / 'out', '--labels', labels)
    train = MocapClips(tmp_path / 'out' / 'train.npz')
    assert [(c.clip_id, c.action) for c in train.clips] == [
        ('03_01', 'walk on uneven terrain'),
        ('03_02', ''),
    ]
    assert len(train) == 2 * 100  # 240 frames at 120 fps are 100 at 50
    assert len(MocapClips(tmp_path / 'out' / 'test.npz').clips) == 1


def test_a_damaged_file_leaves_no_output(run_tool, tmp_path):
    write_synthetic_asf_amc(tmp_path / 'raw', num_trials=2, num_frames=12)
    amc = tmp_path / 'raw' / '01_02.amc'
    amc.write_text(amc.read_text()[:-50])
    with pytest.raises(SystemExit, match=r'01_02\.amc'):
        run_tool('cmu_asf_amc', tmp_path / 'raw', tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_a_skeleton_that_is_not_there_is_named(run_tool, tmp_path):
    write_synthetic_asf_amc(tmp_path)
    (tmp_path / '01.asf').unlink()
    with pytest.raises(SystemExit, match=r'01\.asf not found; 01_01\.amc needs'):
        run_tool('cmu_asf_amc', tmp_path, tmp_path / 'out')


def test_nothing_to_convert_is_said(run_tool, tmp_path):
    with pytest.raises(SystemExit, match=r'contains no NN_TT\.amc. Download subjects'):
        run_tool('cmu_asf_amc', tmp_path, tmp_path / 'out')


@pytest.mark.parametrize('fps', [0, -120, 'nan'])
def test_what_is_no_frame_rate_is_refused(run_tool, tmp_path, fps):
    write_synthetic_asf_amc(tmp_path, num_frames=12)
    with pytest.raises(SystemExit, match='fps must be between 1 and 1000'):
        run_tool('cmu_asf_amc', tmp_path, tmp_path / 'out', '--source-fps', fps)


@pytest.mark.parametrize('out_dir', ['file', 'file/in/it'])
def test_a_file_to_write_into_is_refused_before_anything_is_read(
    run_tool, tmp_path, out_dir
):
    (tmp_path / 'file').touch()
    with pytest.raises(SystemExit, match='file is a file; expected a folder'):
        run_tool('cmu_asf_amc', tmp_path / 'nowhere', tmp_path / out_dir)
