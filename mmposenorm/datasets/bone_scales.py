"""Bodies of other proportions, for measuring Delta-MPJPE."""

import numpy as np

from mmposenorm.skeletons import H36M_KEYPOINTS, H36M_LEFT, H36M_RIGHT

SCALE_RANGE = (0.75, 1.25)
BLOCK_FRAMES = 50


def draw_bone_scales(num_frames: int, generator: np.random.Generator) -> np.ndarray:
    """Draw factors that scale the bones of a body, frame by frame.

    Each bone has one factor, uniform in [0.75, 1.25] and the same left and right. All
    are drawn again every 50 frames.

    Args:
        num_frames: T.
        generator: Source of the draws.

    Returns:
        Factor for the bone that ends at each keypoint, (T, 17) float32; 1 for the root,
        which has no bone.

    Source:
        Paper section 4.1, the anthropometry variation of Table 1.
    """
    num_blocks = -(-num_frames // BLOCK_FRAMES)
    blocks = generator.uniform(*SCALE_RANGE, (num_blocks, len(H36M_KEYPOINTS)))
    blocks[:, H36M_RIGHT] = blocks[:, H36M_LEFT]
    blocks[:, 0] = 1
    return blocks.repeat(BLOCK_FRAMES, axis=0)[:num_frames].astype(np.float32)
