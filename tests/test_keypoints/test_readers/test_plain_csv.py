import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

COCO = LAYOUTS['coco'].joint_names


@pytest.fixture
def write_csv(tmp_path):
    def write(header, rows, delimiter=','):
        lines = [delimiter.join(map(str, row)) for row in (header, *rows)]
        path = tmp_path / 'clip.csv'
        path.write_text('\n'.join(lines) + '\n')
        return path

    return write


@pytest.mark.parametrize('named', [True, False])
def test_a_row_for_each_joint(write_csv, body, check, named):
    rows = [
        (frame, name if named else joint, x, y, 0.4)
        for frame in (40, 41, 43)
        for joint, (name, (x, y)) in enumerate(
            zip(COCO, body(COCO, dx=frame), strict=True)
        )
    ]
    people = read_keypoints(write_csv(['frame', 'joint', 'x', 'y', 'score'], rows))
    assert (people.layout, people.first_frame) == ('coco', 40)
    assert [len(frame) for frame in people.frames] == [1, 1, 0, 1]
    check(people, 3, body(COCO, dx=43), 0.4)


def test_rows_of_several_people_without_scores(write_csv, body, check):
    rows = [
        (0, person, name, x, y)
        for person in (1, 2)
        for name, (x, y) in zip(COCO, body(COCO, dx=100 * person), strict=True)
    ]
    path = write_csv(['Frame', 'Person', 'Keypoint', 'X', 'Y'], rows)
    check(read_keypoints(path), 0, body(COCO, dx=200), 1, person=1)


def test_a_joint_that_is_left_out_was_not_found(write_csv, body):
    rows = [
        (0, joint, x, y, 0.4) for joint, (x, y) in enumerate(body(COCO)) if joint != 3
    ]
    people = read_keypoints(write_csv(['frame', 'joint', 'x', 'y', 'score'], rows))
    assert people.frames[0].scores[0, 3] == 0
    assert people.frames[0].scores[0, 4] > 0


@pytest.mark.parametrize('separator', ['_', '.', ' '])
def test_a_row_for_each_frame(write_csv, body, check, separator):
    header = [
        'frame',
        *(f'{n}{separator}{c}' for n in COCO for c in ('x', 'y', 'conf')),
    ]
    rows = [
        [frame, *(number for x, y in body(COCO, dx=frame) for number in (x, y, 0.4))]
        for frame in (5, 6)
    ]
    people = read_keypoints(write_csv(header, rows))
    assert (people.layout, people.first_frame) == ('coco', 5)
    check(people, 1, body(COCO, dx=6), 0.4)


def test_semicolons_and_decimal_commas(write_csv, body, check):
    rows = [
        (0, name, f'{x + 0.5}'.replace('.', ','), f'{y}'.replace('.', ','))
        for name, (x, y) in zip(COCO, body(COCO), strict=True)
    ]
    path = write_csv(['frame', 'joint', 'x', 'y'], rows, delimiter=';')
    check(read_keypoints(path), 0, body(COCO, dx=0.5))


@pytest.mark.parametrize(
    ('header', 'row', 'delimiter'),
    [
        (['"Time (ms)"', '"Trajectory 1/X"', '"Trajectory 1/Y"'], [0, 1, 2], ','),
        (['Time', 'knee X', 'knee Y'], ['0,00', '1,5', '2,5'], ';'),
        (['#Kinovea Trajectory data export'], ['#T X Y'], ','),
    ],
)
def test_kinoveas_csv_is_refused(write_csv, header, row, delimiter):
    with pytest.raises(ValueError, match=r"Kinovea's csv.*give the video instead"):
        read_keypoints(write_csv(header, [row], delimiter))


@pytest.mark.parametrize(
    ('header', 'row', 'message'),
    [
        (['a', 'b'], [1, 2], r'no supported format \(its columns are a, b\)'),
        (['frame', 'joint', 'x', 'y'], [0, 999, 1, 2], 'numbers up to 999'),
        (['frame', 'joint', 'x', 'y'], [0, 'tail', 1, 2], 'joints are named tail'),
        (['frame', 'joint', 'x', 'y'], [], 'no rows below its header'),
    ],
)
def test_what_is_no_table_of_keypoints_is_refused(write_csv, header, row, message):
    with pytest.raises(ValueError, match=message):
        read_keypoints(write_csv(header, [row]))
