"""A batch of clips of 2D keypoints."""

import pytest
import torch


@pytest.fixture
def batch():
    """Two clips of 2D keypoints, and what describes them."""
    generator = torch.Generator().manual_seed(0)
    keypoints = 200 + 50 * torch.randn(2, 9, 17, 2, generator=generator)
    inputs = {'keypoints': keypoints, 'keypoints_visible': torch.ones(2, 9, 17)}
    described = {'clip_id': ['a', 'b'], 'action': ['clap', 'wave']}
    return inputs, described | {'fps': torch.tensor([30.0, 50.0], dtype=torch.float64)}
