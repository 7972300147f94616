# SimpleBaseline3D's 3D poses, rotated onto the T-pose.
_base_ = 'lifter.py'
test_evaluator = dict(features='keypoints', descriptor='turned_keypoints')
