"""The mutable objects that are reachable from some roots, numbered by structure alone.

They are met level by level, and what is alike on a level is opened at once: a list of 1e5 records costs a few
passes at the speed of C, not 1e5 steps.

Below each root every object is opened once, and every link to one followed once, whatever refers to what. Tuples are
the exception: whether one is met again or an equal one says nothing of what it holds, so they are opened at each
meeting, some thirty times each on the whole. What raises when it is opened is opaque: it counts by what its
fingerprint can tell.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from ...fingerprint.readable._preview import preview
from ...fingerprint.walk._elements import elements_of
from ...fingerprint.walk._scalars import LEAVES
from ...model._identity import identity
from ...model.process._asking import has
from ...model.process._interrupts import let_pass
from ._containment import INSIDE, inside, is_fixed
from ._in_place_rule import Held, InPlaceRule, Way, shown
from ._in_place_rules import TuplePlace
from ._object_states import place_of
from ._unordered import Sorted, Sorter, matters

__all__ = ["MANY", "Group", "Survey", "mutables"]

MANY = 64
"""From so many on, what objects hold under one name makes a column of its own."""

_AGAIN = 32
"""How often tuples are opened on the whole, for each that there is, once there were many."""
_OFTEN = 1_000
_LITTLE = 16
_TEXT = frozenset({str})
_LEAVES = frozenset(LEAVES) - {bytearray}


class Group:
    """Objects of one kind that were met together, with what they held when they were met.

    Attributes:
        place: their rule.
        values: the objects.
        held: whether they were opened at once.
        sizes, names, items: what they held, object after object, if so.
        ways: what may change below each of them, where they were opened one by one.
        flat: whether nothing that may change is below them.
        texts: whether all names are text, so that nobody's code runs when they are compared.
    """

    __slots__ = ("flat", "held", "items", "names", "place", "sizes", "texts", "values", "ways")

    def __init__(self, place: InPlaceRule, values: Sequence[Any], held: Held | None) -> None:
        self.place = place
        self.values = values
        self.held = held is not None
        self.ways: list[list[tuple[Way, object]]] = []
        self.sizes: list[int] = []
        self.names: list[Any] = []
        self.items: list[Any] = []
        self.texts = False
        if held is not None:
            self.sizes, self.items = held.sizes, list(held.items)
            self.names = list(held.names)
            self.texts = bool(self.names) and _TEXT.issuperset(map(type, self.names))
            self.flat = _LEAVES.issuperset(map(type, self.items))
        else:
            self.ways = [list(place.children(value)) for value in values]
            self.flat = not any(self.ways)

    def below(self) -> list[list[object]]:
        """Return what may change below the objects, leaves among it, in an order given by the structure alone."""
        if self.flat:
            return []
        if not self.held:
            return [[child for row in self.ways for _, child in row]]
        if not self.names:
            return [self.items] if self.place.ordered else []
        width, count = self.sizes[0], len(self.sizes)
        first = self.names[:width]
        if count >= MANY and self.texts and self.names == first * count:
            order = range(width) if self.place.ordered else sorted(range(width), key=first.__getitem__)
            return [self.items[index::width] for index in order]
        return [self.items] if self.place.ordered else self._below_by_name()

    def _below_by_name(self) -> list[list[object]]:
        names, items = iter(self.names), iter(self.items)
        pairs = ([(str(next(names)), next(items)) for _ in range(size)] for size in self.sizes)
        rows = [sorted(row, key=itemgetter(0)) for row in pairs]
        flat = [item for row in rows for _, item in row]
        shapes = {tuple(name for name, _ in row) for row in rows}
        if len(rows) < MANY or len(shapes) > 1:
            return [flat]
        return [flat[index :: self.sizes[0]] for index in range(self.sizes[0])]

    def behind(self, sorter: Sorter) -> Iterator[tuple[object, Sorted]]:
        """Yield sets and dictionaries with their elements or keys, which no way leads to, where these can matter."""
        cls = type(self.values[0])
        if self.texts or not issubclass(cls, set | frozenset | dict):
            return
        keys = (self.names or self.items) if self.held else (key for value in self.values for key in elements_of(value))
        if _LEAVES.issuperset(map(type, keys)):
            return
        for value in self.values:
            found = elements_of(value)
            yield value, Sorted([*filter(matters, found)]) if issubclass(cls, dict) else sorter.split(found)

    def steps(self) -> Iterator[tuple[object, Way, object]]:
        """Yield the objects, each with a way to something below it, and that; none leads to elements of sets."""
        if not self.held:
            for value, row in zip(self.values, self.ways, strict=False):
                for way, child in row:
                    yield value, way, child
        if not self.names and not self.place.ordered:
            return
        names, items = iter(self.names), iter(self.items)
        for value, size in zip(self.values, self.sizes, strict=False):
            for index in range(size):
                yield value, self.place.way(next(names) if self.names else index), next(items)


_TUPLE = TuplePlace()


class Survey:
    """What may change below some roots.

    Attributes:
        numbered: objects with an in-place rule, in the order of the walk. An object that is met again is in it
            again, but not what is below it: so equal values that share alike give equal orders.
        groups: the same objects, and what holds them, each once below each root.
        opaque: objects without such a rule that may have state all the same; queues are among them.
        alike: elements of sets that are equal to another: they have no number, as nobody could tell which is which.
        whole: by the place of the root, objects that are compared as a whole, opaque ones among them, in order.
    """

    __slots__ = (
        "_behind",
        "_broken",
        "_dropped",
        "_met",
        "_names",
        "_opened",
        "_parents",
        "_roots",
        "_sorter",
        "_starts",
        "_tuples",
        "alike",
        "groups",
        "numbered",
        "opaque",
        "whole",
    )

    def __init__(self, roots: Sequence[object], names: Sequence[str] = (), without: Sequence[str] = ()) -> None:
        self.numbered: list[object] = []
        self.groups: list[tuple[int, Group]] = []
        self.opaque: list[tuple[object, int]] = []
        self.alike: list[object] = []
        self.whole: dict[int, list[object]] = {}
        self._roots = roots
        self._names = names
        self._starts: list[int] = []
        self._sorter = Sorter()
        self._behind: list[tuple[int, object, object]] = []
        self._broken: list[tuple[object, int]] = []
        self._parents: dict[int, dict[int, tuple[object, Way]]] = {}
        self._dropped: dict[int, list[object]] = {}
        for owner, child in (edge for text in without for edge in _found(roots, names, text)):
            self._dropped.setdefault(identity(owner), []).append(child)
        for index, root in enumerate(roots):
            self._starts.append(len(self.numbered))
            self._walk_safely(root, index)
        if self.opaque:
            listed = set(map(identity, self.numbered))
            once = {
                identity(value): (value, index)
                for value, index in reversed(self.opaque)
                if identity(value) not in listed
            }
            self.opaque = [*reversed(once.values())]
        self.opaque += self._broken

    def _walk_safely(self, root: object, index: int) -> None:
        """Walk below a root; one in which not even the classes can be looked at is opaque as a whole."""
        noted: list[list[Any]] = [self.numbered, self.groups, self.opaque, self._behind, self._broken]
        lengths = [len(notes) for notes in noted]
        try:
            if type(root) not in _LEAVES:
                self._walk(root, index)
        except Exception as error:  # noqa: BLE001 - a metaclass of the user's
            let_pass(error)
            for notes, length in zip(noted, lengths, strict=True):
                del notes[length:]
            self.whole.pop(index, None)
            self._broken.append((root, index))

    def _walk(self, root: object, index: int) -> None:
        self._met: set[int] = set()
        self._tuples: set[int] = set()
        self._opened = 0  # tuples, however often each of them
        level: list[list[Any]] = [[root]]
        while level:
            few: list[object] = []
            below: list[list[object]] = [few]
            for values in level:
                for place, alike in _kinds(values):
                    for column in self._meet(place, alike, index):
                        if len(column) < MANY:
                            few += column
                        else:
                            below.append(column)
            level = below if few else below[1:]

    def _meet(self, place: InPlaceRule | None, values: list[Any], index: int) -> list[list[object]]:
        """Take note of objects of one kind; return what may change below them."""
        if place is not None:
            self.numbered += values
            if place.whole:
                self.whole.setdefault(index, []).extend(values)
            return self._open_safely(place, values, index)
        cls = type(values[0])
        if issubclass(cls, tuple) and cls.__iter__ is tuple.__iter__ and cls.__len__ is tuple.__len__:
            return self._open_safely(_TUPLE, values, index)
        once = {identity(value): value for value in values}.values()
        values = [value for value in once if not is_fixed(value)]
        holding = [value for value in values if inside(value) is not None]
        if len(holding) < len(values):
            closed = [value for value in values if inside(value) is None]
            self.opaque += [(value, index) for value in closed]
            self.whole.setdefault(index, []).extend(closed)
        return self._open_safely(INSIDE, holding, index) if holding else []

    def _open_safely(self, place: InPlaceRule, values: list[Any], index: int) -> list[list[object]]:
        """Return what is below some objects; one that raises when it is opened is opaque."""
        try:
            return self._open(place, values, index)
        except Exception as error:  # noqa: BLE001 - the user's code
            let_pass(error)
            self._met.difference_update(map(identity, values))
        if len(values) == 1:
            self._broken.append((values[0], index))
            return []
        once = [*{identity(value): value for value in values}.values()]
        return [column for value in once for column in self._open_safely(place, [value], index)]

    def _open(self, place: InPlaceRule, values: list[Any], index: int) -> list[list[object]]:
        """Return what is below some objects, once for all the times that they are met."""
        if place.wide:
            values = self._fresh(place, values)
            if not values:
                return []
        held = None if place.whole else place.held(values)
        little = held is not None and sum(held.sizes) <= _LITTLE * len(values)
        group = Group(place, values, held) if little else None
        if group is None or not group.flat:  # else it does no harm to open them more than once
            fresh = values if place.wide else self._fresh(place, values)
            if not fresh:
                return []
            if group is None or fresh is not values:
                group = Group(place, fresh, held if fresh is values else place.held(fresh))
        self.groups.append((index, group))
        below = [*self._behind_of(group, index), *group.below()]
        if self._dropped and below:
            dropped = [child for value in values for child in self._dropped.get(identity(value), ())]
            below = [[child for child in column if not any(child is other for other in dropped)] for column in below]
        return below

    def _fresh(self, place: InPlaceRule, values: list[Any]) -> list[Any]:
        """Return the objects that were not met before, each once."""
        ids = set(map(identity, values))
        if place is _TUPLE:
            return self._some_again(values, ids)
        if len(ids) < len(values) or not self._met.isdisjoint(ids):
            values = [*{identity(value): value for value in values if identity(value) not in self._met}.values()]
        small, self._met = sorted((ids, self._met), key=len)
        self._met |= small
        return values

    def _some_again(self, values: list[Any], ids: set[int]) -> list[Any]:
        """Return the tuples that are opened, again or for the first time."""
        fresh = ids - self._tuples
        if self._opened + len(values) > _OFTEN + _AGAIN * (len(self._tuples) + len(fresh)):
            values = [*{identity(value): value for value in values if identity(value) in fresh}.values()]
        self._opened += len(values)
        self._tuples |= fresh
        return values

    def _behind_of(self, group: Group, index: int) -> Iterator[list[object]]:
        """Yield what sets or the keys of dictionaries hold; what has no number there is compared as it is."""
        for value, found in group.behind(self._sorter):
            compared = [*found.alike, *found.mere]
            self.alike += found.alike
            self.opaque += [(item, index) for item in compared]
            self._behind += [(index, item, value) for item in (*found.ordered, *compared)]
            yield found.ordered

    def path(self, number: int) -> str:
        """Return how a person writes the way to a numbered object."""
        return self.path_of(self.numbered[number], self.root(number))

    def root(self, number: int) -> int:
        """Return the place of the root below which a numbered object is."""
        return bisect.bisect_right(self._starts, number) - 1

    def below(self, index: int) -> range:
        """Return the numbers of the objects below a root."""
        return range(self._starts[index], [*self._starts, len(self.numbered)][index + 1])

    def path_of(self, value: object, index: int) -> str:
        """Return how a person writes the way from a root to what was met below it."""
        if index not in self._parents:
            self._parents[index] = self._ways_up(index)
        parents = self._parents[index]
        ways = []
        while value is not self._roots[index]:
            value, way = parents[identity(value)]
            ways.append(shown(way))
        return "".join([self._names[index] if self._names else f"[{index}]", *reversed(ways)])

    def led_to(self, index: int, leads: Callable[[object, Way], bool]) -> set[int]:
        """Return the identities of a root, and of all below it to which ways lead that `leads` takes."""
        below: dict[int, list[int]] = {}
        for owner, way, child in self._edges(index):
            if leads(owner, way):
                below.setdefault(identity(owner), []).append(identity(child))
        waiting = [identity(self._roots[index])]
        found = {*waiting}
        for one in waiting:
            waiting += (new := {*below.get(one, ())} - found)
            found |= new
        return found

    def _ways_up(self, index: int) -> dict[int, tuple[object, Way]]:
        """Return, by identity, whence everything below a root was met first."""
        return {identity(child): (owner, way) for owner, way, child in reversed([*self._edges(index)])}

    def _edges(self, index: int) -> Iterator[tuple[object, Way, object]]:
        """Yield the ways below a root, each between two objects."""
        for place, group in self.groups:
            if place == index:
                yield from group.steps()
        for place, item, owner in self._behind:
            if place == index:
                yield owner, f"{'.keys()' if isinstance(owner, dict) else ''}: {preview(item)}", item


def _kinds(values: list[Any]) -> Iterator[tuple[InPlaceRule | None, list[Any]]]:
    """Yield what may change among some values by kind, those first that are met first."""
    classes = set(map(type, values))
    if classes <= _LEAVES:
        return
    by_class: dict[type, list[Any]] = {type(values[0]): values} if len(classes) == 1 else {}
    for value in values if len(classes) > 1 else ():
        if type(value) not in _LEAVES:
            by_class.setdefault(type(value), []).append(value)
    for cls, alike in by_class.items():
        if not has(cls, "dtype"):
            yield place_of(alike[0]), alike
            continue
        by_place: dict[InPlaceRule | None, list[Any]] = {}  # arrays of objects have another rule than those of numbers
        for value in alike:
            by_place.setdefault(place_of(value), []).append(value)
        yield from by_place.items()


def _found(roots: Sequence[object], names: Sequence[str], text: str) -> Iterator[tuple[object, object]]:
    """Yield what a person means by a path below some roots, behind that which holds it."""
    waiting = list(zip(names, roots, strict=True))
    while waiting:
        path, owner = waiting.pop()
        if text.startswith((path + ".", path + "[")):
            for way, child in (place_of(owner) or INSIDE).children(owner):
                if path + shown(way) == text:
                    yield owner, child
                else:
                    waiting.append((path + shown(way), child))


def mutables(roots: Sequence[object]) -> list[object]:
    """Return the mutable objects below some roots that can be restored in place, in the order of the walk.

    The order depends on structure only: equal values that share their parts alike give the same order. An object
    that is met twice is in the list twice.

    Example:
        >>> a = [1]
        >>> [type(x).__name__ for x in mutables([{"k": a}, (a, 5)])]
        ['dict', 'list', 'list']
    """
    return Survey(roots).numbered
