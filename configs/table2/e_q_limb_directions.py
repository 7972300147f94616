# The limb directions of E_Q's normalized poses, compared by Euclidean distance.
_base_ = 'e_q.py'
test_evaluator = dict(descriptor='limb_directions')
