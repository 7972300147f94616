"""Find the matching frames of two people, filmed from two sides at two speeds."""

import numpy as np
from walks import film, walk_3d

from mmposenorm import PoseNormInferencer, align

# B walks as A does, on another body, and each second of A takes B 0.75 seconds.
walk_a, walk_b = walk_3d(person=1), walk_3d(person=2)
frames_of_b = np.arange(0, 150, 4 / 3).astype(int)
clip_a, clip_b = film(walk_a, yaw=-20), film(walk_b[frames_of_b], yaw=20)

inferencer = PoseNormInferencer()
a, b = inferencer([clip_a, clip_b], layout='h36m', fps=50)

alignment = align(a.pose_features, b.pose_features, diagonal_weight=1.5)
print(f'frame 80 of A matches frame {alignment.matches[80]} of B')

error = np.abs(frames_of_b[alignment.matches] - np.arange(150))
assert np.median(error) <= 5  # a tenth of a second
