import numpy as np
import pytest

from mmposenorm.keypoints import detectors
from mmposenorm.keypoints.detectors import build_detector, detect_people
from mmposenorm.keypoints.mmpose_pose import MMPoseDetector, is_cached_or_reachable
from mmposenorm.keypoints.video import Video


class FakeDetector:
    """Finds one person, whose place tells the brightness of the frame."""

    layout, name = 'coco', 'fake'

    def __init__(self, people_at):
        self.people_at, self.resets = people_at, 0

    def reset(self):
        self.resets += 1

    def __call__(self, frame):
        return self.people_at((frame.mean(), 0))


def test_people_are_found_in_every_frame(make_video, people_at):
    detector = FakeDetector(people_at)
    video = Video(make_video(frames=5, fps=25))
    people = detect_people(video, detector)
    places = [frame.boxes[0, 0] for frame in people.frames]
    np.testing.assert_allclose(places, 40 * np.arange(5), atol=3)
    np.testing.assert_allclose(people.frame_times, np.arange(5) / 25, atol=1e-6)
    assert people.fps == pytest.approx(25)
    assert (people.layout, people.image_size) == ('coco', (64, 48))
    assert people.source == f'fake on {video.path}'
    assert detector.resets == 1


def test_what_goes_wrong_while_reading_is_not_lost():
    def broken():
        yield 1
        raise OSError('the disk is gone')

    items = detectors._read_ahead(broken())
    assert next(items) == 1
    with pytest.raises(OSError, match='the disk is gone'):
        next(items)


@pytest.mark.parametrize('reachable', [True, False])
def test_auto_takes_mmpose_where_its_weights_can_be_had(monkeypatch, reachable):
    monkeypatch.setattr(detectors, 'is_cached_or_reachable', lambda address: reachable)
    monkeypatch.setattr(detectors, 'MMPoseDetector', lambda *options: options)
    monkeypatch.setattr(detectors, 'MediaPipeDetector', lambda: 'mediapipe')
    chosen = build_detector()
    assert chosen == (('body26', None, None, None, None) if reachable else 'mediapipe')


def test_options_of_mmpose_mean_mmpose(monkeypatch):
    monkeypatch.setattr(detectors, 'MMPoseDetector', lambda *options: options)
    expected = ('body26', None, 'whole_image', None, 'cpu')
    assert build_detector(det_model='whole_image', device='cpu') == expected
    assert build_detector('rtmpose-m')[0] == 'rtmpose-m'
    for other in ('mediapipe', 'rtmlib'):
        with pytest.raises(ValueError, match=f"'{other}' takes no weights"):
            build_detector(other, pose2d_weights='a.pth')


def test_weights_downloaded_before_need_no_server(tmp_path, monkeypatch):
    monkeypatch.setattr('torch.hub.get_dir', lambda: str(tmp_path))
    (tmp_path / 'checkpoints').mkdir()
    address = 'http://127.0.0.1:9/folder/weights.pth'  # where nothing answers
    assert not is_cached_or_reachable(address)
    (tmp_path / 'checkpoints' / 'weights.pth').touch()
    assert is_cached_or_reachable(address)


class StubInferencer:
    """Answers as mmpose's inferencer, with or without a detector of people."""

    def __init__(self, people, detector):
        self.people, self.detector = people, detector

    def __call__(self, frame):
        yield {'predictions': [self.people]}


@pytest.fixture
def stub_detector():
    def make(boxes, has_detector):
        people = [
            {
                'keypoints': [[1.0, 2.0]] * 20,
                'keypoint_scores': [0.5] * 20,
                'bbox': (box,),
                'bbox_score': score,
            }
            for box, score in boxes
        ]
        detector = MMPoseDetector.__new__(MMPoseDetector)
        detector._inferencer = StubInferencer(people, has_detector or None)
        detector._joint_count = 17
        return detector

    return make


@pytest.mark.parametrize(
    ('boxes', 'has_detector', 'count'),
    [
        ([([0, 0, 64, 48], 1)], True, 0),  # what mmpose makes of an empty image
        ([([0, 0, 64, 48], 0.97)], True, 1),
        ([([0, 0, 64, 48], 1)], False, 1),
        ([([5, 5, 20, 30], 0.9), ([30, 5, 60, 30], 0.8)], True, 2),
    ],
)
def test_a_person_made_of_the_whole_image_is_not_believed(
    stub_detector, boxes, has_detector, count
):
    found = stub_detector(boxes, has_detector)(np.zeros((48, 64, 3), np.uint8))
    assert len(found) == count
    assert found.keypoints.shape == (count, 17, 2)
    if count:
        np.testing.assert_array_equal(found.boxes, [box for box, _ in boxes])
