"""Draw what is known of a person who moves now."""

import numpy as np

from mmposenorm.comparison.clip_pictures import with_spine
from mmposenorm.comparison.sentences import say_position, say_what
from mmposenorm.comparison.side_by_side import highlighted_keypoints
from mmposenorm.live.guide import LiveState
from mmposenorm.visualization import blank_image, draw_pose, draw_text

MOST_SAID = 3
_ROW, _BAR = 22, 8
_DONE_COLOR, _LEFT_COLOR = (0, 114, 178), (220, 220, 220)


def draw_state(picture: np.ndarray, state: LiveState | None) -> np.ndarray:
    """Draw a person into a picture and write below it where they are and what is off.

    Limbs that are off have a bright rim.

    Args:
        picture: The latest frame, RGB, (H, W, 3) uint8.
        state: What is known; None if nothing is.

    Returns:
        A larger picture, always of the same size for pictures of one size.
    """
    width = picture.shape[1]
    below = blank_image(width, _BAR + _ROW * (MOST_SAID + 1) + 6)
    below[:_BAR] = _LEFT_COLOR
    image = picture.copy()
    said = ['nobody is seen']
    if state is not None:
        shown = state.off[:MOST_SAID]
        keypoints, visible = with_spine(state.keypoints[None], state.visible[None])
        rims = highlighted_keypoints(shown)
        draw_pose(image, keypoints[0], visible[0], highlighted=rims)
        below[:_BAR, : round(width * state.position.phase)] = _DONE_COLOR
        said = [say_position(state.position), *map(say_what, shown)]
    for number, line in enumerate(said, start=1):
        draw_text(below, line, (8, _BAR + _ROW * number - 4))
    return np.concatenate([image, below])
