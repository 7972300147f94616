# Joint angles of the 3D poses that SimpleBaseline3D gives.
_base_ = 'lifter.py'
test_evaluator = dict(features='keypoints', descriptor='joint_angles')
