"""Normalize 3D poses in closed form: no network, no weights."""

import numpy as np
from scipy.spatial.transform import Rotation
from walks import walk_3d

from mmposenorm import normalize_keypoints_3d

poses = walk_3d(person=1)  # (T, 17, 3): any unit, any right-handed axes
turned = Rotation.from_euler('xyz', (20, 130, -40), degrees=True).apply(
    poses.reshape(-1, 3)
)
twice_as_tall = 2 * turned.reshape(poses.shape)

normalized = normalize_keypoints_3d(poses)
print(normalized[0].round(2))  # metres, mid-hips at 0, y up, facing +z, left at +x

np.testing.assert_allclose(normalized, normalize_keypoints_3d(twice_as_tall), atol=1e-4)
