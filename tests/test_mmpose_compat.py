import sys
from importlib.util import find_spec

import pytest
import torch

from mmposenorm import mmpose_compat

without_operators = pytest.mark.skipif(
    find_spec('mmcv._ext') is not None, reason='mmcv has its compiled operators'
)


@pytest.fixture
def fresh():
    """Forget an import that another test may have made."""
    mmpose_compat.import_mmpose.cache_clear()


def test_models_of_mmpose_and_mmdet_can_be_imported(fresh):
    mmpose_compat.import_mmpose()
    import mmdet.models
    import mmpose.apis

    assert mmpose.apis.init_model
    assert mmdet.models.RTMDetHead


@without_operators
def test_stand_ins_are_gone_after_the_import(fresh):
    mmpose_compat.import_mmpose()
    assert 'mmcv._ext' not in sys.modules
    assert ('torchvision' in sys.modules) <= (find_spec('torchvision') is not None)


@without_operators
def test_nms_drops_what_overlaps_a_better_box():
    mmpose_compat.import_mmpose()
    from mmcv.ops import nms

    # 0 and 1 share 81 of 100 pixels, 0 and 3 only 50 of 150; 2 is far away.
    boxes = [[0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30], [0, 5, 10, 15]]
    scores = torch.tensor([0.5, 0.9, 0.3, 0.4])
    kept_boxes, kept = nms(torch.tensor(boxes).float(), scores, 0.5)
    assert kept.tolist() == [1, 3, 2]
    torch.testing.assert_close(kept_boxes[:, 4], torch.tensor([0.9, 0.4, 0.3]))


@without_operators
def test_nms_of_no_boxes_keeps_none():
    mmpose_compat.import_mmpose()
    from mmcv.ops import nms

    assert nms(torch.zeros(0, 4), torch.zeros(0), 0.5)[1].tolist() == []


@without_operators
def test_another_operator_says_what_is_missing():
    mmpose_compat.import_mmpose()
    from mmcv.ops import box_iou_rotated

    with pytest.raises(RuntimeError, match=r"'box_iou_rotated', but mmcv-lite"):
        box_iou_rotated(torch.zeros(1, 5), torch.zeros(1, 5))


def test_missing_package_is_named_with_the_command(fresh, monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmpose', None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, 'mmpose.models', raising=False)
    with pytest.raises(ImportError, match=r'package mmpose\S*, .*make install'):
        mmpose_compat.import_mmpose()
