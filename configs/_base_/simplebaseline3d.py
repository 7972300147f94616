# SimpleBaseline3D (Martinez et al.), one frame at a time: in mmpose this is
# VideoPose3D's network with kernels of one frame, two residual blocks and no root in
# its output.
_base_ = 'videopose3d.py'
lifter = dict(
    backbone=dict(kernel_sizes=(1, 1, 1), dropout=0.5),
    head=dict(num_joints=16),
)
