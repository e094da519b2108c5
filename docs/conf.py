"""How Sphinx builds the pages: `make html`, warnings are errors.

Pages lie flat in this folder, so that their links work on code hosting sites as well; `start.md`, `how-to.md`,
`concepts.md`, `reference.md` and `inside.md` group them.
"""

from __future__ import annotations

import Lutil

project = "Lutil"
author = "the authors of Lutil"
project_copyright = "the authors of Lutil"
release = version = Lutil.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build", "pictures"]
source_suffix = {".md": "markdown"}
nitpicky = False  # annotations name numpy, pandas and others, whose pages a build without a network cannot ask

myst_enable_extensions = ["deflist", "fieldlist"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
default_role = "literal"  # single backquotes in docstrings are code
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "pydata_sphinx_theme"
html_title = f"Lutil {release}"
html_theme_options = {
    "logo": {"text": "Lutil"},
    "navigation_with_keys": False,
    "show_prev_next": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_show_sourcelink = False
copybutton_exclude = ".linenos, .gp, .go"


def _is_field(_app: object, _what: str, _name: str, thing: object, skip: bool, _options: object) -> bool:  # noqa: FBT001
    """Leave out the fields of named tuples: the docstring of the class has them."""
    return skip or type(thing).__name__ == "_tuplegetter"


def setup(app: object) -> None:
    """Connect what Sphinx asks while it reads."""
    app.connect("autodoc-skip-member", _is_field)  # type: ignore[attr-defined]
