import numpy as np
import pytest
from scipy.io import savemat

from mmposenorm.datasets import ActionClips
from mmposenorm.keypoints import LAYOUTS

KINECT = LAYOUTS['kinect'].joint_names


@pytest.fixture
def skeletons():
    """Somebody who stands and faces the sensor, which looks along z, (T, 20, 3)."""
    # fmt: off
    middle = {'head': 0.7, 'shoulder_center': 0.5, 'spine': 0.1, 'hip_center': 0.07}
    sides = {
        'shoulder': (0.2, 0.4), 'elbow': (0.3, 0.2), 'wrist': (0.3, 0.0),
        'hand': (0.3, -0.1), 'hip': (0.1, 0.0), 'knee': (0.1, -0.4),
        'ankle': (0.1, -0.8), 'foot': (0.1, -0.85),
    }
    # fmt: on
    pose = []
    for name in KINECT:
        side, _, joint = name.partition('_')
        if name in middle:
            pose.append((0, middle[name], 2.5))
        else:
            x, y = sides[joint]
            pose.append((x if side == 'right' else -x, y, 2.5))
    return np.repeat(np.array([pose], np.float32), 8, axis=0)


def test_each_motion_is_seen_from_all_sides(run_tool, tmp_path, skeletons):
    source = tmp_path / 'skeletons.npz'
    np.savez(source, a3_s2_t1=skeletons, a27_s4_t4=skeletons)
    run_tool('utd_mhad', source, tmp_path / 'views')
    clips = ActionClips(tmp_path / 'views').clips
    assert len(clips) == 2 * 4
    front, side, back = (
        next(c for c in clips if c.view == view and c.action == 'wave')
        for view in ('yaw+0', 'yaw+90', 'yaw+180')
    )
    assert (front.clip_id, front.subject, front.fps) == ('a3_s2_t1', 's2', 30)
    left, right, head, root = 11, 14, 10, 0
    widths = [
        float((clip.keypoints[:, left, 0] - clip.keypoints[:, right, 0]).mean())
        for clip in (front, side, back)
    ]
    # The left is on the right of who looks from the front, and they swap behind.
    assert widths[0] > 50 > abs(widths[1])
    assert widths[2] < -50
    assert (front.keypoints[:, head, 1] < front.keypoints[:, root, 1]).all()
    assert not front.keypoints_visible[:, [7, 9]].any()  # no spine, no neck base


def test_the_original_files_are_read(run_tool, tmp_path, skeletons):
    folder = tmp_path / 'Skeleton'
    folder.mkdir()
    savemat(folder / 'a1_s1_t1_skeleton.mat', {'d_skel': skeletons.transpose(1, 2, 0)})
    run_tool('utd_mhad', folder, tmp_path / 'views', '--views', 0, 30)
    clips = ActionClips(tmp_path / 'views').clips
    assert [clip.view for clip in clips] == ['yaw+0', 'yaw+30']
    assert clips[0].action == 'swipe left'


def test_a_source_without_skeletons_is_told(run_tool, tmp_path):
    with pytest.raises(SystemExit, match=r'nor a folder with \*_skeleton'):
        run_tool('utd_mhad', tmp_path, tmp_path / 'views')


@pytest.mark.parametrize('name', ['walk', 'a28_s1_t1', 'a0_s1_t1'])
def test_other_names_are_refused(run_tool, tmp_path, skeletons, name):
    np.savez(tmp_path / 'skeletons.npz', **{name: skeletons})
    with pytest.raises(SystemExit, match=f"'{name}'; expected a name like a1_s1_t1"):
        run_tool('utd_mhad', tmp_path / 'skeletons.npz', tmp_path / 'views')
