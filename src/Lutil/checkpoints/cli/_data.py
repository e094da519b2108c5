"""What the commands show, as plain data: of computations, entries, runs and settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..model._entry import EntryInfo
from ..model._errors import CheckpointError
from ..model._key import Part, PartKind
from ..model._outcome import Cause, Reason
from ..model._provenance import Provenance
from ..report._history import provenance_of, superseded
from ..report._ledger_history import History, RanBefore, Tally, history
from ..report._reasons import compare, explained_before, sentence
from ..store import FileStore

__all__ = ["Computed", "ReadEntry", "computations", "differences", "entries", "entry_of", "read", "runs", "superseded"]

_LIBRARY = frozenset({PartKind.LIBRARY})


class Computed(NamedTuple):
    """One computation: what there is of it, and what that has saved. Sizes in bytes, times in seconds."""

    name: str
    entries: int
    size: int
    hits: int
    runs: int
    saved: float
    spent: float
    used: float


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


def computations(store: FileStore, told: History) -> list[Computed]:
    """Return the computations that have entries, by name."""
    found = []
    for name in store.stats().names:
        tally = told.by_name.get(name.name, Tally())
        found.append(
            Computed(name.name, name.entries, name.size, tally.hits, tally.runs, tally.saved, tally.spent, name.used)
        )
    return found


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


def runs(store: FileStore, name: str | None, most: int) -> Iterator[tuple[RanBefore, str, Reason]]:
    """Yield the last runs, newest first: what is known of each, the reason in a sentence, and as data."""
    for run in history(store.ledger).runs:
        if name is not None and run.name != name:
            continue
        if most <= 0:
            return
        most -= 1
        reason = _reason(store, run)
        yield run, sentence(reason, 200), reason


def _reason(store: FileStore, run: RanBefore) -> Reason:
    cause = next((cause for cause in Cause if cause == run.cause), Cause.FIRST_RUN)
    if run.key:
        found = provenance_of(store, run.name, run.key)
        if found is not None:
            # A run that was explained as it ran left its cause in the ledger, not what had changed: look again.
            told = cause in (Cause.CHANGED, Cause.ANOTHER)
            reason = explained_before(Reason(Cause.FIRST_RUN if told else cause), (store,), found)
            return reason._replace(cause=cause) if cause is Cause.ANOTHER and reason.differences else reason
    return Reason(cause, run.lost)


def differences(one: ReadEntry, other: ReadEntry) -> Reason:
    """Return what differs from one entry to another of the same computation."""
    return Reason(Cause.CHANGED, "", compare(one.provenance.parts, other.provenance.parts))
