"""IPython: what a cell says to its shell. `%time y = f(x)` is compiled to a call with the rest of the line as text."""

from __future__ import annotations

from typing import Final

__all__ = ["hides_names"]

_QUIET: Final = frozenset(
    """
    alias autoawait autoreload autosave bookmark cd colors conda config cython_annotate dirs env html js latex
    load_ext logging lsmagic magic mamba markdown matplotlib micromamba page pastebin pinfo pip precision pwd
    quickref reload_ext script set_env svg unload_ext uv xmode
    """.split()  # noqa: SIM905  # names read best as words in lines
)
"""Magics that neither read nor bind names of the user's."""
_SHELLS: Final = frozenset({"system", "getoutput", "sx"})
"""Methods that are given a command: `!ls`, `files = !ls`."""
_MAGICS: Final = frozenset({"run_line_magic", "run_cell_magic", "magic"})


def hides_names(method: str, texts: tuple[str, ...]) -> str:
    """Return how a call of the shell stands in a cell, if its text may read or bind names; else nothing.

    Args:
        method: of the shell, as it is called.
        texts: the constant texts that it is given: the magic first, where it is one.
    """
    if method in _MAGICS and texts:
        name = texts[0].partition(" ")[0]
        if name in _QUIET and not any(map(_has_names, texts[1:])):
            return ""
        return f"%{'%' if method == 'run_cell_magic' else ''}{name}"
    if method in _SHELLS:
        return f"!{texts[0].split()[0]} ..." if texts and any(map(_has_names, texts)) else ""
    return f"get_ipython().{method}" if method in {"run_cell", "ex", "ev", "push", "run_code"} else ""


def _has_names(text: str) -> bool:
    """Tell whether IPython puts values of names into a text."""
    return "{" in text or "$" in text
