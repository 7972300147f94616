"""Draw the pictures of the documents: python docs/draw_pictures.py."""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from examples.walks import film, lift_left_arm, walk_3d
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from PIL import Image
from scipy.spatial.transform import Rotation
from selenium import webdriver

from mmposenorm import (
    PoseNormInferencer,
    align,
    forward_kinematics,
    normalize_keypoints_3d,
)
from mmposenorm.datasets.synthetic.exercise import standing_figure, turn_keypoints
from mmposenorm.geometry.angles import ANGLES, measure_angles
from mmposenorm.geometry.kinematics import root_frame
from mmposenorm.skeletons import (
    H36M_PARENTS,
    default_bone_lengths,
    extended_skeleton,
)
from mmposenorm.visualization import (
    LEFT_COLOR,
    RIGHT_COLOR,
    blank_image,
    draw_pose,
    draw_pose_3d,
    fit_scale,
    fit_scale_3d,
)
from mmposenorm.visualization.poses import AZIMUTH, ELEVATION, view_rotation

PICTURES = Path(__file__).parent / 'pictures'
REPOSITORY = PICTURES.parents[1]
# Motions of the figures of the paper.
MINED, KICK = '01_01', '135_04'
RUNS = 'data/cmu_h36m17/test.npz:02_03 data/cmu_h36m17/test.npz:127_06'
SQUATS = ' '.join(
    f'data/mocap/uiprmd_dev.npz:uiprmd-m01_{person}_e01' for person in ('s05', 's10')
)
WIDTH, HEIGHT = 420, 480  # of a panel in pixels
AXIS_COLORS = {'x': '#cc3311', 'y': '#117733', 'z': '#332288'}

# Rotation vectors of the joints, from the T-pose that faces +z.
STEP_AND_WAVE = {
    'left_hip': (-0.5, 0, 0.9),
    'left_knee': (0.9, 0, 0),
    'left_shoulder': (0, 0, 1.0),
    'left_elbow': (0, 0, 0.4),
    'right_shoulder': (0, 0, 1.2),
    'right_elbow': (0, 1.0, 0),
}
ARMS_FORWARD = {
    'left_shoulder': (0, -1.5, 0),
    'right_shoulder': (0, 1.5, 0),
    'left_knee': (0.1, 0, 0),
    'right_knee': (0.1, 0, 0),
}

# To the person's left, up and forward.
X, Y, Z = np.eye(3)
UPPER_BODY, LEFT_ARM, LEFT_LEG = list(range(7, 17)), [12, 13], [5, 6]
LEANING = (0, UPPER_BODY, X, 20)
# To the right and up in a picture that is seen from a side of the person.
VIEWS = {'the left': (-Z, Y), 'the front': (X, Y), 'above': (-X, Z)}
# Of each angle the view, the turns that show it (center, keypoints, axis, degrees), the
# ends of the limb, and the direction of the limb where the angle is zero.
ANGLES_SHOWN = {
    'trunk_lean_forward': ('the left', [(0, UPPER_BODY, X, 30)], (0, 8), Y),
    'trunk_lean_left': ('the front', [(0, UPPER_BODY, -Z, 20)], (0, 8), Y),
    'trunk_twist': ('above', [(0, UPPER_BODY, Y, 35)], (8, 11), X),
    'neck_flexion': ('the left', [(8, [9, 10], X, 35)], (8, 10), Y),
    'left_shoulder_elevation': ('the front', [(11, LEFT_ARM, Z, 60)], (11, 12), -Y),
    'left_shoulder_plane': (
        'above',
        [(11, LEFT_ARM, Z, 90), (11, LEFT_ARM, -Y, 50)],
        (11, 12),
        X,
    ),
    'left_elbow_flexion': ('the left', [(12, [13], -X, 70)], (12, 13), -Y),
    'left_hip_flexion': (
        'the left',
        [LEANING, (4, LEFT_LEG, -X, 50)],
        (4, 5),
        Rotation.from_rotvec(np.radians(20) * X).apply(-Y),
    ),
    'left_hip_abduction': ('the front', [(4, LEFT_LEG, Z, 30)], (4, 5), -Y),
    'left_thigh_forward': ('the left', [LEANING, (4, LEFT_LEG, -X, 50)], (4, 5), -Y),
    'left_knee_flexion': ('the left', [(5, [6], X, 60)], (5, 6), -Y),
}


def pose(rotations: dict[str, tuple], scale: float = 1.0) -> np.ndarray:
    """Pose the mean body, (17, 3): metres, y up, facing +z."""
    body = extended_skeleton(scale * default_bone_lengths())
    turns = [rotations.get(name, (0, 0, 0)) for name in body.joint_names]
    quaternions = Rotation.from_rotvec(turns).as_quat(scalar_first=True)
    joints = forward_kinematics(quaternions, body.bone_offsets, body.parents)
    return joints[list(body.keypoint_joints)]


def turn(points: np.ndarray, axis: str, degrees: float) -> np.ndarray:
    """Turn a pose about an axis of the world."""
    return Rotation.from_euler(axis, degrees, degrees=True).apply(points)


def show_3d(axes: Axes, points: np.ndarray, scale: float | None = None) -> float:
    """Draw a pose in viewer axes; return the pixels of a metre."""
    scale = scale or 0.85 * fit_scale_3d(points[None], WIDTH, HEIGHT)
    image = blank_image(WIDTH, HEIGHT)
    draw_pose_3d(image, points, scale)
    show(axes, image)
    return scale


def show_2d(axes: Axes, points: np.ndarray) -> None:
    """Draw a pose as a camera sees it, (17, 2), y down."""
    centred = points - points[0]
    scale = 0.85 * fit_scale(centred, WIDTH, HEIGHT)
    image = blank_image(WIDTH, HEIGHT)
    draw_pose(image, centred * scale + np.array([WIDTH, HEIGHT]) / 2)
    show(axes, image)


def show(axes: Axes, image: np.ndarray) -> None:
    """Show an image without ticks."""
    axes.imshow(image)
    axes.set(xticks=[], yticks=[])


def arrow(
    axes: Axes, start: np.ndarray, vector: np.ndarray, scale: float, text: str, **style
) -> None:
    """Draw an arrow of viewer axes over a pose whose root is in the middle."""
    to_viewer = view_rotation(AZIMUTH, ELEVATION)
    ends = np.array([start, start + vector]) @ to_viewer.T * scale
    tail, head = ends[:, :2] * (1, -1) + np.array([WIDTH, HEIGHT]) / 2
    axes.annotate(
        '', head, tail, arrowprops={'arrowstyle': '-|>', 'linewidth': 2.5, **style}
    )
    axes.text(*(tail + 1.18 * (head - tail)), text, ha='left', va='bottom', **style)


def draw_normalized_pose() -> None:
    """Two people in one pose, seen from two sides: one normalized pose."""
    figure = Figure(figsize=(9, 7.2), dpi=100, layout='constrained')
    titles = ('what the camera sees', 'the pose in 3D', 'the normalized pose')
    panels = figure.subplots(2, 3)
    people = [
        ('A: tall, seen from one side', 1.15, 50),
        ('B: small, from the other', 0.8, -60),
    ]
    for row, (name, size, heading) in zip(panels, people, strict=True):
        turned = turn(pose(STEP_AND_WAVE, size), 'y', heading)
        show_2d(row[0], turned[:, :2] * (1, -1))
        show_3d(row[1], turned, scale=205)
        show_3d(row[2], normalize_keypoints_3d(turned), scale=205)
        row[0].set_ylabel(name, fontsize=11)
    for axes, title in zip(panels[0], titles, strict=True):
        axes.set_title(title, fontsize=12)
    for x, word, color in ((12, 'right', RIGHT_COLOR), (72, 'left', LEFT_COLOR)):
        panels[0, 0].text(x, 30, word, fontsize=11, color=np.array(color) / 255)
    figure.savefig(PICTURES / 'normalized_pose.png')


def draw_root_frame() -> None:
    """Draw the axes of the root frame on a pose that leans and turns."""
    figure = Figure(figsize=(7.6, 4.9), dpi=100, layout='constrained')
    left, right = figure.subplots(1, 2)
    leaning = turn(turn(pose(STEP_AND_WAVE), 'x', 25), 'y', -35)
    for axes, points, title in (
        (left, leaning, 'before: the root frame of the pose'),
        (
            right,
            normalize_keypoints_3d(leaning),
            'after: it is the frame of the picture',
        ),
    ):
        scale = show_3d(axes, points, scale=205)
        frame = root_frame(torch.from_numpy(points)[None])[0].numpy()
        for column, (name, color) in enumerate(AXIS_COLORS.items()):
            arrow(axes, np.zeros(3), 0.6 * frame[:, column], scale, name, color=color)
        axes.set_title(title, fontsize=11)
    figure.savefig(PICTURES / 'root_frame.png')


def draw_body_up() -> None:
    """Standing and lying in one normalized pose; body_up tells them apart."""
    figure = Figure(figsize=(8.4, 6.6), dpi=100, layout='constrained')
    panels = figure.subplots(2, 3)
    standing = turn(pose(ARMS_FORWARD), 'y', 60)
    for row, name, points in (
        (panels[0], 'arms forward, standing', standing),
        (panels[1], 'a push-up', turn(turn(pose(ARMS_FORWARD), 'x', 68), 'y', 60)),
    ):
        show_3d(row[0], points, scale=190)
        normalized = normalize_keypoints_3d(points)
        show_3d(row[1], normalized, scale=190)
        frame = root_frame(torch.from_numpy(points)[None])[0].numpy()
        up = frame.T @ (0, 1, 0)
        scale = show_3d(row[2], normalized, scale=190)
        arrow(row[2], np.zeros(3), 0.8 * up, scale, 'body_up', color='#aa3377')
        row[0].set_ylabel(name, fontsize=11)
    for axes, title in zip(
        panels[0], ('in the world', 'normalized pose', 'with body_up'), strict=True
    ):
        axes.set_title(title, fontsize=12)
    figure.savefig(PICTURES / 'body_up.png')


def draw_distances() -> None:
    """Draw the frame distances of two walks, and the path that DTW finds."""
    frames_of_b = np.arange(0, 150, 4 / 3).astype(int)
    clips = film(walk_3d(1), yaw=-20), film(walk_3d(2)[frames_of_b], yaw=20)
    a, b = PoseNormInferencer()(list(clips), layout='h36m', fps=50)
    figure = Figure(figsize=(8.6, 3.9), dpi=100, layout='constrained')
    for axes, name in zip(
        figure.subplots(1, 2), ('normalized_poses', 'pose_features'), strict=True
    ):
        alignment = align(
            getattr(a, name),
            getattr(b, name),
            diagonal_weight=1.5,
            keep_cost_matrix=True,
        )
        image = axes.imshow(alignment.cost_matrix.T, origin='lower', aspect='auto')
        axes.plot(*alignment.path.T, color='white', label='path found')
        axes.plot(frames_of_b, np.arange(len(b)), '--', color='orange', label='truth')
        axes.set(title=f'distances of {name}', xlabel='frame of A', ylabel='frame of B')
        figure.colorbar(image, ax=axes)
    axes.legend(loc='lower right')
    figure.savefig(PICTURES / 'distances.png')


def draw_comparison() -> None:
    """Run the demo on two walks, of which B lifts the left arm; keep its pictures."""
    frames_of_b = np.arange(0, 150, 4 / 3).astype(int)
    walks = {
        'walk': film(walk_3d(1), yaw=-20),
        'lifted_arm': film(lift_left_arm(walk_3d(2)[frames_of_b]), yaw=20),
    }
    demo = REPOSITORY / 'demo' / 'align_videos.py'
    with TemporaryDirectory() as folder:
        for name, keypoints in walks.items():
            np.savez(f'{folder}/{name}.npz', keypoints=keypoints, layout='h36m', fps=50)
        clips = [f'{name}.npz' for name in walks]
        command = [sys.executable, demo, *clips, '--out-dir', 'out']
        subprocess.run(command, cwd=folder, check=True)
        shutil.copy(f'{folder}/out/alignment.png', PICTURES)
        image = cv2.imread(f'{folder}/out/keyframes.png')
        small = cv2.resize(image, None, None, 0.75, 0.75, cv2.INTER_AREA)
        cv2.imwrite(str(PICTURES / 'keyframes.png'), small)
        photograph(Path(folder) / 'out' / 'report.html', PICTURES / 'report.png')


def photograph(report: Path, picture: Path) -> None:
    """Take a picture of a report at its first difference, in Chromium."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which('chromium')
    for flag in (
        'headless=new',
        'no-sandbox',
        'hide-scrollbars',
        'use-angle=swiftshader',
    ):
        options.add_argument(f'--{flag}')
    service = webdriver.ChromeService(shutil.which('chromedriver'))
    with webdriver.Chrome(options, service) as browser:
        size = {'width': 1280, 'height': 1190, 'deviceScaleFactor': 1, 'mobile': False}
        browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', size)
        browser.get(report.as_uri())
        browser.find_element('css selector', '[data-difference]').click()
        time.sleep(2)  # until everything is drawn
        browser.save_screenshot(str(picture))


def draw_figures_of_the_paper() -> None:
    """Run the tools that draw Figures 4, 6 and 7, and keep smaller pictures."""
    runs = {
        'mining': 'show_mining.py configs/embedder_cmu.py --closed-form '
        f'--clip {MINED}',
        'normalization': 'show_normalization.py configs/posenorm_mocap.py --frames 3 '
        f'--clip {KICK} --cfg-options test_dataloader.dataset.views=[0,90]',
        'run': f'show_correspondence.py {RUNS} --yaw 30 -60',
        'squat': f'show_correspondence.py {SQUATS} --yaw 45 -45',
    }
    for name, line in runs.items():
        tool, *options = line.split()
        with TemporaryDirectory() as folder:
            place = ['--out-dir', folder]
            if tool == 'show_correspondence.py':
                place = ['--out', f'{folder}/correspondence.png']
            command = [sys.executable, f'tools/{tool}', *options, *place]
            subprocess.run(command, cwd=REPOSITORY, check=True)
            [picture] = Path(folder).glob('*.png')
            image = Image.open(picture).convert('RGB')
            image.thumbnail((1100, 1500))
            # Few colors are drawn; a palette of them takes a third of the space.
            image.quantize(96).save(PICTURES / f'{name}.png', optimize=True)


def draw_angles() -> None:
    """Draw each joint angle on a figure in which it is not zero."""
    figure = Figure(figsize=(9, 8.4), dpi=100, layout='constrained')
    panels = figure.subplots(3, 4).flatten()
    for axes, (name, shown) in zip(panels, ANGLES_SHOWN.items(), strict=False):
        draw_angle(axes, name, *shown)
    for axes in panels:
        axes.axis('off')
    figure.savefig(PICTURES / 'angles.png')


def draw_angle(
    axes: Axes, name: str, view: str, turns: list[tuple], limb: tuple, zero: np.ndarray
) -> None:
    """Draw the figure after some turns, the arc from zero to a limb, and the angle."""
    points = standing_figure()
    for center, keypoints, axis, degrees in turns:
        points = turn_keypoints(points[None], center, keypoints, axis, degrees)[0]
    right, up = VIEWS[view]
    flat = np.stack([points @ right, points @ up], axis=1)
    for joint, parent in enumerate(H36M_PARENTS):
        if parent >= 0:
            axes.plot(*flat[[parent, joint]].T, color='#999999', lw=2)
    start, end = limb
    axes.plot(*flat[[start, end]].T, color=np.array(LEFT_COLOR) / 255, lw=4)
    first, last = (
        np.degrees(np.arctan2(vector @ up, vector @ right))
        for vector in (zero, points[end] - points[start])
    )
    turned = (last - first + 180) % 360 - 180
    arc = np.radians(first + np.linspace(0, turned, 40))
    middle = flat[start][:, None]
    axes.plot(*(middle + 0.2 * np.array([np.cos(arc), np.sin(arc)])), color='#cc3311')
    reach = np.array([0, 0.3]) * np.array([[np.cos(arc[0])], [np.sin(arc[0])]])
    axes.plot(*(middle + reach), '--', color='#cc3311', lw=1)
    frame = root_frame(torch.from_numpy(points)[None])
    normalized = np.asarray(normalize_keypoints_3d(points[None]))
    [angles] = measure_angles(normalized, frame[:, 1].numpy())
    axes.set_title(
        f'{name}\n{angles[ANGLES.index(name)]:.0f}°, seen from {view}', size=9
    )
    head = Circle(flat[[9, 10]].mean(axis=0), 0.09, fc='white', ec='#999999', lw=2)
    axes.add_patch(head)
    if 'front' not in view:
        ahead = np.array([Z @ right, Z @ up])
        style = {'arrowstyle': '->', 'color': '#555555'}
        begin = np.array([0.45, 0.3])
        axes.annotate('', begin + 0.3 * ahead, begin, arrowprops=style)
        axes.text(*(begin - (0, 0.06)), 'forward', ha='center', va='top', size=8)
    axes.set(xlim=(-0.75, 0.75), ylim=(-0.9, 0.9), aspect='equal')


def main() -> None:
    """Draw all pictures."""
    PICTURES.mkdir(exist_ok=True)
    draw_normalized_pose()
    draw_root_frame()
    draw_body_up()
    draw_distances()
    draw_comparison()
    draw_angles()
    if (REPOSITORY / 'data' / 'mocap').is_dir():
        draw_figures_of_the_paper()


if __name__ == '__main__':
    main()
