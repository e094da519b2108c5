"""Which call of a computation this is, within the run of a script or of a notebook cell."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["turn"]

_counts: dict[str, Iterator[int]] = {}
_next: dict[str, int] = {}
_cell: list[int] = [-1]
_floor: list[int] = [0]
_MOST: Final = 50_000
"""Computations whose calls are counted. Beyond that all start anew where the furthest was, so that none gets an ordinal
twice."""


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
        _floor[0] = 0
    if peek:
        return _next.get(computation, _floor[0])
    if len(_next) >= _MOST and computation not in _counts:
        _floor[0] = max([*_next.values()])
        _counts.clear()
        _next.clear()
    # A counter, and not the dictionary, says who comes when: taking from it cannot be interrupted half-way.
    ordinal = next(_counts.setdefault(computation, itertools.count(_floor[0])))
    _next[computation] = ordinal + 1
    return ordinal


def _execution_count() -> int:
    """Return the number of the cell that runs, or -1 outside of IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return int(getattr(shell, "execution_count", -1))
