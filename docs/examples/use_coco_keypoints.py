"""Normalize COCO keypoints of a detector, some of which were not seen."""

import numpy as np
from walks import film, walk_3d

from mmposenorm import PoseNormInferencer
from mmposenorm.keypoints import LAYOUTS
from mmposenorm.skeletons import H36M_KEYPOINTS

# In place of a detector: the twelve joints that COCO and Human3.6M share.
names = [name.replace('ankle', 'foot') for name in LAYOUTS['coco'].joint_names]
shared = [i for i, name in enumerate(names) if name in H36M_KEYPOINTS]
clip = film(walk_3d(person=1), yaw=30)
keypoints = np.zeros((150, 17, 2))
scores = np.zeros((150, 17))  # 0: not seen, as the face here
keypoints[:, shared] = clip[:, [H36M_KEYPOINTS.index(names[i]) for i in shared]]
scores[:, shared] = 0.9
scores[40:60, names.index('left_wrist')] = 0.1  # below 0.3 counts as not seen

result = PoseNormInferencer()(keypoints, scores, layout='coco', fps=50)
left_wrist = H36M_KEYPOINTS.index('left_wrist')

assert result.normalized_poses.shape == (150, 17, 3)
assert np.isfinite(result.normalized_poses).all()
assert (result.keypoints_visible[40:60, left_wrist] == 0).all()
