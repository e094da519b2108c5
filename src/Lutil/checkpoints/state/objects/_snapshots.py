"""What alike objects were before a run, and which of them a run changed by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from operator import is_
from typing import Any

from ...model.process._interrupts import let_pass
from ._in_place_rule import InPlaceRule, Whole
from ._mutables import Group

__all__ = ["Shots"]

Digest = Callable[[object], "bytes | None"]


class Shots:
    """The objects of a group as they were.

    Where a group was opened at once, what it held is the snapshot, and an unchanged group is compared in one pass.
    """

    __slots__ = ("_bounds", "_group", "_marks", "_shapes", "_single", "cls")

    def __init__(self, group: Group, digest: Digest) -> None:
        place = group.place
        self._group = group
        self.cls = type(group.values[0])
        self._bounds: list[int] = []
        self._single: list[Any] = []
        self._shapes: list[object] = []
        self._marks: list[object] = []
        if not group.held:
            self._single = [_shot(place, value, digest) for value in group.values]
            self._shapes = [_shape(place, value) for value in group.values]
            self._marks = [place.mark(value) for value in group.values]

    @property
    def place(self) -> InPlaceRule:
        """The rule of these objects."""
        return self._group.place

    @property
    def values(self) -> Sequence[object]:
        """The objects."""
        return self._group.values

    def changed(self, digest: Digest) -> Iterator[int]:
        """Yield which of the objects changed by themselves."""
        if self._group.held and self._is_as_before():
            return
        for index, value in enumerate(self._group.values):
            if type(value) is not self.cls or self._differs(index, value, digest):
                yield index

    def _is_as_before(self) -> bool:
        group = self._group
        if set(map(type, group.values)) != {self.cls}:
            return False
        try:
            now = group.place.held(group.values)
        except Exception as error:  # noqa: BLE001 - the user's code: which of them raises shows one by one
            let_pass(error)
            return False
        return (
            now is not None
            and now.sizes == group.sizes
            and all(map(is_, group.items, now.items))
            and all(map(is_, group.names, now.names))
        )

    def _differs(self, index: int, value: object, digest: Digest) -> bool:
        place = self._group.place
        before = self.shot(index)
        if self._is_marked(index, value):
            return True
        if type(before) is Whole:
            return before.digest is None or before.digest != digest(value)
        try:
            return not place.same(before, place.shot(value))
        except Exception as error:  # noqa: BLE001 - the user's code: what cannot be looked at any more has changed
            let_pass(error)
            return True

    def _is_marked(self, index: int, value: object) -> bool:
        return bool(self._marks) and self._marks[index] != self._group.place.mark(value)

    def shot(self, index: int) -> Any:
        """Return the snapshot of one object."""
        group = self._group
        if not group.held:
            return self._single[index]
        self._bounds = self._bounds or [0, *accumulate(group.sizes)]
        start, end = self._bounds[index : index + 2]
        return group.place.as_shot(group.names[start:end], group.items[start:end])

    def value(self, index: int) -> object:
        """Return the object itself."""
        value: object = self._group.values[index]
        return value

    def take(self, index: int) -> object:
        """Return the present state of an object, to be stored."""
        return self._group.place.take(self._group.values[index])

    def gained(self, index: int) -> bool:
        """Return whether an object only gained: a dict kept its items, None became a value."""
        place, before = self._group.place, self.shot(index)
        return type(before) is not Whole and place.gained(before, place.shot(self._group.values[index]))

    def attributes(self, index: int) -> set[str]:
        """Return the names of the attributes that changed of an object that is compared by them."""
        before, now = self.shot(index), self._group.place.shot(self._group.values[index])
        if type(before) is Whole or type(before) is not dict or type(now) is not dict:
            return set()
        return {name for name in before.keys() | now.keys() if before.get(name, self) is not now.get(name, self)}

    def unrestorable(self, index: int) -> str:
        """Return why an object that changed cannot be brought back, or nothing."""
        place, value = self._group.place, self._group.values[index]
        name = type(value).__name__
        if type(value) is not self.cls:
            return f"the run turned a {self.cls.__name__} into a {name}"
        if self._shapes and self._shapes[index] != _shape(place, value):
            return f"the run gave a {name} another shape or type"
        if self._is_marked(index, value):
            return f"the run made a {name} read-only, or writable"
        try:
            if not place.whole:
                place.shot(value)
        except Exception as error:  # noqa: BLE001 - the user's code
            let_pass(error)
            return f"a {name} raises when it is looked at"
        return place.refuses(value)


def _shot(place: InPlaceRule, value: object, digest: Digest) -> Any:
    """Return what an object is compared by later: its digest, where that is all that can be had of it."""
    try:
        return Whole(digest(value)) if place.whole else place.shot(value)
    except Exception as error:  # noqa: BLE001 - the user's code
        let_pass(error)
        return Whole(digest(value))


def _shape(place: InPlaceRule, value: object) -> object:
    try:
        return place.shape(value)
    except Exception as error:  # noqa: BLE001 - the user's code
        let_pass(error)
        return None
