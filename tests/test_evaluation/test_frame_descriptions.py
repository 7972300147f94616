"""By what evaluators describe frames."""

import numpy as np
import pytest
import torch

from mmposenorm.evaluation.frame_descriptions import describe_frames
from mmposenorm.geometry.descriptors import limb_directions


def test_a_field_is_flattened():
    poses = torch.arange(2 * 3 * 4).reshape(2, 3, 4)
    described = describe_frames({'poses': poses}, 'poses')
    np.testing.assert_array_equal(described, np.arange(24).reshape(2, 12))


def test_a_descriptor_takes_several_fields():
    generator = np.random.default_rng(0)
    poses, sigma = generator.normal(size=(5, 17, 3)), generator.random((5, 16))
    described = describe_frames(
        {'poses': poses, 'sigma': sigma}, ['poses', 'sigma'], 'limb_directions'
    )
    np.testing.assert_array_equal(described, limb_directions(poses, sigma))
    assert np.abs(described - limb_directions(poses)).max() > 0.1


def test_a_missing_field_is_named():
    with pytest.raises(ValueError, match=r"does not predict 'sigma', only \['poses'\]"):
        describe_frames({'poses': np.zeros((3, 2))}, ['poses', 'sigma'])
