"""Claims: of all who want a key at once, one computes.

Within the process a claim is an entry in a table: threads wait for a lock, coroutines for an alarm of their loop
(`_loops`), which goes on meanwhile. Between processes it is a lock of the operating system (`_locks`), taken by the
one who has the table's entry, on misses only and by polling.

Why there is no deadlock. Whoever waits says so in what it holds itself, before it looks whether the wait could
be one in a circle: in memory within the process, in the note beside the lock between processes. Of two that
close a circle at once, therefore, at least one sees it, and that one computes without a claim. In the same
way computes at once:
- who asks for a key that it holds itself, or that a computation around it holds (a context variable, which
  tasks and forked children inherit; between processes, the chain of parents);
- who would block the very thread on which the holder lives;
- who has waited for two in turn who left no entry: each of them failed, or what it gives cannot be kept;
- who waits for a thread that has itself been blocked for some seconds, as one is that waits for its workers;
- who would need more locks than a process may hold open, runs in an event loop that nobody knows, or inside
  torch.distributed or MPI, where the others may wait for this very process.

What a holder does, bounds the wait otherwise (`_holder`). Of those who give up on one and the same holder, again
one computes: they go on to a second claim on the key, and to a third. The holder's own is left alone, so that
it loses nothing should it come back.

Computing twice costs time; it is never wrong.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Self

from ...model.process._interrupts import insist
from ...model.process._late import loading
from ._holding import ClaimTable, Holding, Patience, rounds
from ._locks import Locks

if TYPE_CHECKING:
    # Only who waits needs these files.
    from ._loops import Alarm
    from ._waiting import Pause, Wait

__all__ = ["Claims", "KeyClaim"]

_held: ContextVar[tuple[Holding, ...]] = ContextVar("_held", default=())


class Claims(ClaimTable):
    """The claims of one store.

    Args:
        locks: between processes; None for claims within the process only.
        wait: seconds without CPU after which a holder is not waited for; None waits for as long as it lives.
    """

    def __init__(self, locks: Locks | None, wait: float | None = Patience().wait) -> None:
        super().__init__(locks, wait)
        _all.add(self)

    def claim(self, key: str, name: str = "", usual: Callable[[], float] | None = None) -> KeyClaim:
        """Return the claim on a key, not yet acquired.

        Args:
            key: that is to be computed.
            name: of the computation, for people.
            usual: returns what its last run took, in seconds.
        """
        return KeyClaim(self, key, name, usual)


class KeyClaim:
    """Who is computing a key now. Entered, it is ours or the wait is over; left, it is free again.

    Attributes:
        waited: whether somebody else computed meanwhile, so that the entry should be looked up again.
    """

    def __init__(self, claims: Claims, key: str, name: str = "", usual: Callable[[], float] | None = None) -> None:
        self.waited = False
        self._claims = claims
        self._key = key
        self._name = name
        self._usual = usual
        self._holding: Holding | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Wait for the claim, in this thread."""
        turns = self._turns(by_task=False)
        try:
            for pause in turns:
                if pause.holding is None:
                    time.sleep(pause.seconds)
                else:
                    pause.holding.wait(pause.seconds)
        except BaseException:
            turns.close()
            self.release()
            raise

    async def acquire_async(self) -> None:
        """Wait for the claim without blocking the event loop."""
        turns = self._turns(by_task=True)
        sleeper = _Sleeper()
        try:
            for pause in turns:
                if not await sleeper.sleep(pause):
                    return
        except BaseException:
            turns.close()
            self.release()
            raise
        finally:
            turns.close()
            sleeper.leave()

    def release(self) -> None:
        """Let the next one in. Harmless when called twice or on a claim that was never acquired."""
        holding = self._holding
        if holding is not None:
            self._claims.leave(holding)
            _held.set(tuple(other for other in _held.get() if other is not holding))
            self._holding = None

    def __del__(self) -> None:
        # A second Ctrl-C may have come into `release`.
        if self._holding is not None:
            insist(self.release)

    def _turns(self, *, by_task: bool) -> Generator[Pause, None, None]:
        """Yield a pause for as long as there is somebody to wait for; both ways of waiting share this."""
        held = tuple(holding for holding in _held.get() if not holding.over)
        if _ranks() > 1 or any(holding.key == self._key for holding in held):
            return
        # Ours before it is entered: whatever interrupts us from here on, `release` frees the key.
        mine = self._holding = Holding(self._key, by_task=by_task)
        wait: Wait | None = None
        vain = 0
        while (holding := self._claims.enter(mine)) is not mine:
            if holding.thread == threading.get_ident() and not (by_task and holding.by_task):
                return
            wait = wait or self._wait(held)
            given_up = yield from wait.while_held(holding)
            self.waited |= given_up or holding.over
            if given_up and self._claims.next_round(mine):
                continue
            if not holding.over:
                return
            vain += 1
            if holding.done or vain >= self._claims.patience.in_vain:
                return
        _held.set((*held, mine))
        locks = self._claims.locks
        lock = None if locks is None else locks.lock(self._key)
        if locks is None or lock is None:
            return
        mine.lock = lock  # before it is taken: whatever interrupts us, it will be released
        if locks.try_acquire(lock, by_task=by_task) is False:
            wait = wait or self._wait(held)
            self.waited = True
            yield from self._other_locks(locks, mine, wait)

    def _wait(self, held: tuple[Holding, ...]) -> Wait:
        with loading:
            from ._waiting import Wait  # noqa: PLC0415  # only who waits needs it

        return Wait(self._claims, self._key, held, self._name, self._usual)

    def _other_locks(self, locks: Locks, mine: Holding, wait: Wait) -> Generator[Pause, None, None]:
        """Wait for the lock between processes, or for that of a later round."""
        for name in rounds(self._key):
            lock = locks.lock(name)
            if lock is None:
                return
            mine.lock = lock
            if not (yield from wait.for_lock(locks, name, lock, mine)):
                return


class _Sleeper:
    """Lets a coroutine sleep until a key is free."""

    def __init__(self) -> None:
        self._holding: Holding | None = None
        self._alarm: Alarm | None = None

    async def sleep(self, pause: Pause) -> bool:
        """Sleep for a pause or until its key is free; return False where this cannot be done."""
        if self._alarm is None or pause.holding is not self._holding:
            with loading:
                from ._loops import new_alarm  # noqa: PLC0415  # only who waits needs it

            self.leave()
            self._alarm = new_alarm()
            if self._alarm is None:
                return False
            self._holding = pause.holding
            if pause.holding is not None:
                pause.holding.alarms.append(self._alarm)
        if pause.holding is None or not pause.holding.over:
            await self._alarm.wait(pause.seconds)
        return True

    def leave(self) -> None:
        """Be woken no more."""
        if self._holding is not None and self._alarm is not None:
            # It may be ringing at this moment.
            with contextlib.suppress(ValueError):
                self._holding.alarms.remove(self._alarm)
        self._holding = self._alarm = None


def _ranks() -> int:
    """Return how many processes run this program in step: there, waiting for one may block it for good."""
    for variable in ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE"):
        value = os.environ.get(variable, "")
        if value.isdigit() and int(value) > 1:
            return int(value)
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_world_size())
    return 1


_all: weakref.WeakSet[Claims] = weakref.WeakSet()


def _forget_in_child() -> None:
    """Give a forked child empty tables: those who filled them do not exist there."""
    for claims in list(_all):
        claims.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
