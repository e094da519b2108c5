"""The mutable objects that are reachable from some roots, numbered by structure alone."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable, Sequence
from typing import Any

from ._builtins import draws_for_all
from ._consumables import consumed
from ._handles import is_handle
from ._places import Place, Way, shown
from ._scalars import LEAVES, is_atom
from ._states import place_of

__all__ = ["Survey", "mutables"]

_AGAIN = 100
_LEAVES = frozenset(LEAVES) - {bytearray}
_FIXED = (
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    types.GetSetDescriptorType,
    types.MethodDescriptorType,
)
_METHODS = types.MethodType | types.BuiltinMethodType | types.MethodWrapperType
_EXIT = "(left)"
_UNKNOWN: Any = object()


class Survey:
    """What may change below some roots.

    Attributes:
        numbered: objects with an in-place rule, in the order of the walk. An object that is met twice is in it
            twice, an object met inside itself is not: so equal values give equal orders.
        places: the rule of each.
        opaque: objects without such a rule that may have state all the same.
    """

    __slots__ = ("_known", "_labels", "_names", "_parents", "_spots", "numbered", "opaque", "places")

    def __init__(self, roots: Sequence[object], names: Sequence[str] = ()) -> None:
        self.numbered: list[object] = []
        self.places: list[Place] = []
        self.opaque: list[tuple[object, int]] = []
        self._names = names
        self._spots: list[int] = []
        self._parents: list[int] = []
        self._labels: list[Way] = []
        self._known: dict[type, Place | None] = {}
        for index, root in enumerate(roots):
            if type(root) not in _LEAVES:
                self._walk(root, names[index] if names else f"[{index}]")
        if self.opaque:
            listed = set(map(id, self.numbered))
            self.opaque = [(value, spot) for value, spot in self.opaque if id(value) not in listed]

    def _walk(self, root: object, name: str) -> None:
        active: set[int] = set()
        met: dict[int, int] = {}
        stack: list[tuple[Any, int, Way]] = [(root, -1, name)]
        while stack:
            value, parent, label = stack.pop()
            if label is _EXIT:
                active.discard(parent)
                continue
            key = id(value)
            if key in active:
                continue
            spot = len(self._parents)
            children = self._children(value, spot)
            if children is None:
                continue
            self._parents.append(parent)
            self._labels.append(label)
            met[key] = met.get(key, 0) + 1
            below = [(child, spot, way) for way, child in children if type(child) not in _LEAVES]
            if below and met[key] <= _AGAIN:
                active.add(key)
                stack.append((None, key, _EXIT))
                stack.extend(reversed(below))

    def _children(self, value: Any, spot: int) -> Iterable[tuple[Way, object]] | None:
        """Return what is inside a value, listed if it has a rule; None where there is nothing to see."""
        cls = type(value)
        place = self._known.get(cls, _UNKNOWN)
        if place is _UNKNOWN:
            place = place_of(value)
            if not hasattr(cls, "dtype"):  # arrays of objects have another rule than those of numbers
                self._known[cls] = place
        if isinstance(place, Place):
            self.numbered.append(value)
            self.places.append(place)
            self._spots.append(spot)
            self._look_behind(value, spot)
            return place.children(value)
        if isinstance(value, _METHODS) and not isinstance(value.__self__, types.ModuleType | type | None):
            return None if draws_for_all(value) else _inside(value)
        if is_atom(value) or isinstance(value, _FIXED) or (is_handle(value) and not consumed(cls)):
            return None
        inside = _inside(value)
        if inside is None:
            self.opaque.append((value, spot))
            return ()
        return inside

    def _look_behind(self, value: Any, spot: int) -> None:
        """Note what a set or the keys of a dictionary hold: it has no order of its own, so it is never listed."""
        if isinstance(value, set | dict) and not set(map(type, value)) <= _LEAVES:
            self.opaque += [(item, spot) for item in value if not is_atom(item) and not isinstance(item, _FIXED)]

    def path(self, number: int) -> str:
        """Return how a person writes the way to a numbered object."""
        return self.path_of(self._spots[number])

    def root(self, number: int) -> str:
        """Return the name of the root below which a numbered object is."""
        spot = self._spots[number]
        while self._parents[spot] >= 0:
            spot = self._parents[spot]
        return shown(self._labels[spot])

    def path_of(self, spot: int) -> str:
        """Return how a person writes the way to a place of the walk."""
        labels = []
        while spot >= 0:
            labels.append(shown(self._labels[spot]))
            spot = self._parents[spot]
        return "".join(reversed(labels))


def _inside(value: Any) -> Iterable[tuple[Way, object]] | None:
    """Return the parts of a value that cannot change itself but may hold what can; None where it is opaque."""
    if isinstance(value, tuple):
        return list(enumerate(value))
    if isinstance(value, _METHODS):
        return [(".__self__", value.__self__)]
    if isinstance(value, functools.partial):
        inner = [(f".keywords[{name!r}]", item) for name, item in value.keywords.items()]
        return [(".func", value.func), *((f".args[{i}]", item) for i, item in enumerate(value.args)), *inner]
    if isinstance(value, types.MappingProxyType):
        return [((key,), item) for key, item in value.items()]
    return None


def mutables(roots: Sequence[object]) -> list[object]:
    """Return the mutable objects below some roots that can be restored in place, in the order of the walk.

    The order depends on structure only: equal values give the same order, however they share. An object that
    is met twice is in the list twice.

    Example:
        >>> a = [1]
        >>> [type(x).__name__ for x in mutables([{"k": a}, (a, 5)])]
        ['dict', 'list', 'list']
    """
    return Survey(roots).numbered
