"""What the commands show, as plain data: of entries and what differs between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model._entry import EntryInfo
from ..model._errors import CheckpointError
from ..model._key import Part, PartKind
from ..model._outcome import Cause, Reason
from ..model._provenance import Provenance
from ..model.process._records import NamedTuple
from ..report._comparing import compare
from ..report._history import provenance_of
from ..store import FileStore

__all__ = ["ReadEntry", "differences", "entries", "entry_of", "read"]

_LIBRARY = frozenset({PartKind.LIBRARY})


class ReadEntry(NamedTuple):
    """One entry: the facts of its file, and its provenance."""

    info: EntryInfo
    provenance: Provenance

    def as_json(self) -> dict[str, Any]:
        """Return all that is known of it, in the documented form."""
        found = self.provenance
        return {
            **self.info._asdict(),
            "where": found.where,
            "cost": found.cost,
            "python": found.python,
            "rules": found.rules,
            "inputs": [_part(part) for part in found.parts if part.kind not in _LIBRARY],
            "libraries": {part.path: part.preview for part in found.parts if part.kind in _LIBRARY},
            "result": dict(found.produced),
            "notes": [{"kind": str(note.kind), "path": note.path, "what": note.what} for note in found.notes],
        }


def _part(part: Part) -> dict[str, Any]:
    return {"kind": str(part.kind), "path": part.path, "value": part.preview, "digest": part.digest.hex()}


def entries(store: FileStore, name: str) -> Iterator[ReadEntry]:
    """Yield the entries of a computation that can be read, newest first."""
    for info in store.list(name):
        if (entry := read(store, info)) is not None:
            yield entry


def entry_of(store: FileStore, text: str) -> list[EntryInfo]:
    """Return the entries that a person means: of the computation of that name, or whose key begins like this.

    Raises:
        CheckpointError: there are none.
    """
    found = list(store.list(text))
    if not found and len(text) >= 4:
        found = [info for info in store.list() if info.key.startswith(text.lower())]
    if not found:
        raise CheckpointError(f"{text}: neither a computation nor the beginning of a key in {store.folder}")
    return found


def read(store: FileStore, info: EntryInfo) -> ReadEntry | None:
    """Return an entry with its provenance; None where it cannot be read."""
    found = provenance_of(store, info.name, info.key)
    return None if found is None else ReadEntry(info, found)


def differences(one: ReadEntry, other: ReadEntry) -> Reason:
    """Return what differs from one entry to another of the same computation."""
    return Reason(Cause.CHANGED, "", compare(one.provenance.parts, other.provenance.parts))
