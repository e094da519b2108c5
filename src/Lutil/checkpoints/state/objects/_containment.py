"""What cannot change itself: whether it can hold what does, and how that is reached."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable
from types import NoneType
from typing import Any

from ...fingerprint.kinds._builtins import draws_for_all
from ...fingerprint.kinds._consumables import consumed, left
from ...fingerprint.kinds._handles import carried, is_handle
from ...fingerprint.walk._scalars import is_atom
from ._in_place_rule import InPlaceRule, Way

__all__ = ["FIXED", "INSIDE", "inside", "is_fixed"]

FIXED = (
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    types.GetSetDescriptorType,
    types.MethodDescriptorType,
)
_METHODS = types.MethodType | types.BuiltinMethodType | types.MethodWrapperType


def is_fixed(value: Any) -> bool:
    """Tell whether a value that has no rule can neither change nor hold what can."""
    cls = type(value)  # what `__class__` says may be somebody else's class, or raise
    if issubclass(cls, _METHODS):
        return issubclass(type(value.__self__), types.ModuleType | type | NoneType) or draws_for_all(value)
    if is_atom(value) or issubclass(cls, FIXED):
        return True
    return is_handle(value) and not consumed(type(value)) and left(value) is None and carried(value) is None


def inside(value: Any) -> Iterable[tuple[Way, object]] | None:
    """Return the parts of a value that cannot change itself but may hold what can; None where it is opaque."""
    cls = type(value)
    if issubclass(cls, tuple):
        return list(enumerate(tuple.__iter__(value)))
    if cls is frozenset:
        return ()  # its elements have no way to them, as those of a set
    if issubclass(cls, _METHODS):
        return [(".__self__", value.__self__)]
    if issubclass(cls, functools.partial):
        inner = [(f".keywords[{name!r}]", item) for name, item in value.keywords.items()]
        return [(".func", value.func), *((f".args[{i}]", item) for i, item in enumerate(value.args)), *inner]
    if cls is types.MappingProxyType:
        return [((key,), item) for key, item in value.items()]
    through = carried(value)
    return None if through is None else [(".iterable", through)]


class _InsidePlace(InPlaceRule):
    """What cannot change itself, but may hold what can."""

    fixed = True

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        return inside(value) or ()


INSIDE = _InsidePlace()
