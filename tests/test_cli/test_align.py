import csv
import json
import sys
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.interpolate import interp1d
from tiny_weights import EMBEDDER, tiny_weights
from waving_people import FPS, SIZE, FakeDetector, people_at, waving_person, write_clip

from mmposenorm.cli import align_clips, people
from mmposenorm.cli.align import main
from mmposenorm.comparison import files as comparison_files
from mmposenorm.datasets.synthetic import draw_body, draw_motion
from mmposenorm.keypoints import People, save_people
from mmposenorm.keypoints.people import frame_people
from mmposenorm.skeletons import H36M_MIRRORED

FILES = ['aligned.mp4', 'alignment.csv', 'alignment.png', 'differences.csv']
FILES += ['keyframes.png', 'report.html', 'result.json']


@pytest.fixture
def run(run_command):
    """Return what runs the command in an empty folder, with small weights."""
    return partial(run_command, main)


@pytest.fixture
def without_pictures(monkeypatch):
    """Leave out the video and the pictures, which take most of the time."""
    for name in ('plot_alignment', 'write_video', 'draw_key_frames', 'write_image'):
        monkeypatch.setattr(comparison_files, name, lambda *_: None)


def read_video(path):
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        ok, frame = capture.read()
        if not ok:
            return frames, capture.get(cv2.CAP_PROP_FPS)
        frames.append(frame)


def files_in(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def test_keypoint_files_are_aligned(run, clips, tmp_path, capsys):
    late = people_at([None, None, *range(20)], fps=FPS)
    save_people(tmp_path / 'late.npz', late)
    run(tmp_path / 'late.npz', clips[1], '--out-dir', 'out', '--closed-ends')
    assert files_in('out') == FILES
    frames, fps = read_video('out/aligned.mp4')
    assert (len(frames), fps) == (22, FPS)
    for name in ('alignment.png', 'keyframes.png'):
        assert cv2.imread(f'out/{name}').std() > 5
    check_table('out/alignment.csv')
    check_result('out/result.json')
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith('Following person 1 (frames 2-21,')
    assert said[2].startswith('Matched 20 of 22 frames of A with ')
    assert said[-2] == f'Wrote {", ".join(FILES)} to out.'
    assert said[-1] == f'To look at it, open {Path("out/report.html")} in a browser.'


def check_table(path):
    """Check the pairs, whose first two frames of A have no match."""
    with Path(path).open() as file:
        rows = list(csv.DictReader(file))
    columns = ['frame_a', 'time_a_s', 'frame_b', 'time_b_s', 'distance']
    assert list(rows[0])[:6] == [*columns, 'trunk_lean_forward_a_deg']
    assert [row['frame_b'] for row in rows[:2]] == ['', '']
    assert sorted({int(row['frame_a']) for row in rows}) == list(range(22))
    assert float(rows[-1]['time_a_s']) == pytest.approx(21 / FPS)
    assert rows[-1]['time_b_s'] == ''  # not known
    assert 0 <= float(rows[-1]['left_elbow_flexion_a_deg']) <= 180


def check_result(path):
    result = json.loads(Path(path).read_text())
    assert result['settings']['mode'] == 'dtw'
    assert result['settings']['features'] == 'normalized'
    assert result['settings']['person_a'] == 'largest'
    assert {'python', 'torch', 'numpy'} <= set(result['versions'])
    assert np.shape(result['clips']['b']['normalized_poses_m']) == (40, 17, 3)
    assert result['clips']['b']['frame_times'] is None
    assert result['alignment']['unmatched_a'] == [0, 1]
    assert result['alignment']['match_distances'][0] is None


def save_walk(path, positions):
    """Film the frames at some positions of a walk, which may lie between frames."""
    generator = np.random.default_rng(0)
    walk = draw_motion(draw_body(generator), 150, generator)
    seen = interp1d(np.arange(150), walk, axis=0)(positions)
    keypoints = seen[..., :2] * (300, -300) + (500, 700)
    keypoints += generator.normal(scale=1, size=keypoints.shape)
    frames = [frame_people(frame[None], np.ones((1, 17))) for frame in keypoints]
    save_people(path, People(frames, 'h36m', 'a test', fps=50))


@pytest.mark.usefixtures('without_pictures')
@pytest.mark.parametrize('ends', ['--closed-ends', '--mirror'])
def test_a_copy_at_changing_speed_is_aligned_back(tmp_path, monkeypatch, ends):
    speeds = np.exp(0.9 * np.sin(np.linspace(0, 8, 180)))  # 0.4 to 2.5
    positions = np.interp(speeds.cumsum(), (speeds[0], speeds.sum()), (0, 149))
    save_walk(tmp_path / 'a.npz', np.arange(150))
    save_walk(tmp_path / 'b.npz', positions)
    monkeypatch.chdir(tmp_path)
    main(['a.npz', 'b.npz', ends])  # with the weights that ship
    matches = json.loads(Path('outputs/result.json').read_text())['alignment']
    matches = np.array(matches['matches'])
    assert (matches >= 0).mean() > 0.9
    found = matches >= 0
    errors = np.abs(positions[matches[found]] - np.flatnonzero(found))
    assert np.median(errors) <= 2


@pytest.mark.parametrize('mode', ['dtw', 'nn'])
def test_videos_are_aligned(run, tmp_path, monkeypatch, mode):
    monkeypatch.setattr(people, 'build_detector', lambda *_: FakeDetector())
    paths = [
        write_clip(tmp_path / f'{frames}.mp4', frames, fps)
        for frames, fps in ((9, 25), (12, 50))
    ]
    run(*paths, '--out-dir', 'out', '--mode', mode)
    assert files_in('out') == FILES
    frames, fps = read_video('out/aligned.mp4')
    assert (len(frames), fps) == (9, 25)


@pytest.mark.usefixtures('without_pictures')
@pytest.mark.parametrize(
    ('options', 'compared'),
    [([], 'features'), (['--features', 'normalized'], 'normalized')],
)
def test_features_are_compared_unless_poses_are_asked_for(
    run, clips, tmp_path, options, compared
):
    weights = tiny_weights(tmp_path / 'embedder.pth', EMBEDDER)
    run(*clips, '--checkpoint', weights, *options)
    result = json.loads(Path('outputs/result.json').read_text())
    assert result['settings']['features'] == compared
    assert np.shape(result['clips']['a']['pose_features']) == (20, 64)


@pytest.mark.usefixtures('without_pictures')
def test_a_left_hander_is_held_against_a_right_hander(run, tmp_path, capsys):
    right = people_at(range(30), fps=FPS, image_size=SIZE)
    left = People(
        [
            frame_people(
                (frame.keypoints[:, H36M_MIRRORED] * (-1, 1)) + (SIZE[0] - 1, 0),
                frame.scores,
            )
            for frame in right.frames
        ],
        'h36m',
        'a test',
        fps=FPS,
        image_size=SIZE,
    )
    save_people(tmp_path / 'right.npz', right)
    save_people(tmp_path / 'left.npz', left)
    # Random weights know nothing of mirrors: either result is right if it is reported.
    run('left.npz', 'right.npz', '--mirror', '--out-dir', 'out')
    result = json.loads(Path('out/result.json').read_text())
    assert isinstance(result['alignment']['mirrored_a'], bool)
    shown = 'A was mirrored' in capsys.readouterr().out
    assert shown == result['alignment']['mirrored_a']
    run('right.npz', 'right.npz', '--mirror', '--out-dir', 'out')
    result = json.loads(Path('out/result.json').read_text())
    assert result['alignment']['mirrored_a'] is False


def test_one_frame_is_enough(run, clips, tmp_path):
    save_people(tmp_path / 'one.npz', people_at([3]))
    run(tmp_path / 'one.npz', clips[1], '--out-dir', 'out')
    assert len(read_video('out/aligned.mp4')[0]) == 1


def corrupt(path):
    path.write_bytes(b'\0' * 2000)


def empty(path):
    path.write_bytes(b'')


def still(path):
    cv2.imwrite(str(path), np.zeros((40, 40, 3), np.uint8))


def nobody(path):
    save_people(path, people_at([None, None]))


@pytest.mark.parametrize(
    ('name', 'make', 'said'),
    [
        ('gone.mp4', None, 'gone.mp4 not found'),
        ('gone.npz', None, 'gone.npz not found'),
        ('bad.mp4', corrupt, 'No frame can be read from .*bad.mp4'),
        ('bad.mp4', empty, 'bad.mp4 is empty'),
        ('still.png', still, 'still.png is a still picture'),
        ('bad.npz', corrupt, 'bad.npz'),
        ('bad.npz', empty, 'bad.npz'),
        ('nobody.npz', nobody, 'person'),
    ],
)
def test_bad_clips_end_in_a_sentence_before_any_model_is_loaded(
    run, clips, tmp_path, monkeypatch, name, make, said
):
    monkeypatch.delattr(align_clips, 'PoseNormInferencer')
    if make is not None:
        make(tmp_path / name)
    with pytest.raises(SystemExit, match=said) as stop:
        run(clips[0], tmp_path / name, '--out-dir', 'out', '--pose2d', 'mediapipe')
    assert isinstance(stop.value.code, str)  # printed, and exit code 1
    assert files_in('out') == []


def test_options_of_keypoint_files_are_refused_for_videos(run, tmp_path):
    path = write_clip(tmp_path / 'a.mp4', 2)
    with pytest.raises(SystemExit, match='but both clips are videos'):
        run(path, path, '--layout', 'coco')


@pytest.mark.parametrize('option', ['--person-a', '--person-b'])
def test_what_names_nobody_is_refused_before_any_model_is_loaded(
    run, clips, monkeypatch, option
):
    monkeypatch.delattr(align_clips, 'PoseNormInferencer')
    with pytest.raises(SystemExit, match="or a point 'x,y' in pixels, but is 'tall'"):
        run(*clips, option, 'tall')


@pytest.mark.usefixtures('without_pictures')
def test_the_other_person_is_named_and_can_be_chosen(run, clips, tmp_path, capsys):
    pairs = [(waving_person(t), waving_person(t) / 2 + 300) for t in range(20)]
    frames = [frame_people(np.stack(pair), np.ones((2, 17))) for pair in pairs]
    save_people(tmp_path / 'both.npz', People(frames, 'h36m', 'a test', fps=FPS))
    run(tmp_path / 'both.npz', clips[1], '--out-dir', 'out')
    printed = capsys.readouterr().out
    assert 'Following person 1' in printed
    assert 'There is also person 2' in printed
    run(tmp_path / 'both.npz', clips[1], '--out-dir', 'out', '--person-a', 2)
    assert 'Following person 2' in capsys.readouterr().out


@pytest.mark.usefixtures('without_pictures')
def test_frame_rates_and_speeds_can_be_given(run, clips):
    run(*clips, '--out-dir', 'out', '--fps-b', 50, '--speed-b', 0.5, '--layout', 'h36m')
    shown = json.loads(Path('out/result.json').read_text())['clips']
    times = shown['b']['frame_times']
    np.testing.assert_allclose(times, np.arange(len(times)) / 100, rtol=1e-5)


def test_a_video_without_people_ends_in_a_sentence(run, tmp_path, monkeypatch):
    monkeypatch.setattr(people, 'build_detector', lambda *_: FakeDetector(False))
    path = write_clip(tmp_path / 'a.mp4', 4)
    with pytest.raises(SystemExit, match='No person was found'):
        run(path, path)


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['a.npz'], 'expected two clips or none, but got 1'),
        (['a.npz', 'b.npz', '--mode', 'fast'], "invalid choice: 'fast'"),
        (
            ['a.npz', 'b.npz', '--person-b', '7'],
            'There is no person 7. Found: person 1',
        ),
        (['a.npz', 'b.npz', '--export', 'bvh,fbx'], 'out of bvh, trc, .* bvh,fbx'),
        (['a.npz', 'b.npz', '--size', '12'], 'expected WxH, such as 1920x1080'),
        (['a.npz', 'b.npz', '--layout', 'smpl'], "but is 'smpl'"),
        (['a.npz', 'b.npz', '--fps-b', '0'], 'fps must be between'),
        (['a.npz', 'b.npz', '--speed-a', '-1'], 'speed must be a number between'),
        (['a.npz', 'b.npz', '--speed-b', '0.5'], 'speed needs the frame rate'),
        (['a.npz', 'b.npz', '--features', 'features'], 'holds no pose embedder'),
        (['a.npz', 'b.npz', '--checkpoint', 'none.pth'], 'none.pth not found'),
        (['a.npz', 'b.npz', '--config', 'none.py'], 'none.py not found'),
        (['a.npz', 'b.npz', '--device', 'cuda:63'], "device is 'cuda:63'"),
        (['a.npz', 'b.npz', '--out-dir', 'a.npz/out'], 'cannot be written to'),
    ],
)
def test_wrong_arguments_end_in_a_sentence(run, clips, arguments, said):
    with pytest.raises(SystemExit, match=said) as stop:
        run(*arguments)
    assert isinstance(stop.value.code, str)


@pytest.mark.usefixtures('without_pictures')
def test_motion_is_exported_and_c3d_left_out_without_its_package(
    run, clips, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, 'ezc3d', None)
    run(*clips, '--out-dir', 'out', '--export', 'trc,c3d,bvh')
    exported = [f'clip_{clip}.{kind}' for clip in 'ab' for kind in ('bvh', 'trc')]
    assert set(exported) == set(files_in('out')) - set(FILES)
    said = capsys.readouterr().out
    assert 'No C3D files are written, because ezc3d is not installed.' in said
    assert 'clip_a.bvh, clip_a.trc, clip_b.bvh, clip_b.trc' in said
    frames = {name: Path('out', name).read_text().count('\n') for name in exported}
    assert frames['clip_b.bvh'] - frames['clip_a.bvh'] == 20  # 40 frames against 20
    assert frames['clip_a.trc'] == 6 + 20
    assert 'ROOT root' in Path('out/clip_a.bvh').read_text()


@pytest.mark.usefixtures('without_pictures')
def test_interruption_leaves_the_older_files(run, clips, monkeypatch, capsys):
    run(*clips, '--out-dir', 'out')
    Path('out/aligned.mp4').write_text('of before')
    before = {path: path.read_bytes() for path in Path('out').iterdir()}

    def interrupt(path, frames, fps):
        next(iter(frames))
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison_files, 'write_video', interrupt)
    with pytest.raises(SystemExit, match='130'):
        run(*clips, '--out-dir', 'out', '--mode', 'nn')
    assert capsys.readouterr().err.endswith('Stopped. Nothing was written.\n')
    assert {path: path.read_bytes() for path in Path('out').iterdir()} == before


@pytest.mark.usefixtures('without_pictures')
def test_a_file_is_read_once_and_a_doubt_names_it_once(run, tmp_path, monkeypatch):
    read, said = [], []
    load = np.lib.format.read_array
    monkeypatch.setattr(
        'numpy.lib.format.read_array',
        lambda *given, **options: read.append(1) or load(*given, **options),
    )
    monkeypatch.setattr(
        'mmposenorm.keypoints.messages.print_log',
        lambda text, logger, level=0: said.append(text),
    )
    points = np.stack([waving_person(frame) for frame in range(20)])
    hidden = np.ones(points.shape[:2])
    hidden[:, [1, 4, 7, 8]] = 0  # so that it could be COCO's
    for name in ('a.npz', 'b.npz'):
        np.savez(tmp_path / name, keypoints=points, visible=hidden)
    run('a.npz', 'b.npz', '--out-dir', 'out')
    assert len(read) == 4  # two arrays of two files
    doubts = [text for text in said if 'No layout was given for 17 keypoints' in text]
    assert [text.split(':')[0] for text in doubts] == ['a.npz', 'b.npz']
