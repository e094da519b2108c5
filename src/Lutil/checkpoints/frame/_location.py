"""Where a block stands, for people. Never for a key: a file that is moved or renamed keeps its hits."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import types

__all__ = ["location"]

_IPYTHON_CELL = re.compile(r"<ipython-input-(\d+)-")


def location(frame: types.FrameType, line: int | None = None) -> str:
    """Return where a frame is running as people would write it: `train.py:12`, `cell In[3]:2`.

    Args:
        frame: the frame.
        line: another line of the same file; default: the line that is running.
    """
    if line is None:
        line = frame.f_lineno
    return f"{_place(frame.f_code.co_filename)}:{line}"


def _place(filename: str) -> str:
    cell = _cell(filename)
    if cell:
        return cell
    if filename.startswith("<"):
        return filename
    path = Path(filename)
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):  # elsewhere, or the working directory is gone
        return filename


def _cell(filename: str) -> str:
    """Return the name of a notebook cell as its traceback shows it, or an empty string."""
    found = _IPYTHON_CELL.match(filename)
    if found:
        return f"cell In[{found[1]}]"
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    describe = getattr(getattr(shell, "compile", None), "format_code_name", None)
    described = describe(filename) if describe is not None else None
    if isinstance(described, tuple) and len(described) == 2 and described[0] == "Cell":
        return f"cell {described[1]}"
    return ""
