"""Who holds an instance of a class as an attribute: for messages, so the search is short."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any, Final

from ...model._identity import identity
from ..kinds._objects import PlainRule
from ..walk._class_state import type_name
from ..walk._registry import find_rule
from ..walk._scalars import is_atom
from ._preview import preview

__all__ = ["holder_of"]

_MOST: Final = 5_000  # objects that are looked at
_WIDEST: Final = 1_000  # of one container


def holder_of(value: object, cls: str, path: str, without: Collection[str] = ()) -> tuple[object, str] | None:
    """Return the nearest object below a value with an attribute of a class, and the path of the attribute.

    Args:
        value: where to begin.
        cls: module and name of the class.
        path: of the value.
        without: paths that are passed over.
    """
    waiting = deque([(value, path)])
    seen: set[int] = set()
    while waiting and len(seen) < _MOST:
        owner, way = waiting.popleft()
        if identity(owner) in seen:
            continue
        seen.add(identity(owner))
        for step, child in islice(_steps(owner), _WIDEST):
            if way + step in without or is_atom(child):
                continue
            if step.startswith(".") and type_name(type(child)) == cls:
                return owner, way + step
            waiting.append((child, way + step))
    return None


def _steps(value: Any) -> Iterable[tuple[str, object]]:
    """Return what is in a container or is an attribute of a plain object, and how a person writes the way there."""
    cls = type(value)
    if cls is dict:
        return ((f"[{preview(key, 40)}]", item) for key, item in value.items())
    if cls is list or cls is tuple:
        return ((f"[{index}]", item) for index, item in enumerate(value))
    rule = find_rule(cls)
    return ((f".{name}", item) for name, item in rule.state(value).items()) if isinstance(rule, PlainRule) else ()
