from types import SimpleNamespace

import numpy as np
from matplotlib.figure import Figure

from mmposenorm.comparison import LIMBS
from mmposenorm.comparison.alignment_plot import _draw_limbs


def test_a_limb_that_is_never_seen_says_so():
    frames = np.arange(4)
    apart = np.full((4, len(LIMBS)), 0.1)
    unseen = list(LIMBS).index('head')
    apart[:, unseen] = np.nan
    alignment = SimpleNamespace(path=np.stack([frames, frames], axis=1), matches=frames)
    comparison = SimpleNamespace(
        alignment=alignment, limb_distances=apart, differences=[]
    )
    figure = Figure()
    axes = figure.subplots()
    _draw_limbs(figure, axes, comparison, np.asarray, 4)
    (text,) = axes.texts
    assert (text.get_text(), text.xy) == ('not seen', (2, unseen))
