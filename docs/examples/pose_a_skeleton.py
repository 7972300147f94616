"""Put the joint rotations of a clip on a skeleton of your own."""

import numpy as np
from walks import film, walk_3d

from mmposenorm import PoseNormInferencer, forward_kinematics

inferencer = PoseNormInferencer()
result = inferencer(film(walk_3d(person=1), yaw=0), fps=50)
skeleton = inferencer.skeleton

# Legs 20 % longer; all else stays. Rows are joints, offsets are in the parent's frame.
offsets = skeleton.bone_offsets.copy()
for joint, name in enumerate(skeleton.joint_names):
    if name.endswith(('knee', 'foot')):
        offsets[joint] *= 1.2
joints = forward_kinematics(result.joint_rotations, offsets, skeleton.parents)

knee, foot = (skeleton.joint_names.index(f'left_{name}') for name in ('knee', 'foot'))
shin = np.linalg.norm(joints[:, foot] - joints[:, knee], axis=-1)
np.testing.assert_allclose(shin, 1.2 * skeleton.bone_lengths[foot], rtol=1e-3)
