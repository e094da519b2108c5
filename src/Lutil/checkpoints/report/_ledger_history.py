"""What the ledger of a store says: which processes ran and skipped what, in all of them.

Each process appends to a file of its own. A line is JSON:

    {"script": ..., "host": ..., "pid": ..., "start": ..., "python": ...}                          at the top
    {"t": ..., "run": NAME, "where": ..., "key": ..., "why": ..., "cost": ..., "over": ..., "lost": ...}   each run
    {"t": ..., "hits": {NAME: [times, seconds saved]}}                                             now and then
    {"day": ..., "runs": {NAME: [times, seconds]}, "hits": {NAME: [times, seconds saved]}}         put together

Times are seconds since the epoch. Advisory: lines that cannot be read are passed over.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from typing import Any, Final, Protocol

from ..model.process._records import NamedTuple
from ._ledger import Tally

__all__ = ["History", "Process", "RanBefore", "history", "latest_runs", "put_together"]

_OLD: Final = 86400.0
"""Seconds without a word after which a process counts as gone."""
_MANY: Final = 64
"""Files of processes that are gone, from which on they are put together."""
_LATEST: Final = 1000
"""Runs that are told one by one."""


class _Files(Protocol):
    def names(self) -> list[str]: ...
    def read(self, *, newest: bool = False, only: Collection[str] | None = None) -> Iterator[tuple[str, bytes]]: ...
    def age(self, name: str) -> float: ...
    def replace(self, names: list[str], data: bytes) -> None: ...


class Process(NamedTuple):
    """One process that used a store."""

    script: str
    host: str
    pid: int
    start: float
    python: str


class RanBefore(NamedTuple):
    """One run: when it ended, of what, and what is known of why.

    Attributes:
        time: when it ended, seconds since the epoch.
        name, where: of the computation, and file and line of its code.
        key: the final key of its entry; empty where it was not kept.
        cause: the cheap reason; what changed, its entry tells.
        cost: seconds that it took.
        overhead: seconds that keeping it took.
        lost: why it was not kept; empty where it was.
        process: the process that ran it.
    """

    time: float
    name: str
    where: str
    key: str
    cause: str
    cost: float
    overhead: float
    lost: str
    process: Process | None

    def as_json(self) -> dict[str, Any]:
        """Return it in the documented form."""
        return {**self._asdict(), "process": None if self.process is None else self.process._asdict()}


class History(NamedTuple):
    """What was skipped and run in a store, by all processes.

    Attributes:
        by_name: the tally of each computation.
        by_day: that of each day, `2026-11-30` in local time.
        runs: the latest runs, newest first.
    """

    by_name: dict[str, Tally]
    by_day: dict[str, Tally]
    runs: tuple[RanBefore, ...]

    def total(self) -> Tally:
        """Return the tally of everything."""
        total = Tally()
        for tally in self.by_name.values():
            total = total.plus(tally)
        return total


def history(files: _Files | None) -> History:
    """Return what the ledger of a store says."""
    found = _Collected()
    for _, data in files.read() if files is not None else ():
        found.take(data)
    return found.history()


def latest_runs(files: _Files | None, most: int = _LATEST) -> list[RanBefore]:
    """Return the last runs that the ledger of a store tells of, those of the files that were written last first.

    All that is older is not even read: a ledger may be large.
    """
    runs: list[RanBefore] = []
    for _, data in files.read(newest=True) if files is not None else ():
        found = _Collected()
        found.take(data)
        runs += found.runs
        if len(runs) >= most:
            break
    return sorted(runs, key=lambda run: -run.time)[:most]


def put_together(files: _Files) -> int:
    """Put the files of processes that are gone into one, where there are many; return how many went."""
    now = time.time()
    old = {name for name in files.names() if now - files.age(name) > _OLD}
    if len(old) < _MANY:
        return 0
    found, gone = _Collected(), []
    for name, data in files.read(only=old):
        found.take(data)
        gone.append(name)
    files.replace(gone, b"".join(found.lines()))
    return len(gone)


class _Collected:
    """What several files say, added up."""

    def __init__(self) -> None:
        self.days: dict[tuple[str, str], Tally] = {}
        self.runs: list[RanBefore] = []

    def take(self, data: bytes) -> None:
        process: Process | None = None
        for line in data.decode("utf-8", "replace").split("\n"):  # JSON of ours: no other character ends a line
            try:
                found = json.loads(line)
                if "script" in found:
                    process = Process(*(found[name] for name in Process._fields))
                else:
                    self._add(found, process)
            except (ValueError, KeyError, TypeError):  # cut short, or of another version
                continue

    def _add(self, line: dict[str, Any], process: Process | None) -> None:
        day = line.get("day") or time.strftime("%Y-%m-%d", time.localtime(line["t"]))
        for name, (times, seconds) in line.get("hits", {}).items():
            self._count(day, name, Tally(hits=times, saved=seconds))
        for name, (times, seconds) in line.get("runs", {}).items():
            self._count(day, name, Tally(runs=times, spent=seconds))
        if "run" in line:
            told = [line[name] for name in ("t", "run", "where", "key", "why", "cost", "over", "lost")]
            run = RanBefore._make([*told, process])
            self._count(day, run.name, Tally(runs=1, spent=run.cost + run.overhead))
            self.runs.append(run)

    def _count(self, day: str, name: str, tally: Tally) -> None:
        self.days[day, name] = self.days.get((day, name), Tally()).plus(tally)

    def history(self) -> History:
        by_name: dict[str, Tally] = {}
        by_day: dict[str, Tally] = {}
        for (day, name), tally in sorted(self.days.items()):
            by_name[name] = by_name.get(name, Tally()).plus(tally)
            by_day[day] = by_day.get(day, Tally()).plus(tally)
        latest = sorted(self.runs, key=lambda run: -run.time)[:_LATEST]
        return History(by_name, by_day, tuple(latest))

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of one file that says the same of each day."""
        days: dict[str, dict[str, dict[str, list[float]]]] = {}
        for (day, name), tally in sorted(self.days.items()):
            of_day = days.setdefault(day, {"runs": {}, "hits": {}})
            if tally.runs:
                of_day["runs"][name] = [tally.runs, tally.spent]
            if tally.hits:
                of_day["hits"][name] = [tally.hits, tally.saved]
        for day, of_day in days.items():
            yield json.dumps({"day": day, **of_day}).encode() + b"\n"
