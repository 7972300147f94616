# The 3D poses that SimpleBaseline3D gives, turned onto the T-pose.
_base_ = 'lifter.py'
test_evaluator = dict(features='keypoints', descriptor='turned_keypoints')
