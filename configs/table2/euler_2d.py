# Joint angles in the image, from the 2D poses that all methods take as input.
_base_ = 'ceiling.py'
test_evaluator = dict(features='keypoint_labels', descriptor='bone_angles')
