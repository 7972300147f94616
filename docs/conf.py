"""How Sphinx builds the site: ``make docs``, no network needed."""

import numpy.typing


class ArrayLike:
    """Stands for NumPy's type, which would be written out in eight lines."""


numpy.typing.ArrayLike = ArrayLike

from mmposenorm import __version__  # noqa: E402  after that

project = 'mmposenorm'
author = 'the mmposenorm contributors'
version = release = __version__

extensions = ['myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon']
# tables/ holds what tools/tables writes; pages include it.
exclude_patterns = ['_build', 'examples', 'tables']

myst_enable_extensions = ['colon_fence', 'deflist', 'dollarmath']
myst_heading_anchors = 3
# The tables that programs write start with a second-level heading.
suppress_warnings = ['myst.header']

autodoc_typehints = 'description'
autodoc_typehints_description_target = 'documented'
autodoc_member_order = 'bysource'
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = 'furo'
html_title = 'mmposenorm'
