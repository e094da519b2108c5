"""What lies within objects that no rule opens for changes: they can be handed on as they are, whole or in part.

A class that pickles in its own way, or that a library wrote in C, is compared as a whole. An output may be such an
input all the same, or a list that is inside of one, and has to be the same object after a hit. So these objects and
what may change below them are numbered as well, behind all others, in the order in which their fingerprints are made:
equal inputs have equal fingerprints, and so the same numbers. What a fingerprint leaves out has no number: nobody
would notice that it changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from xxhash import xxh3_128_digest

from ...fingerprint.walk._class_state import module_name, type_name
from ...fingerprint.walk._nodes import Node
from ...fingerprint.walk._registry import find_rule
from ...fingerprint.walk._scalars import LEAVES, is_atom
from ...model._identity import identity
from ...model.process._interrupts import let_pass
from ._containment import FIXED, INSIDE, inside, is_fixed
from ._mutables import Group, Survey
from ._object_states import place_of
from ._unordered import Sorted, Sorter, is_value

__all__ = ["Gone", "kinds_of", "reachable", "within"]

_CLOSED: Final = frozenset({"polars", "pyarrow"})
"""Libraries whose fingerprints read all data and meet no object that anybody else can have."""
_DEEPEST: Final = 100_000
"""Below so many levels nothing has a number: an object may make more of itself without end as it is looked at."""
_HELD_ONCE: Final = 2
"""What `sys.getrefcount` tells of an object that only one list holds."""


class Gone:
    """Stands for an object that was made for a fingerprint only, so that it is not kept alive."""

    __slots__ = ("cls",)

    def __init__(self, cls: type) -> None:
        self.cls = cls


class _Asked:
    """What rules ask when only the objects that they meet are wanted."""

    resolver: Any = None
    columnar = False
    lenient = True

    def __init__(self) -> None:
        self.sorter = Sorter()
        self.alike: list[object] = []
        self.untold = False
        self.skip: dict[int, frozenset[object]] = {}

    def sorted(self, children: Iterable[object]) -> list[object]:
        """Return children whose order is an accident in an order of their own."""
        return self.numbered(self.sorter.split(children))

    def numbered(self, found: Sorted) -> list[object]:
        """Return those that have a number; take note of those that are alike."""
        self.alike += found.alike
        return found.ordered

    def type_code(self, _cls: type, /) -> bytes:
        return b""

    def code_of(self, _value: object, /) -> bytes:
        return b""

    def rule(self, cls: type, /) -> Any:
        return find_rule(cls)

    def refuse(self, _value: object, _why: str = "", /) -> bytes:
        return b""

    def complex_attribute(self, _cls: type, /) -> None:
        """Take no note: the walk that made the key has."""

    def note(self, _kind: Any, _what: str, /) -> None:
        """Take no note."""


def within(values: Iterable[object], alike: list[object] | None = None) -> list[object]:
    """Return what has an identity among some objects that are compared as a whole, and below them.

    Args:
        values: the objects, in an order that depends on structure only.
        alike: takes what has no number, as it is equal to another element of its set.

    Returns:
        Each object once, in the order in which fingerprints meet them; `Gone` for those that nobody else holds.
    """
    found: list[Any] = []
    kept: list[object] = []  # what is made on the way keeps its identity until the end
    met: set[int] = set()
    context = _Asked()
    waiting = [iter(values)]
    while waiting:
        for value in waiting[-1]:
            if type(value) in LEAVES or identity(value) in met or len(waiting) > _DEEPEST:
                continue
            met.add(identity(value))
            below = [*_opened(value, found.append, context)]
            kept += below
            kept.append(value)
            waiting.append(iter(below))
            break
        else:
            waiting.pop()
    if alike is not None:
        alike += context.alike
    kept.clear()
    value = below = None  # type: ignore[assignment]  # these names would hold the last ones
    for index in range(len(found)):
        if sys.getrefcount(found[index]) <= _HELD_ONCE:
            found[index] = Gone(type(found[index]))
    return found


def _opened(value: Any, number: Callable[[object], None], context: _Asked) -> Iterator[object]:
    """Yield what a fingerprint meets below a value; give the value itself a number if it has an identity."""
    try:
        if type(value) is Node:
            yield from context.sorted(value.children) if value.unordered else value.children
            return
        if issubclass(type(value), FIXED) or is_atom(value):
            return
        place = place_of(value)
        if place is None:
            yield from _without_place(value, number, context)
            return
        number(value)
        if place.whole:
            yield from _by_rule(value, context)
            return
        yield from _held_by(Group(place, [value], place.held([value])), context)
    except Exception as error:  # noqa: BLE001 - the user's code: what cannot be opened has nothing to hand on
        let_pass(error)


def _without_place(value: Any, number: Callable[[object], None], context: _Asked) -> Iterator[object]:
    if is_fixed(value):
        return
    if inside(value) is not None:
        yield from _held_by(Group(INSIDE, [value], None), context)
        return
    if is_value(type(value)):
        return
    number(value)
    yield from _by_rule(value, context)


def _held_by(group: Group, context: _Asked) -> Iterator[object]:
    for _, found in group.behind(context.sorter):
        yield from context.numbered(found)
    for column in group.below():
        yield from column


def _by_rule(value: Any, context: _Asked) -> Iterator[object]:
    if module_name(type(value)).partition(".")[0] not in _CLOSED:
        yield find_rule(type(value))(value, context)


def kinds_of(objects: Iterable[object]) -> bytes:
    """Return 16 bytes that tell of which classes numbered objects are, one after the other; nothing for no objects."""
    classes = [value.cls if type(value) is Gone else type(value) for value in objects]
    names = {cls: type_name(cls).encode("utf-8", "surrogatepass") for cls in set(classes)}
    return xxh3_128_digest(b"\n".join(map(names.__getitem__, classes))) if classes else bytes(16)


def reachable(roots: Sequence[object]) -> tuple[list[object], list[object]]:
    """Return the numbered objects below some roots: those that `mutables` gives, and what lies within others."""
    survey = Survey(roots)
    return survey.numbered, [item for place in range(len(roots)) for item in within(survey.whole.get(place, ()))]
