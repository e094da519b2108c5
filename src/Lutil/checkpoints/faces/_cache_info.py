"""What the cache does for one computation, in the words of `functools`."""

from __future__ import annotations

from typing import Final

from ..model._entry import EntryStore
from ..model.process._records import NamedTuple
from ..report._ledger import Tally
from ..report._ledger_history import history
from ..report._ledger_writer import tally_of

__all__ = ["NOTHING", "CacheInfo", "cache_info"]


class CacheInfo(NamedTuple):
    """How often a computation was skipped and run, and what is kept of it.

    Computations that share a name share these counts.

    Attributes:
        hits, misses: how often it was skipped and how often it ran, in this process.
        saved: seconds that the skipped runs had taken, in this process.
        entries: results that are kept.
        size: bytes that they take on disk.
        all_hits, all_misses, all_saved: the same in all processes, as far as the ledger of the store tells.
    """

    hits: int
    misses: int
    saved: float
    entries: int
    size: int
    all_hits: int
    all_misses: int
    all_saved: float


NOTHING: Final = CacheInfo(0, 0, 0.0, 0, 0, 0, 0, 0.0)


def cache_info(store: EntryStore, name: str) -> CacheInfo:
    """Return what is known of a computation in a store."""
    own = tally_of(store, name)
    told = history(getattr(store, "ledger", None)).by_name.get(name, Tally())
    sizes = [info.size for info in store.list(name)]
    # What was deleted, or could not be written, is not in the ledger: this process knows of itself still.
    hits, runs, saved = max(own.hits, told.hits), max(own.runs, told.runs), max(own.saved, told.saved)
    return CacheInfo(own.hits, own.runs, own.saved, len(sizes), sum(sizes), hits, runs, saved)
