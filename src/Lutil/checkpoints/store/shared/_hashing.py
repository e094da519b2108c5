"""SHA-256 of bytes as they come, in a thread of its own: a fast network is waited for, and not the hash.

Guarantees:
- What is handed over is hashed in its order, once; not more than some chunks wait in memory.
- The thread ends with the `with`, also where that is left early; and leaving it never waits, not even as Python ends.
"""

from __future__ import annotations

import _thread
import hashlib
from queue import SimpleQueue
from typing import Final, Self

from ...model._entry import Buffer

__all__ = ["Hashing"]

_WAITING: Final = 8


class Hashing:
    """The SHA-256 of chunks, in a thread that lives as long as the `with`."""

    def __init__(self) -> None:
        self._chunks = SimpleQueue[Buffer | None]()
        self._room = SimpleQueue[None]()
        self._digest = SimpleQueue[str]()

    def __enter__(self) -> Self:
        for _ in range(_WAITING):
            self._room.put(None)
        _thread.start_new_thread(self._work, ())
        return self

    def __exit__(self, *of_an_error: object) -> None:
        self._chunks.put(None)

    def update(self, chunk: Buffer) -> None:
        """Hand over the next bytes, which must not change any more; waits while many are not hashed yet."""
        self._room.get()
        self._chunks.put(chunk)

    def hexdigest(self) -> str:
        """Return the hash of all that was handed over; nothing more may be."""
        self._chunks.put(None)
        return self._digest.get()

    def _work(self) -> None:
        digest = hashlib.sha256()
        while (chunk := self._chunks.get()) is not None:
            digest.update(chunk)
            self._room.put(None)
        self._digest.put(digest.hexdigest())
