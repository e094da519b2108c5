"""Writing the ledger: each run as it ends, skips now and then and at exit, into the file of this process.

Workers of process pools run no `atexit`; what multiprocessing calls at their end writes theirs.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import time
from typing import Any, Final

from ..model._identity import identity
from ._ledger import Ran, Tally

__all__ = ["count_skip", "tally_of", "write_run"]

_EVERY: Final = 30.0
"""Seconds between two lines of skips."""
_MOST: Final = 64
"""Stores of which something may not be written yet."""
_clock = time.monotonic


class _Book:
    """What this process has skipped and run in one store, and what of the former is not written yet."""

    __slots__ = ("due", "files", "process", "skips", "store", "tallies")

    def __init__(self, store: Any) -> None:
        self.store = store  # kept, so that its identity is its own
        self.files = getattr(store, "ledger", None)
        self.skips: dict[str, list[float]] = {}
        self.tallies: dict[str, Tally] = {}
        self.due = _clock() + _EVERY
        self.process = os.getpid()

    def write(self, line: dict[str, object] | None = None) -> None:
        """Write what is not written yet, and a line."""
        lines = [] if line is None else [line]
        if self.skips:
            lines.append({"t": round(time.time(), 3), "hits": self.skips})
        for name, (times, saved) in self.skips.items():
            self.count(name, Tally(hits=int(times), saved=saved))
        self.skips = {}
        self.due = _clock() + _EVERY
        if self.files is None or not lines or not os.path.isdir(self.store.folder):  # noqa: PTH112  # no folder is made for it
            return
        self.files.write(b"".join(_line(one) for one in lines), _head)

    def count(self, name: str, tally: Tally) -> None:
        """Add to what this process has done."""
        self.tallies[name] = self.tallies.get(name, Tally()).plus(tally)


_books: Final[dict[int, _Book]] = {}


def count_skip(store: object, name: str, saved: float) -> None:
    """Take note of a skip that saved so many seconds."""
    book = _books.get(identity(store)) or _book_of(store)
    row = book.skips.get(name)
    if row is None:
        book.skips[name] = [1, saved]
    else:
        row[0] += 1
        row[1] += saved
    if _clock() > book.due:
        book.write()


def write_run(store: object, ran: Ran, key: str, seconds: tuple[float, float], lost: str) -> None:
    """Take note of a run that has ended.

    Args:
        store: where its entry is.
        ran: what is known of it.
        key: the final key; empty where it was not kept.
        seconds: that it took, and that keeping it took.
        lost: why it was not kept; empty where it was.
    """
    line = {
        "t": round(time.time(), 3),
        "run": ran.name,
        "where": ran.where,
        "key": "" if lost else key,
        "why": str(ran.reason.cause),
        "cost": round(seconds[0], 6),
        "over": round(seconds[1], 6),
        "lost": lost,
    }
    book = _books.get(identity(store)) or _book_of(store)
    book.count(ran.name, Tally(runs=1, spent=sum(seconds)))
    book.write(line)


def tally_of(store: object, name: str) -> Tally:
    """Return what this process has skipped and run of a computation; by then, all of it is in the ledger."""
    book = _books.get(identity(store))
    if book is None:
        return Tally()
    book.write()
    return book.tallies.get(name, Tally())


def write_all() -> None:
    """Write what is not written yet, of all stores."""
    for book in list(_books.values()):
        if book.process == os.getpid():
            book.write()


def _book_of(store: object) -> _Book:
    if not _books:
        _write_at_the_end()
    while len(_books) >= _MOST:  # each keeps its store, and that a descriptor
        _close(next(iter(_books), 0))
    return _books.setdefault(identity(store), _Book(store))  # of threads that come first at once, all get one


def _close(oldest: int) -> None:
    book = _books.pop(oldest, None)  # None: another thread was first
    if book is not None:
        book.write()


def _write_at_the_end() -> None:
    atexit.register(write_all)
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        from multiprocessing.util import Finalize  # noqa: PLC0415  (it is loaded in a worker)

        Finalize(None, write_all, exitpriority=0)


def _forget_the_parents() -> None:
    """Begin anew in a forked child: what its parent has not written yet the parent writes."""
    _books.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_the_parents)


def _head() -> bytes:
    main = sys.modules.get("__main__")
    head = {
        "script": getattr(main, "__file__", None) or (sys.argv[0] if sys.argv else ""),
        "host": os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", ""),
        "pid": os.getpid(),
        "start": round(time.time(), 3),
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    return _line(head)


def _line(what: dict[str, object]) -> bytes:
    return _to_json(what).encode() + b"\n"


_to_json: Final = json.JSONEncoder(separators=(",", ":")).encode
"""One for all lines: `json.dumps` makes an encoder for each."""
