"""mmpose's real models with random weights: what they find means nothing."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import DefaultScope

from mmposenorm.keypoints.mmpose_pose import (
    DEFAULT_POSE2D,
    DEFAULT_WEIGHTS,
    MMPoseDetector,
)


@pytest.fixture(scope='module')
def mmpose_configs():
    mmpose = pytest.importorskip('mmpose')
    return Path(mmpose.__file__).parent / '.mim' / 'configs'


@pytest.mark.parametrize(
    ('config', 'layout', 'joints'),
    [
        ('rtmpose-t_8xb1024-700e_body8-halpe26-256x192.py', 'halpe26', 26),
        ('rtmpose-m_8xb64-270e_coco-wholebody-256x192.py', 'coco', 17),
    ],
)
def test_models_of_mmpose_run(mmpose_configs, config, layout, joints):
    path = next(mmpose_configs.rglob(config))
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        detector = MMPoseDetector(str(path), det_model='whole_image', device='cpu')
        assert DefaultScope.get_current_instance().scope_name == 'mmposenorm'
    assert detector.layout == layout
    assert detector.name == f'mmpose {path.stem}'
    image = np.random.default_rng(0).integers(0, 255, (96, 72, 3), dtype=np.uint8)
    people = detector(image)
    assert people.keypoints.shape == (1, joints, 2)
    assert np.isfinite(people.keypoints).all()
    np.testing.assert_array_equal(people.boxes, [[0, 0, 72, 96]])


def test_the_default_weights_are_those_that_mmpose_downloads(mmpose_configs):
    from mmposenorm.mmpose_compat import import_mmpose

    import_mmpose()
    from mmengine.config import Config
    from mmpose.apis.inferencers.utils import default_det_models

    index = Config.fromfile(
        next(mmpose_configs.rglob('rtmpose_body8-halpe26.yml')),
        import_custom_modules=False,
    )
    (model,) = [m for m in index['Models'] if m.get('Alias') == DEFAULT_POSE2D]
    human = default_det_models['human']['weights']
    assert (model['Weights'], human) == DEFAULT_WEIGHTS


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match='no-such-model'):
        MMPoseDetector('no-such-model')
