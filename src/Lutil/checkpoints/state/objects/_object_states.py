"""The state of one object: taken, and put back into the same object or its like."""

from __future__ import annotations

import copy
import enum
import sys
import types
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from ...fingerprint.kinds._handles import is_handle
from ...fingerprint.kinds._objects import OwnRule, PlainRule, StateRule
from ...fingerprint.walk._class_state import module_name
from ...fingerprint.walk._registry import MOST_CLASSES, Registered, find_rule
from ...fingerprint.walk._scalars import is_atom
from ...integrations import known_of_bases
from ...model._errors import NotSavableError
from ...model.process._asking import has
from ...model.process._interrupts import let_pass
from ...model.process._limits import make_room
from ._in_place_rule import InPlaceRule, Way
from ._in_place_rules import PLACES, AttributePlace
from ._library_rules import LIBRARY_PLACES, OBJECT_ARRAY

__all__ = ["place_of", "put", "restorable", "take"]

_NEVER = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.MethodType, enum.Enum)
_TOPS = frozenset(name.partition(".")[0] for name in LIBRARY_PLACES)
_places: weakref.WeakKeyDictionary[type, InPlaceRule | None] = weakref.WeakKeyDictionary()


class _WholePlace(AttributePlace):
    """Objects that say what stands for them: they have changed if that has; inside they are not looked at."""

    whole = True

    def children(self, _value: Any) -> tuple[()]:
        return ()


class _StatePlace(InPlaceRule):
    """Objects that say what their state is and how it is set. Its parts may be what they hold, and stay that."""

    whole = True
    hands_on = True

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        state = value.__getstate__()
        for part in state if type(state) is tuple else (state,):
            if type(part) is dict:  # which may be the `__dict__` itself
                yield from ((f".{name}" if type(name) is str else (name,), item) for name, item in part.items())
            else:
                yield ".__getstate__()", part

    def take(self, value: Any) -> object:
        return value.__getstate__()

    def before(self, value: Any) -> object:
        return copy.copy(value.__getstate__())  # which may be the very dict that is about to change

    def put(self, value: Any, state: Any) -> None:
        value.__setstate__(state)


def place_of(value: object) -> InPlaceRule | None:
    """Return the in-place rule for an object, or None where it has none."""
    cls = type(value)
    try:
        place = _places.get(cls, _places)
        if place is _places:
            place = _find(cls, value)
            make_room(_places, MOST_CLASSES)
            _places[cls] = place
    except Exception as error:  # noqa: BLE001 - the user's code: what cannot be looked at cannot be put back
        let_pass(error)
        return None
    if place is not None and module_name(cls) == "numpy" and getattr(getattr(value, "dtype", None), "hasobject", False):
        return OBJECT_ARRAY
    return place  # type: ignore[return-value]  # never the mark for absence here


def _find(cls: type, value: object) -> InPlaceRule | None:
    if issubclass(cls, _NEVER) or is_atom(value) or is_handle(value) or any(known_of_bases(cls, "UNOPENED")):
        return None
    rule = find_rule(cls)
    for base in cls.__mro__:
        made: Callable[[type], InPlaceRule | None] | None = PLACES.get(base) or _named(base)
        if made is not None:
            return made(cls)
    if isinstance(rule, OwnRule | Registered):
        return _WholePlace(cls)
    if (isinstance(rule, PlainRule) and rule.by_attributes(value)) or cls is types.SimpleNamespace:
        return AttributePlace(cls)
    return _StatePlace() if isinstance(rule, StateRule) and has(cls, "__setstate__") else None


def _named(base: type) -> Callable[[type], InPlaceRule | None] | None:
    top = module_name(base).partition(".")[0]
    if top not in _TOPS:
        return None
    for name, made in LIBRARY_PLACES.items():
        module, _, attribute = name.rpartition(".")
        if name.startswith(top) and getattr(sys.modules.get(module), attribute, None) is base:
            return made
    return None


def take(value: object) -> object:
    """Return the shallow state of an object, to be stored; inner references stay the same objects.

    Raises:
        NotSavableError: there is no in-place rule for its type.
    """
    place = place_of(value)
    if place is None:
        raise NotSavableError("", f"a {type(value).__name__} cannot be changed in place")
    return place.take(value)


def restorable(value: object, state: object) -> str:
    """Return why `put` would fail, or an empty text if it will work."""
    place = place_of(value)
    if place is None:
        return f"a {type(value).__name__} cannot be changed in place"
    try:
        fits = place.shape(value) == place.shape_of_state(state)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError):
        fits = False
    if not fits:
        return f"a {type(value).__name__} of another shape or type"
    return place.refuses(value)


def put(value: object, state: object) -> None:
    """Bring an object, in place, to the state that `take` returned.

    Raises:
        NotSavableError: there is no in-place rule for it, or it has another shape or type.
    """
    why = restorable(value, state)
    if why:
        raise NotSavableError("", why)
    place = place_of(value)
    if place is not None:
        place.put(value, state)
