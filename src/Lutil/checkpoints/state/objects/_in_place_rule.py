"""What an in-place rule is: how the objects of one kind are taken apart, compared and put back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import is_
from typing import Any

from ...fingerprint.readable._preview import preview
from ...fingerprint.walk._scalars import LEAVES, is_atom
from ...model.process._records import NamedTuple

__all__ = ["Held", "InPlaceRule", "Way", "Whole", "same_elements", "shown"]

Way = str | int | tuple[object]
"""How a child is reached: text as it is written, the index of an element, or the key of an item."""


def shown(way: Way) -> str:
    """Return a way as a person writes it."""
    if isinstance(way, str):
        return way
    return f"[{way}]" if isinstance(way, int) else f"[{preview(way[0])}]"


class Whole(NamedTuple):
    """Marks a snapshot that is the digest of the whole value; None where that does not show every change."""

    digest: bytes | None


class Held(NamedTuple):
    """What many objects of one kind hold, object after object: a pass over it runs at the speed of C.

    Attributes:
        sizes: how much each of them holds.
        names: its keys or the names of its attributes; nothing where it has none.
        items: its elements, values, or attributes.
    """

    sizes: list[int]
    names: Iterable[Any]
    items: Iterable[Any]


class InPlaceRule:
    """How the objects of one kind are taken apart, compared and put back.

    Attributes:
        whole: whether a change shows in the digest of the value, so that no snapshot is made here.
        fixed: whether its own references never change.
        whole_or_not: whether `put` changes all or, when it raises, nothing; `take` then costs a copy of the content.
        ordered: whether what it holds has an order that is part of its value; else that of the names holds, if any.
        hands_on: whether `put` is given what the object holds itself, and may empty that before it fills it again.
        wide: whether each object holds so much that none is opened twice.
        changed_by: the methods by which code changes an object, where there is no other way to do that.
    """

    whole = False
    fixed = False
    whole_or_not = False
    ordered = True
    hands_on = False
    wide = False
    changed_by: frozenset[str] = frozenset()

    def held(self, _values: Sequence[Any], /) -> Held | None:
        """Return what all of these objects hold, to be read once; None where each is asked by itself."""
        return None

    def way(self, name: Any, /) -> Way:
        """Return how what is held is reached: by its name, or its index where it has none."""
        return int(name)

    def as_shot(self, names: list[Any], items: list[Any], /) -> object:
        """Return the snapshot of one object that held this."""
        raise NotImplementedError

    def children(self, _value: Any, /) -> Iterable[tuple[Way, object]]:
        """Yield what is inside and may change by itself, in an order given by the structure."""
        return ()

    def take(self, value: Any) -> object:
        """Return the object's own state."""
        raise NotImplementedError

    def before(self, value: Any) -> object:
        """Return the state to which `put` brings an object back that was changed since."""
        return self.take(value)

    def put(self, value: Any, state: Any) -> None:
        """Bring an object to a state that was taken from it or its like."""
        raise NotImplementedError

    def shot(self, value: Any) -> object:
        """Return what a later state is compared with."""
        return self.take(value)

    def same(self, shot: Any, now: Any) -> bool:
        """Return whether two snapshots show the same state."""
        return bool(shot == now)

    def gained(self, _shot: Any, _now: Any, /) -> bool:
        """Return whether only what was empty before changed, as in a memo; a kind that cannot tell says no."""
        return False

    def shape(self, _value: Any, /) -> object:
        """Return what `put` cannot change."""
        return None

    def shape_of_state(self, _state: Any, /) -> object:
        """Return what `put` would need the object to have."""
        return None

    def mark(self, _value: Any, /) -> object:
        """Return what a run may change that is no part of the value, and that nothing puts back."""
        return None

    def refuses(self, _value: Any, /) -> str:
        """Return why this very object cannot be changed, or nothing."""
        return ""


def same_elements(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Return whether two sequences hold the same objects; equal values of an immutable type are the same."""
    if len(before) != len(after):
        return False
    return all(map(is_, before, after)) or all(
        a is b or (type(a) is type(b) and is_atom(a) and same_atom(a, b)) for a, b in zip(before, after, strict=True)
    )


def same_atom(one: object, other: object) -> bool:
    """Return whether two values of one immutable type are alike; 0.0 and -0.0 are not."""
    leaf = LEAVES.get(type(one))
    return leaf is not None and leaf(one) == leaf(other)
