"""Triangulated truth on a made-up recording whose 3D is known."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.datasets.triangulated_clips import (
    TriangulatedClips,
    read_qualisys_calibration,
)
from mmposenorm.geometry.cameras import project, world_to_camera

LIMBS = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]
# A camera at (1, 2, 3) m in a world whose z is up; it looks along the world's -y.
CAMERA = """<camera serial="{serial}">
<transform r11="-1" r12="0" r13="0" r21="0" r22="0" r23="1" r31="0" r32="1" r33="0"
 x="{x}" y="2000" z="3000"/>
<intrinsic focalLengthU="64000" focalLengthV="64000" centerPointU="32000"
 centerPointV="16000" radialDistortion1="0" radialDistortion2="0"
 radialDistortion3="0" tangentalDistortion1="0" tangentalDistortion2="0"/>
</camera>"""


def write_calibration(path, positions_mm=(1000,)):
    cameras = ''.join(
        CAMERA.format(serial=f'cam{i}', x=x) for i, x in enumerate(positions_mm)
    )
    path.write_text(f'<calibration><cameras>{cameras}</cameras></calibration>')
    return path


def test_a_qualisys_camera_sees_by_hand(tmp_path):
    cameras = read_qualisys_calibration(write_calibration(tmp_path / 'calib.txt'))
    camera = {key: value[None] for key, value in cameras['cam0'].items()}
    # In the file's world (x, y, z): 4 m in front, 0.5 m above and 0.25 m towards -x,
    # which is to the right of one who looks along -y. Ours is (y, z, x).
    point = torch.tensor([[[[2 - 4, 3 + 0.5, 1 - 0.25]]]], dtype=torch.float64)
    seen = project(world_to_camera(point, camera), camera).flatten()
    # 1000 px focal length, centre (500, 250), image y downwards.
    assert seen.tolist() == pytest.approx([500 + 62.5, 250 - 125])


@pytest.fixture
def recording(tmp_path):
    """Four parallel cameras half a metre apart and what they see of a person."""
    write_synthetic_mocap(tmp_path / 'mocap.npz', 1, 40, seed=0)
    with np.load(tmp_path / 'mocap.npz') as trials:
        world = trials[trials.files[0]].astype(np.float64)
    # In front of the cameras, which stand at y = 3 m and z = 2 m in our world's axes.
    world += np.array([-3.0, 3, 1]) - world[:1, :1].mean(axis=1, keepdims=True)
    calibration = write_calibration(tmp_path / 'calib.txt', (0, 500, 1000, 1500))
    files = []
    for name, camera in read_qualisys_calibration(calibration).items():
        one = {key: value[None] for key, value in camera.items()}
        seen = project(world_to_camera(torch.from_numpy(world)[None], one), one)
        file = tmp_path / f'{name}.npz'
        np.savez(file, keypoints=seen[0].numpy(), layout='h36m', fps=60.0)
        files.append(file)
    return files, calibration, world


def test_limbs_are_where_they_were(recording):
    files, calibration, world = recording
    clips = TriangulatedClips(files, calibration).clips
    assert [clip.view for clip in clips] == ['cam0', 'cam1', 'cam2', 'cam3']
    found = clips[0].keypoints_world[:, LIMBS]
    # The filter rounds off what is faster than six times a second.
    assert np.linalg.norm(found - world[:, LIMBS], axis=-1).mean() < 0.01
    assert clips[0].keypoints.shape == (40, 17, 2)


def test_quality_tells_of_a_view_that_does_not_agree(recording):
    files, calibration, world = recording
    good = TriangulatedClips(files, calibration).quality
    assert good['reprojection_px'] < 0.01
    assert good['used_views'] == 100
    with np.load(files[2]) as arrays:
        wrong = dict(arrays)
    wrong['keypoints'] = wrong['keypoints'] + (0, 300)
    np.savez(files[2], **wrong)
    dataset = TriangulatedClips(files, calibration)
    assert dataset.quality['used_views'] == pytest.approx(75)
    found = dataset.clips[0].keypoints_world[:, LIMBS]
    assert np.linalg.norm(found - world[:, LIMBS], axis=-1).mean() < 0.01


def test_what_cannot_be_triangulated_is_refused(recording, tmp_path):
    files, calibration, _ = recording
    with pytest.raises(ValueError, match='3 keypoint files, but 4 cameras'):
        TriangulatedClips(files[:3], calibration)
    with pytest.raises(FileNotFoundError, match='expected a Qualisys calibration'):
        TriangulatedClips(files, tmp_path / 'none.txt')
    Path(tmp_path / 'other.txt').write_text('<calibration/>')
    with pytest.raises(ValueError, match='has no camera'):
        TriangulatedClips(files, tmp_path / 'other.txt')
    Path(tmp_path / 'other.txt').write_text('no XML')
    with pytest.raises(ValueError, match='is not a Qualisys calibration file'):
        TriangulatedClips(files, tmp_path / 'other.txt')
    with pytest.raises(
        ValueError, match='no frame in which all limbs can be triangulated'
    ):
        TriangulatedClips(files[::-1], calibration)
