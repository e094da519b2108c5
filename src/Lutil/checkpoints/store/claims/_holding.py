"""Who computes a key in this process: the table of claims, in which each round of a key has one place.

A later round is for those who gave up on the holder of the one before: again one of them computes. The holder's own
claim is left alone, so that it loses nothing should it come back.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_128_hexdigest

from ...model.process._records import NamedTuple
from ..entries._disk import Draft
from ._locks import Locks, OsLock, Owner
from ._processes import this_machine

if TYPE_CHECKING:
    from ._loops import Alarm  # only who waits needs that file

__all__ = ["ClaimTable", "Holding", "Patience", "rounds"]

_ROUNDS: Final = 4


class Patience(NamedTuple):
    """How long is waited for what, in seconds.

    Attributes:
        wait: without CPU after which a holder is not waited for; None: never.
        circle_after: the same for one that is connected to this process.
        stalled_after: for which a thread has itself been blocked that may wait for its workers, of which we are one.
        logged_after: until it stands in the log.
        shown_after: until it is said on a terminal.
        told_after: until it is said at WARNING and on stderr, whatever that is.
        look_every: between two looks at the state of the holder.
        sample_every: between two readings of what it has used, at most.
        in_vain: no seconds, but how many are waited for who leave no entry: each of them failed, or what it gives
            cannot be kept. A first one may have been interrupted, so that one takes over.
    """

    wait: float | None = 300.0
    circle_after: float = 3.0
    stalled_after: float = 5.0
    logged_after: float = 1.0
    shown_after: float = 5.0
    told_after: float = 30.0
    look_every: float = 0.25
    sample_every: float = 1.0
    in_vain: int = 2


class Holding:
    """One key that is being computed in this process.

    Its end is a flag and a plain lock, which threads go through one by one: those of `threading` are Python
    themselves, and an interrupt in their midst would leave them shut for good.

    Attributes:
        key: that is computed.
        name: of the claim on it: the key, or that of a later round.
        thread: that computes, as Python numbers it.
        native: the same as the system does; 0 for a task of an event loop.
        done: whether the entry is there.
        over: whether the key is free again.
        waits: the claims that its holder waits for.
    """

    __slots__ = (
        *("_gate", "alarms", "by_task", "done", "key", "lock"),
        *("name", "native", "over", "since", "thread", "waits"),
    )

    def __init__(self, key: str, *, by_task: bool) -> None:
        self.key = self.name = key
        self.by_task = by_task
        self.thread = threading.get_ident()
        self.native = 0 if by_task else threading.get_native_id()
        self.since = time.time()
        self.done = False
        self.over = False
        self.waits: list[str] = []
        self.lock: OsLock | None = None
        self.alarms: list[Alarm] = []
        self._gate = threading.Lock()
        self._gate.acquire()

    def end(self) -> None:
        """Wake all who wait for the key."""
        if not self.over:
            self.over = True
            self._gate.release()
        while self.alarms:
            # A loop that was closed meanwhile has nobody left to wake.
            with contextlib.suppress(RuntimeError, IndexError):
                self.alarms.pop().ring()

    def wait(self, seconds: float) -> None:
        """Wait until the key is free, for some seconds at most."""
        if not self.over and self._gate.acquire(timeout=seconds):
            self._gate.release()


class ClaimTable:
    """Who computes what, as far as this process takes part, and how long is waited for whom.

    Args:
        locks: between processes; None for claims within the process only.
        wait: seconds without CPU after which a holder is not waited for; None waits for as long as it lives.

    Attributes:
        patience: how long is waited for what.
        machine: what can be seen of processes.
        clock: seconds that only grow.
    """

    def __init__(self, locks: Locks | None, wait: float | None = Patience().wait) -> None:
        self.patience = Patience(wait)
        self.machine = this_machine
        self.clock = time.monotonic
        self.locks = locks
        self.forget()

    def done(self, key: str) -> None:
        """Take note that a key's entry is there: those who wait for it need not compute in turn."""
        for holding in self._holdings(key):
            holding.done = True

    def draft(self, key: str) -> Draft | None:
        """Return the file by which this thread holds a key, to be filled and renamed; None where it holds none."""
        for holding in self._holdings(key):
            if holding.lock is not None and holding.thread == threading.get_ident():
                return holding.lock.give()
        return None

    def enter(self, holding: Holding) -> Holding:
        """Return who computes a key in this process: from now on the caller, unless somebody does already."""
        return self._table.setdefault(holding.name, holding)

    def leave(self, holding: Holding) -> None:
        """Free a key, and wake all who wait for it."""
        try:
            if holding.lock is not None:
                holding.lock.release()
        finally:  # whatever becomes of the file, nobody in this process waits for it
            holding.lock = None
            if self._table.get(holding.name) is holding:
                del self._table[holding.name]
            holding.end()

    def next_round(self, holding: Holding) -> bool:
        """Let a waiter, who holds nothing, try for the next claim on its key; return whether there is one."""
        names = [*rounds(holding.key)]
        at = names.index(holding.name) + 1
        if at == len(names):
            return False
        self._later = True
        holding.name = names[at]
        return True

    def ahead(self, name: str) -> Iterator[tuple[str, Owner | None]]:
        """Yield a claim and all that its holder waits for, however indirectly, each with the process that has it."""
        seen: set[str] = set()
        names = [name]
        while names:
            at = names.pop()
            if at in seen:
                continue
            seen.add(at)
            owner = None if self.locks is None else self.locks.owner(at)
            yield at, owner
            holding = self._table.get(at)
            if holding is not None:
                names += holding.waits
            if owner is not None:
                names += owner.waits

    def _holdings(self, key: str) -> Iterator[Holding]:
        for name in rounds(key) if self._later else (key,):
            holding = self._table.get(name)
            if holding is not None:
                yield holding

    def forget(self) -> None:
        """Empty the table: who is in it does not exist here."""
        self._table: dict[str, Holding] = {}
        self._later = False


def rounds(key: str) -> Iterator[str]:
    """Yield the names of the claims on a key, each one for those who gave up on the holder of the one before."""
    yield key
    for number in range(1, _ROUNDS):
        yield xxh3_128_hexdigest(f"{key} {number}".encode())
