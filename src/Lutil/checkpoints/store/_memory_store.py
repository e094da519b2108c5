"""The store that is a dict: for tests, and for processes that may leave nothing behind."""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable, Iterator, Sequence

from ..model._entry import Buffer, Claim, EntryInfo, Header, Stored
from ..model._outcome import Cause, Miss, Reason
from .claims._claims import Claims

__all__ = ["MemoryStore"]

_MOST_TRACES = 16


class MemoryStore:
    """Entries in the memory of this process, each a copy: what a caller does to a result stays outside.

    Args:
        wait: seconds without CPU after which somebody else's computation is not waited for; None waits for as
            long as it runs.

    Example:
        >>> store = MemoryStore()
        >>> store.put("f", "0" * 32, Header(created=0.0, cost=0.1), b"stream", [], b"readable")
        >>> bytes(store.get("f", "0" * 32).stream)
        b'stream'
    """

    def __init__(self, *, wait: float | None = 300.0) -> None:
        self._entries: dict[tuple[str, str], tuple[EntryInfo, Stored, bytes]] = {}
        self._traces: dict[tuple[str, str], list[bytes]] = {}
        self._notes: dict[tuple[str, str], bytes] = {}
        self._claims = Claims(None, wait)

    def get(self, name: str, key: str) -> Stored | Miss:
        """Return the entry, or the miss that says there is none."""
        found = self._entries.get((name, key))
        if found is None:
            return Miss(Reason(Cause.FIRST_RUN))
        info, stored, provenance = found
        self._entries[name, key] = (info._replace(used=time.time()), stored, provenance)
        count = len(stored.buffers) - max(stored.header.files - 1, 0)
        return stored._replace(buffers=[bytearray(buffer) for buffer in stored.buffers[:count]])

    def contents(self, name: str, key: str) -> builtins.list[Buffer] | None:
        """Return the contents of the files that a run wrote, or None where there is no entry."""
        found = self._entries.get((name, key))
        if found is None:
            return None
        stored = found[1]
        return [*stored.buffers[len(stored.buffers) - max(stored.header.files - 1, 0) :]]

    def provenance(self, name: str, key: str) -> bytes | None:
        """Return the readable segment of an entry, or None where there is no entry."""
        found = self._entries.get((name, key))
        return None if found is None else found[2]

    def put(  # noqa: PLR0913, PLR0917  # the fields of an entry
        self, name: str, key: str, header: Header, stream: Buffer, buffers: Sequence[Buffer], provenance: bytes
    ) -> None:
        """Keep an entry."""
        stored = Stored(header, bytes(stream), [bytes(buffer) for buffer in buffers])
        size = len(stored.stream) + sum(map(len, stored.buffers)) + len(provenance)
        now = time.time()
        self._entries[name, key] = (EntryInfo(name, key, size, now, now), stored, bytes(provenance))
        self._claims.done(key)

    def set_aside(self, name: str, key: str, what: str) -> Miss:
        """Drop an entry that turned out to be damaged; return the miss that says so."""
        self._entries.pop((name, key), None)
        return Miss(Reason(Cause.CORRUPT, what))

    def delete(self, name: str | None = None, key: str | None = None) -> int:
        """Delete one entry, all of a name, or all; return how many."""

        def is_meant(place: tuple[str, str]) -> bool:
            return name in (None, place[0]) and key in (None, place[1])

        for place in [place for place in self._traces if is_meant(place)]:
            self._traces.pop(place, None)
        return sum(self._entries.pop(place, None) is not None for place in list(self._entries) if is_meant(place))

    def list(self, name: str | None = None) -> Iterator[EntryInfo]:
        """Yield what is there, newest first within a name."""
        found = [info for (owner, _), (info, _, _) in self._entries.copy().items() if name in (None, owner)]
        yield from sorted(found, key=lambda info: (info.name, -info.created))

    def traces(self, name: str, key: str) -> builtins.list[bytes]:
        """Return the traces known under a key, newest first, at most 16."""
        return [*self._traces.get((name, key), ())]

    def put_trace(self, name: str, key: str, trace: bytes) -> None:
        """Add a trace under a key."""
        known = [other for other in self._traces.get((name, key), []) if other != trace]
        self._traces[name, key] = [bytes(trace), *known][:_MOST_TRACES]

    def claim(self, key: str, name: str = "", usual: Callable[[], float] | None = None) -> Claim:
        """Return the claim on a final key, not yet acquired; see `Store.claim`."""
        return self._claims.claim(key, name, usual)

    def get_note(self, kind: str, key: str) -> bytes | None:
        """Return an advisory note, or None."""
        return self._notes.get((kind, key))

    def put_note(self, kind: str, key: str, note: bytes) -> None:
        """Take an advisory note."""
        self._notes[kind, key] = bytes(note)
