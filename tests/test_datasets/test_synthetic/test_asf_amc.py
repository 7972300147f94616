import numpy as np
import pytest

from mmposenorm.datasets.asf_amc import bone_ends, h36m_keypoints, load_amc, load_asf
from mmposenorm.datasets.synthetic import write_synthetic_asf_amc


@pytest.fixture
def folder(tmp_path):
    write_synthetic_asf_amc(tmp_path, subject=7, num_trials=2, num_frames=30)
    return tmp_path


def keypoints(folder, trial):
    skeleton = load_asf(folder / '07.asf')
    motion = load_amc(folder / f'07_{trial:02d}.amc', skeleton)
    return h36m_keypoints(bone_ends(skeleton, motion), skeleton.metres)


def test_a_skeleton_and_its_trials_are_written(folder):
    names = sorted(path.name for path in folder.iterdir())
    assert names == ['07.asf', '07_01.amc', '07_02.amc']


def test_a_person_of_human_size_moves_with_constant_bones(folder):
    clip = keypoints(folder, 1)
    assert clip.shape == (30, 17, 3)
    assert 1.2 < np.ptp(clip[0, :, 1]) < 2.2
    assert np.ptp(clip, axis=0).max() > 0.1
    for joint, parent in ((2, 1), (3, 2), (5, 4), (6, 5), (12, 11), (15, 14)):
        lengths = np.linalg.norm(clip[:, joint] - clip[:, parent], axis=1)
        np.testing.assert_allclose(lengths, lengths[0], rtol=1e-4)


def test_trials_differ_and_the_subject_repeats_them(folder, tmp_path_factory):
    assert np.abs(keypoints(folder, 1) - keypoints(folder, 2)).max() > 0.05
    again = tmp_path_factory.mktemp('again')
    write_synthetic_asf_amc(again, subject=7, num_trials=2, num_frames=30)
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
