"""Notes: what was found out once and may be forgotten at any time, by kind and key."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Notes"]


class _Keeper(Protocol):
    def get_note(self, kind: str, key: str) -> bytes | None: ...
    def put_note(self, kind: str, key: str, note: bytes) -> None: ...


class Notes:
    """The notes of a store. They are advisory: a lost one costs time, and no failure of theirs is seen."""

    def __init__(self, keeper: _Keeper) -> None:
        self._keeper = keeper

    def get(self, kind: str, key: str, /) -> bytes | None:
        """Return what was put, or None."""
        return self._keeper.get_note(kind, key)

    def put(self, kind: str, key: str, value: bytes, /) -> None:
        """Take a note, if possible."""
        self._keeper.put_note(kind, key, value)
