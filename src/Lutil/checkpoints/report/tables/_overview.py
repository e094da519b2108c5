"""What there is in a store and what it has done, put together from its entries and its ledger; nothing is unpickled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from ...model._outcome import Cause, Reason
from ...model._quantities import age, size
from ...model.process._records import NamedTuple
from ...store import FileStore
from .._history import provenance_of
from .._ledger import Tally, spell
from .._ledger_history import History, RanBefore, history, latest_runs
from .._ledger_writer import write_all
from .._reasons import explained_before, sentence
from ._tables import MOST_ROWS, Shown, Table

__all__ = ["SORTS", "Computed", "Explained", "Overview", "more", "overview", "past_runs"]

_WHY: Final = 200  # columns of a reason


class Computed(NamedTuple):
    """One computation: what there is of it, and what that has saved.

    Attributes:
        name: of the computation.
        entries: results that are kept.
        size: bytes that they take on disk.
        oldest, newest: when the first and the last of them were kept, seconds since the epoch.
        used: when one was last a hit.
        hits, runs: how often it was skipped and ran, in all processes.
        saved, spent: seconds that this saved, and that runs and keeping took.
    """

    name: str
    entries: int
    size: int
    oldest: float
    newest: float
    used: float
    hits: int = 0
    runs: int = 0
    saved: float = 0.0
    spent: float = 0.0

    def row(self) -> tuple[str, ...]:
        """Return it as people read it."""
        return self.name, str(self.entries), size(self.size), str(self.hits), spell(self.saved), age(self.used)


SORTS: Final[dict[str, Callable[[Computed], Any]]] = {
    "name": lambda one: one.name,
    "size": lambda one: -one.size,
    "saved": lambda one: -one.saved,
    "used": lambda one: -one.used,
}
"""The orders in which computations are listed."""


class _Overview(NamedTuple):
    names: tuple[Computed, ...]
    entries: int
    size: int
    traces: int
    damaged: int
    total: Tally


class Overview(Shown, _Overview):
    """What a store holds, and what it has saved and cost; shown as a table.

    Attributes:
        names: the computations that have entries.
        entries, size: how many, and bytes on disk.
        traces: how many sets of observed names.
        damaged: entries that were set aside.
        total: how often something was skipped and ran in all processes, and what that saved and cost.
    """

    __slots__ = ()

    HEADINGS = ("name", "entries", "size", "hits", "time saved", "last used")
    NUMBERS = (1, 2, 3, 4)

    def table(self) -> Table:
        """Return what is to be shown: the largest computations first."""
        by_size = sorted(self.names, key=SORTS["size"])
        rows = [one.row() for one in by_size[:MOST_ROWS]]
        count = f"{self.entries:,} entries" if self.entries != 1 else "1 entry"
        total = self.total
        foot = f"{count}, {size(self.size)}; {total.hits:,} skipped, {spell(total.saved)} saved; {total.runs:,} run"
        return Table(self.HEADINGS, rows, self.NUMBERS, [*more(len(by_size)), foot])


def more(count: int) -> list[str]:
    """Return the line that says how many rows are not shown, if there are any."""
    return [f"... and {count - MOST_ROWS:,} more"] if count > MOST_ROWS else []


def overview(store: FileStore, told: History | None = None) -> Overview:
    """Return what a store holds, and what it has done, where that was not read already; also in this process so far."""
    write_all()
    held, told = FileStore.stats(store), told or history(store.ledger)
    found = tuple(Computed(*one, *told.by_name.get(one.name, Tally())) for one in held.names)
    return Overview(found, held.entries, held.size, held.traces, held.damaged, told.total())


class Explained(NamedTuple):
    """One run of the ledger, and why it ran.

    Attributes:
        run: what the ledger tells of it.
        why: the reason in a sentence.
        reason: the same as data.
    """

    run: RanBefore
    why: str
    reason: Reason


def past_runs(store: FileStore, name: str | None, most: int) -> Iterator[Explained]:
    """Yield the last runs, newest first."""
    found = (run for run in latest_runs(store.ledger) if name is None or run.name == name)
    for _, run in zip(range(most), found, strict=False):
        reason = _reason(store, run)
        yield Explained(run, sentence(reason, _WHY), reason)


def _reason(store: FileStore, run: RanBefore) -> Reason:
    cause = next((cause for cause in Cause if cause == run.cause), Cause.FIRST_RUN)
    if run.key:
        found = provenance_of(store, run.name, run.key)
        if found is not None:
            compared = cause in {Cause.CHANGED, Cause.ANOTHER}  # somebody listened: what differs is told of the entry
            reason = explained_before(Reason(Cause.FIRST_RUN if compared else cause), (store,), found)
            return reason._replace(cause=cause) if compared and reason.differences else reason
    return Reason(cause, run.lost)
