"""Which call of a computation this is, within the run of a script or of a notebook cell."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["turn"]

_counts: dict[str, Iterator[int]] = {}
_next: dict[str, int] = {}
_cell: list[int] = [-1]


def turn(computation: str, *, peek: bool = False) -> int:
    """Return the ordinal of this call of a computation, and count on.

    To be asked at most once for each call, and only where a trace or a run has a stream that nobody seeded. Safe in
    threads. Counting starts anew with each notebook cell, so that a cell that is run again gets its results again.

    Args:
        computation: what is counted: the key.
        peek: whether only to tell what the next call would get.

    Example:
        >>> turn("an example"), turn("an example", peek=True), turn("an example"), turn("another")
        (0, 1, 1, 0)
    """
    cell = _execution_count()
    if cell != _cell[0]:
        _cell[0] = cell
        _counts.clear()
        _next.clear()
    if peek:
        return _next.get(computation, 0)
    # A counter, and not the dictionary, says who comes when: taking from it cannot be interrupted half-way.
    ordinal = next(_counts.setdefault(computation, itertools.count()))
    _next[computation] = ordinal + 1
    return ordinal


def _execution_count() -> int:
    """Return the number of the cell that runs, or -1 outside of IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return int(getattr(shell, "execution_count", -1))
