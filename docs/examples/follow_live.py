"""Follow a walker through a reference, as if each frame came from a camera."""

import numpy as np
from walks import film, walk_3d

from mmposenorm import PoseNormInferencer
from mmposenorm.keypoints.people import frame_people
from mmposenorm.live import LiveGuide

inferencer = PoseNormInferencer()
reference = inferencer(film(walk_3d(person=1), yaw=-20), layout='h36m', fps=50)

guide = LiveGuide(reference, inferencer, layout='h36m', fps=25, loops=False)
errors = []
for number, keypoints in enumerate(film(walk_3d(person=2), yaw=20)[::2]):
    people = frame_people(keypoints[None], np.ones((1, 17)))
    state = guide.add(people, time=number / 25)
    if state is None:  # not seen, or the first tenth of a second
        continue
    errors.append(state.position.reference_frame - 50 * state.time)
print(f'{state.position.phase:.0%} of the reference, off by {errors[-1]:.0f} frames')

assert np.median(np.abs(errors)) <= 8  # 5 % of the reference
