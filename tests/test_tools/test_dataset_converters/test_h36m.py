import pickle
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from mmposenorm.datasets import H36MClips
from mmposenorm.datasets.h36m_annotations import convert_camera
from mmposenorm.datasets.synthetic import H36M_CAMERAS, write_synthetic_h36m
from mmposenorm.geometry.cameras import project

JOINTS = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
SUBJECTS = {'train': ('S1', 'S5', 'S6', 'S7', 'S8'), 'test': ('S9', 'S11')}
TEST_FILE = 'annotation_body3d/fps50/h36m_test.npz'


class FakeCDF:
    """Stands in for cdflib's class: the file is an npy."""

    def __init__(self, file):
        self.file = file

    def varget(self, name):
        assert name == 'Pose'
        with self.file.open('rb') as stream:
            return np.load(stream)


@pytest.fixture(autouse=True)
def cdflib(monkeypatch):
    monkeypatch.setitem(sys.modules, 'cdflib', SimpleNamespace(CDF=FakeCDF))


def write_metadata(file, cameras):
    """Write cameras of mmpose's form as w0 of metadata.xml; others are zeros."""
    poses = np.zeros((4, 11, 6))
    lenses = np.zeros((4, 9))
    for (subject, camera_id), camera in cameras.items():
        number = H36M_CAMERAS.index(camera_id)
        angles = Rotation.from_matrix(camera['R'].T).as_euler('XYZ')
        pose = np.concatenate([angles, camera['T'][:, 0] * 1000])
        poses[number, int(subject[1:]) - 1] = pose
        lens = [camera[key][:, 0] for key in 'fckp']
        lenses[number] = np.concatenate(lens)
    root = ElementTree.Element('metadata')
    numbers = np.concatenate([poses.ravel(), lenses.ravel()])
    text = ' '.join(repr(float(number)) for number in numbers)
    ElementTree.SubElement(root, 'w0').text = f'[{text}]'
    ElementTree.ElementTree(root).write(file)


def write_raw(folder, arrays):
    """Write annotation arrays as the CDF files they would come from."""
    videos = np.array([name.split('/')[1] for name in arrays['imgname']])
    for video in np.unique(videos):
        rows = videos == video
        subject, _, name = video.partition('_')
        name = name.replace('_1.', ' 1.') + '.cdf'
        pose_2d = np.zeros((1, rows.sum(), 32, 2))
        pose_3d = np.zeros((1, rows.sum(), 32, 3))
        pose_2d[0][:, JOINTS] = arrays['part'][rows][..., :2]
        pose_3d[0][:, JOINTS] = arrays['S'][rows][..., :3] * 1000
        for kind, pose in (('D2_Positions', pose_2d), ('D3_Positions_mono', pose_3d)):
            file = folder / subject / 'MyPoseFeatures' / kind / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open('wb') as stream:
                np.save(stream, pose.reshape(*pose.shape[:2], -1))


@pytest.fixture
def raw(tmp_path):
    """Give a folder of raw files, its metadata.xml, and what they were made of."""
    write_synthetic_h36m(tmp_path / 'made', num_frames=6)
    folder = tmp_path / 'made' / 'annotation_body3d'
    for split, subjects in SUBJECTS.items():
        arrays = dict(np.load(folder / 'fps50' / f'h36m_{split}.npz'))
        write_raw(tmp_path / 'raw', arrays)
        # The synthetic data set has not all subjects; let the others do the same.
        for subject in subjects:
            renamed = np.char.replace(arrays['imgname'], subjects[0], subject)
            write_raw(tmp_path / 'raw', {**arrays, 'imgname': renamed})
    cameras = pickle.loads((folder / 'cameras.pkl').read_bytes())
    write_metadata(tmp_path / 'metadata.xml', cameras)
    return tmp_path


def test_converted_files_are_those_the_raw_ones_were_made_of(run_tool, raw):
    out = raw / 'out'
    printed = run_tool('h36m', raw / 'raw', raw / 'metadata.xml', out)
    assert 'frames of the test split' in printed
    made, new = (dict(np.load(raw / name / TEST_FILE)) for name in ('made', 'out'))
    rows = [new['imgname'].tolist().index(name) for name in made['imgname']]
    assert {'S11/S11_Directions_1.54138969/S11_Directions_1.54138969_000006.jpg'} < set(
        new['imgname'].tolist()
    )
    for key in ('part', 'S', 'center', 'scale'):
        np.testing.assert_allclose(new[key][rows], made[key], atol=1e-4)
    data = H36MClips(out, TEST_FILE, subjects=('S9',), min_frames=6)
    original = H36MClips(raw / 'made', TEST_FILE, subjects=('S9',), min_frames=6)
    for one, other in zip(data.clips, original.clips, strict=True):
        assert (one.clip_id, one.view) == (other.clip_id, other.view)
        np.testing.assert_allclose(
            one.keypoints_world, other.keypoints_world, atol=1e-5
        )


def test_cameras_of_the_real_data_set_survive_metadata_xml(
    run_tool, raw, shared_data, tmp_path
):
    file = shared_data / 'h36m_sample' / 'cameras.pkl'
    cameras = pickle.loads(file.read_bytes())
    write_metadata(tmp_path / 'metadata.xml', cameras)
    run_tool('h36m', raw / 'raw', tmp_path / 'metadata.xml', raw / 'out')
    file = raw / 'out' / 'annotation_body3d' / 'cameras.pkl'
    converted = pickle.loads(file.read_bytes())
    assert converted.keys() == cameras.keys()
    for key, camera in cameras.items():
        for name, value in camera.items():
            if isinstance(value, np.ndarray):
                np.testing.assert_allclose(converted[key][name], value, atol=1e-9)
            else:
                assert converted[key][name] == value


def test_missing_poses_are_named_before_anything_is_written(run_tool, raw):
    with pytest.raises(SystemExit, match=r'no\.xml not found\. Give the path'):
        run_tool('h36m', raw / 'raw', raw / 'no.xml', raw / 'out')
    folder = raw / 'raw' / 'S11' / 'MyPoseFeatures' / 'D3_Positions_mono'
    (folder / 'Directions 1.55011271.cdf').unlink()
    with pytest.raises(SystemExit, match=r'Directions 1\.55011271\.cdf not found'):
        run_tool('h36m', raw / 'raw', raw / 'metadata.xml', raw / 'out')
    with pytest.raises(SystemExit, match=r'contains no \.cdf\. Download'):
        run_tool('h36m', raw / 'nothing', raw / 'metadata.xml', raw / 'out')
    assert not (raw / 'out').exists()


@pytest.fixture
def complete(tmp_path):
    """Give a data set of all videos, two frames each."""
    write_synthetic_h36m(tmp_path, num_frames=2)
    folder = tmp_path / 'annotation_body3d'
    camera = dict(pickle.loads((folder / 'cameras.pkl').read_bytes()))['S1', '54138969']
    subjects = [subject for group in SUBJECTS.values() for subject in group]
    cameras = {(subject, c): camera for subject in subjects for c in H36M_CAMERAS}
    (folder / 'cameras.pkl').write_bytes(pickle.dumps(cameras))
    actions = [f'Action{i:c}{end}' for i in range(65, 80) for end in ('', '_1')]
    for split, group in SUBJECTS.items():
        names = [
            f'{subject}_{action}.{camera_id}_{frame:06d}.jpg'
            for subject in group
            for action in actions
            for camera_id in H36M_CAMERAS
            if (subject, action) != ('S11', 'ActionA')  # as Directions may
            for frame in (1, 2)
        ]
        positions = torch.randn(1, 17, 3) * 0.3 + torch.tensor([0, 0, 5])
        keypoints = project(positions, convert_camera(camera)).numpy()
        visible = np.ones((len(names), 17, 1))
        repeated = (np.repeat(x, len(names), 0) for x in (keypoints, positions))
        part, in_camera = (np.concatenate([x, visible], axis=2) for x in repeated)
        file = folder / 'fps50' / f'h36m_{split}.npz'
        np.savez(file, imgname=np.array(names), part=part, S=in_camera)
    return tmp_path


def test_a_complete_data_set_passes(run_tool, complete):
    assert run_tool('check_h36m', complete).endswith('is complete.\n')


def test_what_is_missing_or_wrong_is_listed(run_tool, complete):
    file = complete / TEST_FILE
    arrays = dict(np.load(file))
    arrays['part'][0, 3, 0] += 7.5
    names = arrays['imgname'].tolist()
    keep = [not name.startswith('S9_ActionC.54138969') for name in names]
    arrays = {key: values[keep] for key, values in arrays.items()}
    arrays['imgname'][3] = arrays['imgname'][3].replace('_000002', '_000009')
    np.savez(file, **arrays)
    with pytest.raises(SystemExit) as error:
        run_tool('check_h36m', complete)
    faults = str(error.value).splitlines()
    assert faults == [
        'test: S9 ActionA 55011271 has 1 gap(s).',
        'test: S9 has 119 videos; expected 120.',
        'test: 2D and 3D of S9 ActionA 54138969 are 7.5 px apart.',
    ]
