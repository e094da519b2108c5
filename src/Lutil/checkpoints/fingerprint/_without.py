"""Parts that do not count: `"num_workers"`, `"optim.lr"`, `"['b']"`, and how they are found below a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["left_out"]

_STEP = re.compile(r"\.?([^\W\d]\w*)|\[(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(-?\d+))\]")
_NOWHERE = object()


def left_out(value: object, without: tuple[str, ...]) -> Iterator[tuple[object, object]]:
    """Yield what holds each of these parts, and by which name, key or index; one that is missing is no error."""
    for text in without:
        steps = [_step(match) for match in _STEP.finditer(text)]
        owner: Any = value
        for step in steps[:-1]:
            owner = _follow(owner, step)
        if steps:
            yield owner, steps[-1]


def _step(match: re.Match[str]) -> object:
    name, single, double, index = match.groups()
    if index is not None:
        return int(index)
    return name if name is not None else re.sub(r"\\(.)", r"\1", single if single is not None else double)


def _follow(owner: Any, step: object) -> object:
    """Return what is at a step below a value, found without running more of its code than needed."""
    try:
        if isinstance(step, str) and step in getattr(owner, "__dict__", ()):
            return owner.__dict__[step]
        if isinstance(step, str) and not isinstance(owner, dict) and hasattr(owner, step):
            return getattr(owner, step)
        return owner[step]
    except Exception:  # noqa: BLE001 - a part that is missing may be missing
        return _NOWHERE
