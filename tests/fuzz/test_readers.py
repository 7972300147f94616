"""Damaged files give what is finite and plausible, or an error in a sentence.

``FUZZ`` is the number of files, shared by the readers; ``make fuzz`` reads 20,000.
"""

import io
import json
import linecache
import os
import warnings
from pathlib import Path
from traceback import format_exception, walk_tb

import numpy as np
import pytest
from mutations import mutations
from tiny_weights import NORMALIZER, tiny_weights

from mmposenorm.checkpoints import load_model
from mmposenorm.datasets import H36MClips, MocapClips
from mmposenorm.datasets.asf_amc import load_amc, load_asf
from mmposenorm.datasets.penn_action import read_penn_label
from mmposenorm.datasets.synthetic import (
    write_synthetic_asf_amc,
    write_synthetic_h36m,
    write_synthetic_mocap,
    write_synthetic_penn_action,
)
from mmposenorm.inference import _read_clip
from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.people import People, frame_people, save_people
from mmposenorm.models.condition_skeleton import read_bone_lengths
from mmposenorm.skeletons import H36M_KEYPOINTS, default_bone_lengths

COUNT = int(os.environ.get('FUZZ', 500))
FRAMES = 12


def body(frame, size):
    """Place joints of a person who moves, in pixels, (size, 2)."""
    angles = np.linspace(0, 5, size) + 0.1 * frame
    ups = np.linspace(80, 420, size)
    return np.stack([320 + 60 * np.sin(angles), ups], axis=1).round(1)


def triples(size, frame):
    points = body(frame, size)
    return np.concatenate([points, np.full((size, 1), 0.9)], axis=1).ravel().tolist()


def people_npz():
    frames = [frame_people(body(f, 17)[None], np.ones((1, 17))) for f in range(FRAMES)]
    times = np.arange(FRAMES) / 30
    people = People(frames, 'coco', 'made up', 30.0, times, (640, 480))
    save_people('people.npz', people)
    return Path('people.npz').read_bytes()


def plain_npz():
    file = io.BytesIO()
    np.savez(
        file,
        keypoints=np.stack([body(f, 17) for f in range(FRAMES)]),
        visible=np.ones((FRAMES, 17)),
        layout='coco',
        fps=30,
        frame_times=np.arange(FRAMES) / 30,
    )
    return file.getvalue()


def npy():
    file = io.BytesIO()
    np.save(file, np.stack([body(f, 17) for f in range(FRAMES)]))
    return file.getvalue()


def coco():
    annotations = [
        {
            'image_id': frame,
            'category_id': 1,
            'id': frame,
            'keypoints': triples(17, frame),
            'bbox': [250, 80, 140, 340],
            'score': 0.9,
        }
        for frame in range(FRAMES)
    ]
    return json.dumps(annotations).encode()


def coco_data_set():
    names = list(LAYOUTS['coco'].joint_names)
    content = {
        'images': [{'id': f, 'file_name': f'{f}.jpg'} for f in range(FRAMES)],
        'annotations': json.loads(coco()),
        'categories': [{'id': 1, 'name': 'person', 'keypoints': names}],
    }
    return json.dumps(content).encode()


def mmpose():
    content = {
        'meta_info': {'dataset_name': 'coco'},
        'instance_info': [
            {
                'frame_id': frame + 1,
                'instances': [
                    {
                        'keypoints': body(frame, 17).tolist(),
                        'keypoint_scores': [0.9] * 17,
                        'bbox': [[250, 80, 390, 420]],
                        'bbox_score': 0.9,
                    }
                ],
            }
            for frame in range(FRAMES)
        ],
    }
    return json.dumps(content).encode()


def openpose():
    return '\n'.join(
        json.dumps({'people': [{'pose_keypoints_2d': triples(25, frame)}]})
        for frame in range(FRAMES)
    ).encode()


def mediapipe():
    frames = [
        {
            'landmarks': [
                {'x': x / 640, 'y': y / 480, 'z': 0.1, 'visibility': 0.9}
                for x, y in body(frame, 33).tolist()
            ]
        }
        for frame in range(FRAMES)
    ]
    return json.dumps(frames).encode()


def plain_csv():
    names = LAYOUTS['coco'].joint_names
    lines = ['frame,' + ','.join(f'{n}_x,{n}_y,{n}_score' for n in names)]
    lines += [f'{f},' + ','.join(map(str, triples(17, f))) for f in range(FRAMES)]
    return '\n'.join(lines).encode()


def long_csv():
    names = LAYOUTS['coco'].joint_names
    lines = ['frame,joint,x,y,score']
    for frame in range(FRAMES):
        for name, (x, y) in zip(names, body(frame, 17).tolist(), strict=True):
            lines.append(f'{frame},{name},{x},{y},0.9')
    return '\n'.join(lines).encode()


def yolo_txt():
    size = np.array([640, 480])
    line = [0, 0.5, 0.5, 0.3, 0.8]
    points = np.concatenate([body(0, 17) / size, np.ones((17, 1))], axis=1)
    return ' '.join(map(str, [*line, *points.ravel().round(4).tolist()])).encode()


KEYPOINTS = {
    'people.npz': people_npz,
    'plain.npz': plain_npz,
    'plain.npy': npy,
    'coco.json': coco,
    'data_set.json': coco_data_set,
    'mmpose.json': mmpose,
    'openpose.json': openpose,
    'mediapipe.json': mediapipe,
    'wide.csv': plain_csv,
    'long.csv': long_csv,
    'yolo.txt': yolo_txt,
}


def read_keypoint_file(path):
    clip = _read_clip(path, None, None, None, size=(640, 480))
    assert np.isfinite(clip.keypoints).all()
    assert ((clip.visible >= 0) & (clip.visible <= 1)).all()
    assert clip.visible.max() > 0
    assert len(clip.keypoints) < 1000
    if clip.frame_times is not None:
        assert np.isfinite(clip.frame_times).all()
        assert (np.diff(clip.frame_times) > 0).all()


def read_weights(path):
    for weight in load_model(path).state_dict().values():
        assert weight.isfinite().all()


def read_motion(path):
    for clip in MocapClips('mocap.npz', index_file='index.json').clips:
        assert np.isfinite(clip.keypoints_world).all()


def read_h36m(path):
    for clip in H36MClips('.', 'annotation_body3d/fps50/h36m_test.npz').clips:
        assert np.isfinite(clip.keypoints_world).all()
        assert all(value.isfinite().all() for value in clip.camera.values())


def read_amc(path):
    for channel in load_amc('01_01.amc', load_asf('01.asf')).values():
        assert np.isfinite(channel).all()


def read_penn(path):
    clip = read_penn_label(path)
    assert np.isfinite(clip.keypoints).all()
    assert min(clip.image_size) > 0


def read_bones(path):
    lengths = read_bone_lengths(path)
    assert np.isfinite(lengths).all()
    assert (lengths >= 0).all()


OTHERS = {
    'weights.pth': read_weights,
    'mocap.npz': read_motion,
    'index.json': read_motion,
    'annotation_body3d/fps50/h36m_test.npz': read_h36m,
    'annotation_body3d/cameras.pkl': read_h36m,
    '01.asf': read_amc,
    '01_01.amc': read_amc,
    'labels/0001.mat': read_penn,
    'bones.json': read_bones,
}


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Return a folder with a good file for each reader."""
    folder = tmp_path_factory.mktemp('files')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, content in KEYPOINTS.items():
            Path(name).write_bytes(content())
        tiny_weights('weights.pth', NORMALIZER)
        write_synthetic_mocap('mocap.npz', num_clips=2, num_frames=80)
        write_synthetic_h36m('.', num_frames=40)
        write_synthetic_asf_amc('.', num_frames=6)
        write_synthetic_penn_action('.', clips_per_action=1, num_frames=6)
        lengths = map(float, default_bone_lengths())
        bones = dict(zip(H36M_KEYPOINTS, lengths, strict=True))
        Path('bones.json').write_text(json.dumps({'bone_lengths': bones}))
    return folder


def is_sentence(error):
    """Whether a ``raise`` of ours made an error, and says what is wrong."""
    if not isinstance(error, ValueError | OSError):
        return False
    if isinstance(error, OSError) and error.strerror is not None:
        return True
    *_, (frame, number) = walk_tb(error.__traceback__)
    line = linecache.getline(frame.f_code.co_filename, number).strip()
    package = frame.f_globals['__name__'].partition('.')[0]
    return package == 'mmposenorm' and line.startswith('raise') and ' ' in str(error)


@pytest.mark.parametrize('name', [*KEYPOINTS, *OTHERS])
def test_damaged_files(folder, name, monkeypatch):
    monkeypatch.chdir(folder)
    read = OTHERS.get(name, read_keypoint_file)
    read(name)
    good = Path(name).read_bytes()
    count = COUNT // len([*KEYPOINTS, *OTHERS])
    wrong = {}
    try:
        for number, damaged in enumerate(
            mutations(good, Path(name).suffix, count, name)
        ):
            Path(name).write_bytes(damaged)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter('ignore')
                    read(name)
            except Exception as error:  # noqa: BLE001  # each is judged
                if not is_sentence(error):
                    text = ''.join(format_exception(error)[-3:])
                    wrong.setdefault(text, []).append(number)
    finally:
        Path(name).write_bytes(good)
    assert not wrong, '\n'.join(f'{n}: {text}' for text, n in wrong.items())
