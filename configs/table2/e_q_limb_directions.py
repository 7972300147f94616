# Limb directions of the pose normalizer's poses, compared by Euclidean distance.
_base_ = 'e_q.py'
test_evaluator = dict(descriptor='limb_directions')
