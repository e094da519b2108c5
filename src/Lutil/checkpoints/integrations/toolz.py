"""toolz and cytoolz: curried functions, which are pickled by name and remember their own signature."""

from __future__ import annotations

from typing import Final

__all__ = ["CALLABLES"]

_CURRIED = ("func", "args", "keywords")

CALLABLES: Final[dict[str, tuple[str, ...]]] = {
    "toolz.functoolz.curry": _CURRIED,
    "cytoolz.functoolz.curry": _CURRIED,
}
