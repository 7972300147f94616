"""Show where two clips differ: A and B walk alike, but B lifts the left arm."""

from walks import film, lift_left_arm, walk_3d

from mmposenorm import PoseNormInferencer
from mmposenorm.comparison import LIMBS, compare_clips

walk = walk_3d(person=1)
inferencer = PoseNormInferencer()
a, b = inferencer([film(walk, yaw=0), film(lift_left_arm(walk), yaw=0)], fps=50)
comparison = compare_clips(a, b)

mean_distances = comparison.limb_distances.mean(axis=0)  # metres
for limb, distance in zip(LIMBS, mean_distances, strict=True):
    print(f'{limb:12} {100 * distance:5.1f} cm apart')
for difference in comparison.differences:
    print(difference)

assert list(LIMBS)[mean_distances.argmax()] == 'left arm'
