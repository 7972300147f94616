# The limb directions of VideoPose3D's poses, normalized in closed form.
_base_ = 'lifter_videopose3d.py'
test_evaluator = dict(descriptor='limb_directions')
