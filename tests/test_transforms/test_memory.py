import torch

from mmposenorm.transforms.memory import from_planes, to_planes


def test_a_number_keeps_its_place_by_hand():
    points = torch.zeros(2, 5, 17, 3)
    points[1, 4, 16, 2] = 7
    assert to_planes(points)[2, 16, 1, 4] == 7


def test_there_and_back():
    points = torch.randn(2, 5, 17, 3)
    torch.testing.assert_close(from_planes(to_planes(points)), points, rtol=0, atol=0)


def test_frames_are_next_to_each_other():
    planes = to_planes(torch.randn(2, 5, 17, 3))
    assert planes.is_contiguous()
    assert planes.stride(-1) == 1


def test_points_are_a_view():
    planes = torch.zeros(3, 17, 2, 5)
    from_planes(planes)[0, 0, 0, 0] = 7
    assert planes[0, 0, 0, 0] == 7
