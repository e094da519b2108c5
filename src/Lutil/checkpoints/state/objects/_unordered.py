"""Elements of sets in an order that depends on what they are alone, so that they can be numbered.

Two of them that are equal have no such order: they get no number, and what holds one of them cannot be handed on.

Code in them counts by its name: what it says is no matter of the order, and is the same wherever a number is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from ...fingerprint.walk._class_state import is_installed
from ...fingerprint.walk._scalars import is_atom
from ...fingerprint.walk._walker import Walker
from ...model.process._records import NamedTuple
from ._containment import FIXED
from ._object_states import place_of

__all__ = ["Sorted", "Sorter", "is_value", "matters"]


def matters(item: object) -> bool:
    """Tell whether an element may change or hold what does, so that which one it is can matter."""
    return not is_atom(item) and not issubclass(type(item), FIXED)


def is_value(cls: type) -> bool:
    """Return whether instances are told apart by what they are, as fractions: one or an equal one is no difference."""
    teller = next(base for base in cls.__mro__ if "__hash__" in base.__dict__)  # asked for it, a mock makes something
    return teller.__dict__["__hash__"] not in {None, object.__hash__} and is_installed(cls)


class _ByName:
    """Answers for code that is met in elements."""

    def code(self, value: Any, /) -> bytes:
        return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}".encode()

    def library(self, _module: str, /) -> None:
        """Take no note: the walk that made the key has."""

    def note(self, _kind: Any, _path: str, _what: str, /) -> None:
        """Take no note."""


class Sorted(NamedTuple):
    """Elements of a set, or keys.

    Attributes:
        ordered: those that have a place in an order.
        alike: those that are equal to another of them.
        mere: values that are told apart by what they are: which one it is can be no difference.
    """

    ordered: list[object]
    alike: Sequence[object] = ()
    mere: Sequence[object] = ()


class Sorter:
    """Sorts the elements of several sets, as long as nothing in them changes: what they share is looked at once."""

    __slots__ = ("_walker",)

    def __init__(self) -> None:
        self._walker: Walker | None = None

    def split(self, elements: Iterable[object]) -> Sorted:
        """Return the elements of one set that can matter."""
        mere: list[object] = []
        told: list[tuple[bytes, object]] = []
        alike: list[object] = []
        for item in filter(matters, elements):
            if place_of(item) is None and is_value(type(item)) and not issubclass(type(item), tuple | frozenset):
                mere.append(item)
            elif (digest := self._digest(item)) is None:
                alike.append(item)
            else:
                told.append((digest, item))
        told.sort(key=itemgetter(0))
        ordered: list[object] = []
        for _, same in groupby(told, itemgetter(0)):
            (ordered if len(group := [item for _, item in same]) == 1 else alike).extend(group)
        return Sorted(ordered, alike, mere)

    def _digest(self, item: object) -> bytes | None:
        walker = self._walker = self._walker or Walker(_ByName(), lenient=True)
        digest = walker.digest(item)
        return None if walker.untold else digest
