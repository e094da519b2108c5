"""wrapt and its like: transparent proxies, which answer every question for the object that they stand for."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Final

__all__ = ["held_by_proxy", "is_proxy"]

_OWN: Final = "_self_"
"""How the attributes begin that a proxy keeps for itself."""
_LAZY: Final = "__factory__"
"""What gives a lazy proxy the object, when it is asked for the first time."""


def is_proxy(cls: type) -> bool:
    """Return whether instances of a class claim to be of another class, that of an object which they wrap."""
    space: list[Mapping[str, object]] = [base.__dict__ for base in cls.__mro__[:-1]]
    return any("__class__" in one for one in space) and any("__wrapped__" in one for one in space)


def held_by_proxy(proxy: object) -> list[object]:
    """Return what a proxy holds: the object, what it calls in its place, and its own attributes; nothing is run."""
    if any(_LAZY in base.__dict__ for base in type(proxy).__mro__):
        return [object.__getattribute__(proxy, _LAZY)]
    held = [item for item in gc.get_referents(proxy) if item is not type(proxy)]
    for place, item in enumerate(held):
        if type(item) is dict:  # the first one is its own: names and texts taken over from the object, and `_self_...`
            own = sorted(name for name in item if type(name) is str and name.startswith(_OWN))
            return [*held[:place], *held[place + 1 :], *(part for name in own for part in (name, item[name]))]
    return held
