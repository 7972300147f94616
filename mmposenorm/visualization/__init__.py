"""Draw poses, plots and tables, and write pictures and videos."""

from mmposenorm.visualization.files import (
    write_image,
    write_video,
)
from mmposenorm.visualization.poses import (
    LEFT_COLOR,
    RIGHT_COLOR,
    TRUNK_COLOR,
    blank_image,
    camera_to_viewer,
    draw_pose,
    draw_pose_3d,
    draw_text,
    fit_scale,
    fit_scale_3d,
    title_row,
)

__all__ = [
    'LEFT_COLOR',
    'RIGHT_COLOR',
    'TRUNK_COLOR',
    'blank_image',
    'camera_to_viewer',
    'draw_pose',
    'draw_pose_3d',
    'draw_text',
    'fit_scale',
    'fit_scale_3d',
    'title_row',
    'write_image',
    'write_video',
]
