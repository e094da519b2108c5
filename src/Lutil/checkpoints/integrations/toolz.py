"""toolz and cytoolz: curried functions, which are pickled by name and remember their own signature.

Of its own wrappers cytoolz shows little: what they hold is asked of the garbage collector.
"""

from __future__ import annotations

import gc
from typing import Any, Final

__all__ = ["CALLABLES"]

_CURRIED = ("func", "args", "keywords")


def _functions(wrapper: object) -> tuple[Any, ...]:
    """Return the functions that a wrapper holds; what it remembers of its calls is none."""
    return tuple(item for item in gc.get_referents(wrapper) if callable(item) and item is not type(wrapper))


CALLABLES: Final[dict[str, tuple[Any, ...]]] = {
    "toolz.functoolz.curry": _CURRIED,
    "cytoolz.functoolz.curry": _CURRIED,
    "cytoolz.functoolz._memoize": (_functions,),
    "cytoolz.functoolz.complement": (_functions,),
    "cytoolz.functoolz.excepts": ("exc", "func", "handler"),
}
