"""Which functions were given other code or other defaults: by a reloader, or by hand.

Reading these attributes raises an audit event, as `id` does (`_identity`): three for every function of a plan, at each
hit. Setting one raises an event as well. So where the hook tells of that here, what was not told has not happened, and
nobody needs to read.
"""

from __future__ import annotations

import weakref
from functools import partial
from types import FunctionType
from typing import Final

from .._identity import identity

__all__ = ["ATTRIBUTES", "UNTOLD", "altered", "changes", "tell", "told_from_now_on"]

ATTRIBUTES: Final = frozenset(("__code__", "__defaults__", "__kwdefaults__"))
UNTOLD: Final = -1
changes: Final = [UNTOLD]
"""How many changes were told; `UNTOLD` as long as nobody tells. A list, so that it can be read without a call."""
altered: Final[dict[int, weakref.ref[FunctionType]]] = {}
"""The functions that they were of, by identity, as long as these live: the event comes before the change, nobody knows
by how long, so a function that has been named once is looked at for good."""


def told_from_now_on() -> None:
    """From here on every change is told."""
    if changes[0] == UNTOLD:
        changes[0] = 0


def tell(function: object) -> None:
    """Say that an attribute of this function is about to be set or deleted."""
    if type(function) is FunctionType:
        key = identity(function)
        # Before it is counted: who sees the new count sees whom it is of.
        altered[key] = weakref.ref(function, partial(altered.pop, key))
        changes[0] += 1
