# VideoPose3D with 27 frames, normalized in closed form.
_base_ = [
    '../lifter_videopose3d_cmu.py',
    '../_base_/correspondence_mocap.py',
]
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(
    _delete_=True, type='DenseCorrespondence', features='normalized_poses'
)
