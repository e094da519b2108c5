"""Memos: reached state that a computation itself only fills counts as it was before it was touched.

A hand-made `_cache = {}` in a helper or a lazy `_model = None` is another value after every run. It counts with the
digest that it had before the first run of this process filled it, for as long as it is as runs left it: for those
computations that reach the code which fills it, and so would have filled it themselves. When anyone else changes it, or
whoever does not reach that code takes something out of it, it counts as it is. It is never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from ..code import Plan, Slot, are_made_more_of
from ..model._identity import identity
from ..model.process._limits import make_room
from ..model.process._records import NamedTuple
from ._recipe import fetch

__all__ = ["Filling", "Memo", "filling", "is_filled", "is_registry", "known", "left", "remember", "some"]

_Digest = Callable[[object], bytes]


class Memo(NamedTuple):
    """A slot that a run filled.

    Attributes:
        holder: of the slot; kept alive, so that its id is its own.
        before, after: digests of the value, both as a walk finds them that starts with this value.
        codes: the functions and classes that were met in the value as it was before. They are reached still;
            those that the run put there are not reached by it.
        fillers: the code that may have filled it.
        gained: whether it was a dict that has gained items: what is there then depends on who else did that.
    """

    holder: object
    before: bytes
    after: bytes
    codes: tuple[object, ...]
    fillers: frozenset[bytes]
    gained: bool


class Filling(NamedTuple):
    """A slot that a run which is on may fill.

    Attributes:
        slot: the place.
        value: that it had before: None, or a dict that may hold more by now.
        size: how many items the dict had.
        now: its digest then.
        counts: gives what it counts as where its digest is another by now; None where a run puts a setting there.
    """

    slot: Slot
    value: object
    size: int
    now: bytes
    counts: Callable[[bytes], Memo | None]

    def gained(self, value: object, digest: _Digest) -> bool:
        """Return whether the place has only gained something since."""
        if self.value is None:
            return value is not None
        if value is not self.value or type(value) is not dict or len(value) <= self.size:
            return False
        return digest(dict(islice([*value.items()], self.size))) == self.now


_MOST: Final = 1024
_filled: Final[dict[tuple[int, str | int], Memo]] = {}
_filling: Final[dict[tuple[int, str | int], list[Filling]]] = {}


def some() -> bool:
    """Return whether there is any memo in this process."""
    return bool(_filled or _filling)


def known(slot: Slot, value: object, digest: _Digest, plans: Sequence[Plan]) -> Memo | None:
    """Return as what the value of a slot counts that runs have filled; None for any other.

    Args:
        slot: the place.
        value: that it has now.
        digest: gives the digest of a value that the place has.
        plans: of all code that the computation reaches which asks.
    """
    place = identity(slot.holder), slot.name
    memo = _filled.get(place)
    if memo is not None and _is_for(slot, memo, plans) and digest(value) == memo.after:
        return memo
    for one in _filling.get(place, ()):
        if one.gained(value, digest):
            memo = one.counts(digest(value))
            if memo is not None and _is_for(slot, memo, plans):
                return memo
    return None


def _is_for(slot: Slot, memo: Memo, plans: Sequence[Plan]) -> bool:
    """Return whether a memo is one for code that reads it so, and that reaches what fills it."""
    if memo.gained and ("whole" in slot.reads or slot.reads == {"asked"}):
        return False
    return all(any(local in plan.locals for plan in plans) for local in memo.fillers)


def filling(one: Filling) -> None:
    """Take note that a run is on which may fill a slot."""
    _filling.setdefault((identity(one.slot.holder), one.slot.name), []).append(one)


def left(one: Filling) -> None:
    """Take note that the run has ended. Harmless when called twice."""
    place = identity(one.slot.holder), one.slot.name
    others = [other for other in _filling.get(place, ()) if other is not one]
    if others:
        _filling[place] = others
    else:
        _filling.pop(place, None)


def is_registry(value: object, plans: Iterable[Plan]) -> bool:
    """Return whether code is seen to read more of a dict than the items of its keys, or less.

    What a cache holds follows from its keys. What is walked through, counted, handed on, or only asked whether a key
    is there, depends on who filled it with what: that is state like a list. So is what is read, and made more of what
    it was: `n[k] = n.get(k, 0) + 1`, `groups[k].append(x)`.
    """
    reads: set[str] = set()
    for plan in plans:
        reads.update(*(slot.reads for slot in plan.slots if slot.reads and fetch(slot) is value))
    return "whole" in reads or reads == {"asked"} or are_made_more_of(reads)


def remember(slot: Slot, memo: Memo) -> None:
    """Take note that a run filled this slot: as long as its digest is `after`, it counts as `before`."""
    place = identity(slot.holder), slot.name
    earlier = _filled.get(place)
    if earlier is not None and earlier.before == memo.before:
        memo = memo._replace(fillers=memo.fillers | earlier.fillers, gained=earlier.gained)
    _filled.pop(place, None)  # it is the newest again
    make_room(_filled, _MOST)  # a memo that is dropped counts as what it holds: that may cost a run, and is never stale
    _filled[place] = memo


def is_filled(place: object) -> bool:
    """Return whether a place is known as one that runs have filled."""
    return place in _filled
