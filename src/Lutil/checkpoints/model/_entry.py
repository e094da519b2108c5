"""The nouns of storage: what an entry holds, as bytes, and what a store must be able to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ._key import FORMAT_VERSION
from ._outcome import Miss
from .process._records import NamedTuple

__all__ = ["Buffer", "Claim", "EntryInfo", "EntryStore", "Header", "Stored"]

Buffer = bytes | bytearray | memoryview


class Header(NamedTuple):
    """The few fixed facts of an entry that a hit needs without parsing its provenance.

    Attributes:
        created: seconds since the epoch.
        cost: seconds that the run took.
        given: how many of the inputs' mutable objects were numbered when the entry was encoded; 0 if the
            entry refers to none of them.
        plain: whether the stream holds no class or function that has to be resolved.
        until: when a result expires that the run took from another computation, seconds since the epoch.
        rules: the version of the rules by which the key was made; an older one is no longer looked for.
        files: how many of the buffers, the last ones, belong to the files that the run wrote: a table, then contents,
            which `get` leaves out and `contents` gives. 0 where it wrote none.
    """

    created: float
    cost: float
    given: int = 0
    plain: bool = True
    until: float = math.inf
    rules: int = FORMAT_VERSION
    files: int = 0


class Stored(NamedTuple):
    """An entry that was read and whose digests agree; and whether arrays that are made of it are to be read-only."""

    header: Header
    stream: Buffer
    buffers: Sequence[Buffer]
    read_only: bool = False


class EntryInfo(NamedTuple):
    """What can be said of an entry without opening it.

    Attributes:
        name: of the computation.
        key: the final key, 32 hexadecimal digits.
        size: bytes on disk.
        created: when it was written, seconds since the epoch.
        used: when it was last a hit, to the minute.
    """

    name: str
    key: str
    size: int
    created: float
    used: float


class Claim(Protocol):
    """Who is computing a key now. Entered, it is ours or the wait is over; left, it is free again."""

    waited: bool
    """Whether somebody else computed meanwhile, so that the entry should be looked up again."""

    async def acquire_async(self) -> None:
        """Wait for the claim without blocking the event loop."""

    def acquire(self) -> None:
        """Wait for the claim."""

    def release(self) -> None:
        """Let the next one in. Harmless when called twice or on a claim that was never acquired."""


class EntryStore(Protocol):
    """Entries as bytes under string keys. It knows nothing of values."""

    def get(self, name: str, key: str) -> Stored | Miss:
        """Return the entry, every segment checked, or why there is none to use. Never raises OSError."""

    def contents(self, name: str, key: str) -> Sequence[Buffer] | None:
        """Return the contents of the files that a run wrote, or None where the entry cannot be read."""

    def provenance(self, name: str, key: str) -> bytes | None:
        """Return the readable segment of an entry, or None where it cannot be read."""

    def put(  # noqa: PLR0913, PLR0917  (the fields of an entry)
        self, name: str, key: str, header: Header, stream: Buffer, buffers: Sequence[Buffer], provenance: bytes
    ) -> None:
        """Write an entry, whole or not at all.

        Raises:
            OSError: it could not be written: disk full, read-only folder, not enough space left.
        """

    def delete(self, name: str | None = None, key: str | None = None) -> int:
        """Delete one entry, all of a name, or all; return how many."""

    def list(self, name: str | None = None) -> Iterator[EntryInfo]:
        """Yield what is there, newest first within a name."""

    def traces(self, name: str, key: str) -> Sequence[bytes]:
        """Return the traces known under a key, newest first, at most 16."""

    def put_trace(self, name: str, key: str, trace: bytes) -> None:
        """Add a trace under a key, whole or not at all; raises OSError like `put`."""

    def claim(self, key: str, name: str = "", usual: Callable[[], float] | None = None) -> Claim:
        """Return the claim on a final key, not yet acquired.

        Args:
            key: that is to be computed.
            name: of the computation, for people who wait.
            usual: returns what its last run took, in seconds: for less than twice that, waiting is right.
        """

    def get_note(self, kind: str, key: str) -> bytes | None:
        """Return an advisory note, or None: it was never taken, or got lost."""

    def put_note(self, kind: str, key: str, note: bytes) -> None:
        """Take an advisory note; never raises OSError: a note that is lost costs some time, later."""
