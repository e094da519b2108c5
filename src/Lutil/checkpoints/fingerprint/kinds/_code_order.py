"""Elements of sets in the order of the names of the code that they have.

Code is numbered in the order in which a walk meets it, and elements of a set are met in an order that differs from
process to process: where several of them have code of their own, equal sets would have other digests there.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Collection, Iterable
from itertools import chain, islice
from types import FunctionType, MethodType, ModuleType
from typing import Any

from ..walk._class_state import type_name
from ..walk._scalars import LEAVES

__all__ = ["by_code"]

_HOLDING = frozenset({tuple, frozenset, type, FunctionType, MethodType, functools.partial})
"""Types of which one element may have other code than the next."""
_MOST = 64
"""How much of what an element holds is looked at."""


def by_code(items: Collection[Any], types: set[type]) -> Iterable[Any]:
    """Return elements of these types in an order in which their code is met alike in every process."""
    if types <= LEAVES.keys() or (len(types) == 1 and not types & _HOLDING and not any(map(_may_hold, items))):
        return items
    return sorted(items, key=_name)


def _may_hold(item: Any) -> bool:
    """Tell whether an object has attributes in which there may be code."""
    return bool(type(item).__dictoffset__) and not LEAVES.keys() >= set(map(type, _attributes(item).values()))


def _attributes(item: Any) -> dict[str, Any]:
    try:
        found = object.__getattribute__(item, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def _name(item: Any) -> list[str]:
    """Return the names of the first code that an element is or holds, and of the classes of what it holds."""
    if type(item) is tuple and LEAVES.keys() >= set(map(type, item)):
        return []
    found: list[str] = []
    waiting = deque([item])
    for _ in range(_MOST):
        if not waiting:
            break
        one = waiting.popleft()
        if type(one) is FunctionType:
            code = one.__code__
            found.append(
                f"{one.__module__}.{one.__qualname__} {code.co_firstlineno} {code.co_code.hex()} {code.co_names}"
            )
        elif isinstance(one, type):
            found.append(f"{type_name(type(one))} {type_name(one)}")
        elif type(one) not in LEAVES:
            found.append(type_name(type(one)))
            waiting += islice(_held(one), _MOST)
    return sorted(found)


def _held(item: Any) -> Iterable[Any]:
    """Return what an object holds, of the kinds that usually hold code."""
    cls = type(item)
    if cls in {tuple, list, set, frozenset}:
        return item  # type: ignore[no-any-return]
    if cls is dict:
        return chain.from_iterable(item.items())
    if cls is MethodType:
        return item.__func__, item.__self__
    if cls is functools.partial:
        return item.func, item.args, item.keywords
    return () if cls is ModuleType else _attributes(item).values()
