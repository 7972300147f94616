"""Tell what differs between two clips: A and B walk alike, but B lifts the left arm."""

from walks import film, lift_left_arm, walk_3d

from mmposenorm import compare

walk = walk_3d(person=1)
comparison = compare(
    film(walk, yaw=0), film(lift_left_arm(walk), yaw=0), layout='h36m', fps=50
)
print(comparison)

first = comparison.differences[0]
print(f'{first.angle}: {first.value_a:.0f} degrees in A, {first.value_b:.0f} in B')

assert comparison.verdict.kind == 'alike'
assert first.angle == 'left_shoulder_elevation'
assert first.size > 40
