"""Memos: reached state that a computation itself only fills counts as it was before it was touched.

A hand-made `_cache = {}` in a helper or a lazy `_model = None` is another value after every run. It
counts with the digest it had before the first run of this process filled it, for as long as it is as
that run left it; when anyone else changes it, it counts anew. It is never stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from ._identity import identity
from ._recipe import fetch
from .code import Plan, Slot

__all__ = ["Memo", "is_registry", "known", "remember"]


class Memo(NamedTuple):
    """A slot that a run filled.

    Attributes:
        holder: of the slot; kept alive, so that its id is its own.
        before, after: digests of the value, both as a walk finds them that starts with this value.
        codes: the functions and classes that were met in the value as it was before. They are reached still;
            those that the run put there are not reached by it.
    """

    holder: object
    before: bytes
    after: bytes
    codes: tuple[object, ...]


_filled: Final[dict[tuple[int, str | int], Memo]] = {}


def known(slot: Slot) -> Memo | None:
    """Return what is known of a slot that a run filled; None for any other."""
    return _filled.get((identity(slot.holder), slot.name)) if _filled else None


def is_registry(value: object, plans: Iterable[Plan]) -> bool:
    """Return whether code is seen to read more of a dict than the items of its keys, or less.

    What a cache holds follows from its keys. What is walked through, counted, handed on, or only asked whether a key
    is there, depends on who filled it with what: that is state like a list.
    """
    reads: set[str] = set()
    for plan in plans:
        reads.update(*(slot.reads for slot in plan.slots if slot.reads and fetch(slot) is value))
    return "whole" in reads or reads == {"asked"}


def remember(slot: Slot, before: bytes, after: bytes, codes: tuple[object, ...]) -> None:
    """Take note that a run filled this slot: as long as its digest is `after`, it counts as `before`."""
    _filled[identity(slot.holder), slot.name] = Memo(slot.holder, before, after, codes)
