"""Show where two clips differ: A and B walk alike, but B lifts the left arm."""

import numpy as np
from walks import film, walk_3d

from mmposenorm import PoseNormInferencer
from mmposenorm.comparison import LIMBS, compare_clips
from mmposenorm.skeletons import H36M_KEYPOINTS

walk = walk_3d(person=1)
lifted = walk.copy()
shoulder, elbow, wrist = (
    H36M_KEYPOINTS.index(f'left_{name}') for name in ('shoulder', 'elbow', 'wrist')
)
to_the_left = walk[:, shoulder] - walk[:, H36M_KEYPOINTS.index('right_shoulder')]
to_the_left /= np.linalg.norm(to_the_left, axis=-1, keepdims=True)
lifted[:, elbow] = walk[:, shoulder] + 0.28 * to_the_left
lifted[:, wrist] = walk[:, shoulder] + 0.52 * to_the_left

inferencer = PoseNormInferencer()
a, b = inferencer([film(walk, yaw=0), film(lifted, yaw=0)], fps=50)
comparison = compare_clips(a, b)
mean_distances = comparison.limb_distances.mean(axis=0)  # metres
for limb, distance in zip(LIMBS, mean_distances, strict=True):
    print(f'{limb:12} {100 * distance:5.1f} cm apart')

assert list(LIMBS)[mean_distances.argmax()] == 'left arm'
