# Joint angles of SimpleBaseline3D's 3D poses.
_base_ = 'lifter.py'
test_evaluator = dict(features='keypoints', descriptor='joint_angles')
