"""Memos: reached state that a computation itself only fills counts as it was before it was touched.

A hand-made `_cache = {}` in a helper or a lazy `_model = None` is another value after every run. It
counts with the digest it had before the first run of this process filled it, for as long as it is as
that run left it; when anyone else changes it, it counts anew. It is never stored.
"""

from __future__ import annotations

from typing import Final

from .code import Slot

__all__ = ["as_it_was", "remember"]

_filled: Final[dict[tuple[int, str | int], tuple[object, bytes, bytes]]] = {}
"""(id of the holder, name) -> the holder (kept alive, so that its id is its own), before, after."""


def as_it_was(slot: Slot, now: bytes) -> bytes:
    """Return the digest that counts: the one before our runs filled the slot, or the present one."""
    known = _filled.get((id(slot.holder), slot.name)) if _filled else None
    return known[1] if known is not None and known[2] == now else now


def remember(slot: Slot, before: bytes, now: bytes) -> None:
    """Take note that a run filled this slot: as long as its digest is `now`, it counts as `before`."""
    _filled[id(slot.holder), slot.name] = (slot.holder, before, now)
