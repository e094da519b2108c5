"""Claims: of all who want a key at once, one computes.

Within the process a claim is an entry in a table: threads wait for an event, coroutines for a callback, so
that their loop goes on. Between processes it is a lock of the operating system (`_locks`), taken by the one
who has the table's entry, on misses only and by polling.

Why there is no deadlock. Whoever waits says so in what it holds itself, before it looks whether the wait could
be one in a circle: in memory within the process, in the note beside the lock between processes. Of two that
close a circle at once, therefore, at least one sees it, and that one computes without a claim. In the same
way computes at once:
- who asks for a key that it holds itself, or that a computation around it holds (a context variable, which
  tasks and forked children inherit; between processes, the chain of parents);
- who would block the very thread on which the holder lives;
- who has waited for two in turn who left no entry: each of them failed, or what it gives cannot be kept;
- who waits for a thread that has itself been blocked for some seconds, as one is that waits for its workers;
- who would need more locks than a process may hold open, has waited for as long as it may (`wait=`), or runs
  inside torch.distributed or MPI, where the others may wait for this very process.
Computing twice costs time; it is never wrong.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple, Self

from .._log import log, say
from ._disk import Draft
from ._locks import Locks, OsLock

__all__ = ["Claims", "KeyClaim"]

_SHORTEST_POLL = 0.005
_LONGEST_POLL = 0.25
_STALLED_AFTER = 5.0
_IN_VAIN = 2
"""How many are waited for who leave no entry. A first one may have been interrupted, so that one takes over."""
_LOGGED_AFTER = 1.0
_SHOWN_AFTER = 5.0
_BLOCKING = ("threading.py", "queue.py", "connection.py", "selectors.py", "popen_fork.py", "subprocess.py")


class Holding:
    """One key that is being computed in this process.

    Its end is a flag and a plain lock, which threads go through one by one: those of `threading` are Python
    themselves, and an interrupt in their midst would leave them shut for good.

    Attributes:
        done: whether the entry is there.
        over: whether the key is free again.
        waits: the keys that its holder waits for.
    """

    __slots__ = ("_gate", "_wakers", "by_task", "done", "key", "lock", "over", "since", "thread", "waits")

    def __init__(self, key: str, *, by_task: bool) -> None:
        self.key = key
        self.by_task = by_task
        self.thread = threading.get_ident()
        self.since = time.time()
        self.done = False
        self.over = False
        self.waits: list[str] = []
        self.lock: OsLock | None = None
        self._gate = threading.Lock()
        self._gate.acquire()
        self._wakers: list[Callable[[], object]] = []

    def end(self) -> None:
        """Wake all who wait for the key."""
        if not self.over:
            self.over = True
            self._gate.release()
        while self._wakers:
            # A loop that was closed meanwhile has nobody left to wake.
            with contextlib.suppress(RuntimeError):
                self._wakers.pop()()

    def wait(self, seconds: float) -> None:
        """Wait until the key is free, for some seconds at most."""
        if not self.over and self._gate.acquire(timeout=seconds):
            self._gate.release()

    def wake_by(self, wake: Callable[[], object]) -> bool:
        """Have a callback called when the key is free; False where it is free already."""
        self._wakers.append(wake)
        return not self.over


class _Pause(NamedTuple):
    seconds: float
    holding: Holding | None


_held: ContextVar[tuple[Holding, ...]] = ContextVar("_held", default=())


class Claims:
    """The claims of one store.

    Args:
        folder: of the lock files; None for claims within the process only.
        wait: seconds after which a waiter computes; None waits for as long as the holder lives.
    """

    def __init__(self, folder: str | None, wait: float | None = None) -> None:
        self.wait = wait
        self.locks = None if folder is None else Locks(folder)
        self._forget()
        _all.add(self)

    def claim(self, key: str) -> KeyClaim:
        """Return the claim on a key, not yet acquired."""
        return KeyClaim(self, key)

    def done(self, key: str) -> None:
        """Take note that a key's entry is there: those who wait for it need not compute in turn."""
        holding = self._table.get(key)
        if holding is not None:
            holding.done = True

    def draft(self, key: str) -> Draft | None:
        """Return the file by which this thread holds a key, to be filled and renamed; None where it holds none."""
        holding = self._table.get(key)
        if holding is None or holding.lock is None or holding.thread != threading.get_ident():
            return None
        return holding.lock.give()

    def enter(self, holding: Holding) -> Holding:
        """Return who computes a key in this process: from now on the caller, unless somebody does already."""
        return self._table.setdefault(holding.key, holding)

    def leave(self, holding: Holding) -> None:
        """Free a key, and wake all who wait for it."""
        try:
            if holding.lock is not None:
                holding.lock.release()
        finally:  # whatever becomes of the file, nobody in this process waits for it
            holding.lock = None
            if self._table.get(holding.key) is holding:
                del self._table[holding.key]
            holding.end()

    def leads_back(self, key: str, held: tuple[Holding, ...]) -> bool:
        """Tell whether the holder of a key waits, however indirectly, for one of ours."""
        ours = {holding.key for holding in held}
        seen: set[str] = set()
        ahead = [key]
        while ahead and ours:
            at = ahead.pop()
            if at in ours:
                return True
            if at in seen:
                continue
            seen.add(at)
            holding = self._table.get(at)
            if holding is not None:
                ahead += holding.waits
            owner = None if self.locks is None else self.locks.owner(at)
            if owner is not None:
                ahead += owner.waits
        return False

    def _forget(self) -> None:
        self._table: dict[str, Holding] = {}


class KeyClaim:
    """Who is computing a key now. Entered, it is ours or the wait is over; left, it is free again.

    Attributes:
        waited: whether somebody else computed meanwhile, so that the entry should be looked up again.
    """

    def __init__(self, claims: Claims, key: str) -> None:
        self.waited = False
        self._claims = claims
        self._key = key
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
        waker = _Waker()
        try:
            for pause in turns:
                # Another kind of loop, whose way of waiting we do not know: computing is always right.
                if not await waker.sleep(pause):
                    return
        except BaseException:
            turns.close()
            self.release()
            raise
        finally:
            turns.close()

    def release(self) -> None:
        """Let the next one in. Harmless when called twice or on a claim that was never acquired."""
        holding = self._holding
        if holding is not None:
            self._claims.leave(holding)
            _held.set(tuple(other for other in _held.get() if other is not holding))
            self._holding = None

    def __del__(self) -> None:
        # A second Ctrl-C may have come into `release`.
        self.release()

    def _turns(self, *, by_task: bool) -> Generator[_Pause, None, None]:
        """Yield a pause for as long as there is somebody to wait for; both ways of waiting share this."""
        held = tuple(holding for holding in _held.get() if not holding.over)
        if _ranks() > 1 or any(holding.key == self._key for holding in held):
            return
        wait = _Wait(self._claims, self._key, held)
        # Ours before it is entered: whatever interrupts us from here on, `release` frees the key.
        mine = self._holding = Holding(self._key, by_task=by_task)
        vain = 0
        while (holding := self._claims.enter(mine)) is not mine:
            if holding.thread == threading.get_ident() and not (by_task and holding.by_task):
                return
            yield from wait.while_held(holding)
            if not holding.over:
                return
            self.waited = True
            vain += 1
            if holding.done or vain == _IN_VAIN:
                return
        _held.set((*held, mine))
        self.waited |= yield from wait.for_lock(mine)


class _Waker:
    """Lets a coroutine sleep until a key is free, asked once per holder."""

    def __init__(self) -> None:
        self._asyncio = sys.modules.get("asyncio")
        self._holding: Holding | None = None
        self._woken: Any = None

    async def sleep(self, pause: _Pause) -> bool:
        """Sleep for a pause or until its key is free; return False where this cannot be done."""
        if self._asyncio is None:
            return False
        if pause.holding is None:
            await self._asyncio.sleep(pause.seconds)
            return True
        if pause.holding is not self._holding:
            woken = self._woken = self._asyncio.Event()
            loop = self._asyncio.get_running_loop()
            self._holding = pause.holding
            if not pause.holding.wake_by(lambda: loop.call_soon_threadsafe(woken.set)):
                return True
        with contextlib.suppress(TimeoutError):
            await self._asyncio.wait_for(self._woken.wait(), pause.seconds)
        return True


class _Wait:
    """One wait for a key: when it is over, when it is given up, and what is said of it meanwhile."""

    def __init__(self, claims: Claims, key: str, held: tuple[Holding, ...]) -> None:
        self._claims = claims
        self._key = key
        self._held = held
        self._began = time.monotonic()
        self._said = 0
        self._stalled: float | None = None

    def while_held(self, holding: Holding) -> Iterator[_Pause]:
        """Yield pauses until a key is free in this process, or waiting for it makes no sense."""
        with self._announced():
            while not holding.over:
                if self._hopeless() or self._is_stalled(holding):
                    return
                self._say(os.getpid(), "this host", holding.since)
                yield _Pause(_LONGEST_POLL, holding)

    def for_lock(self, holding: Holding) -> Generator[_Pause, None, bool]:
        """Take the lock between processes; return whether somebody else had it meanwhile."""
        locks = self._claims.locks
        lock = None if locks is None else locks.lock(self._key)
        if locks is None or lock is None:
            return False
        holding.lock = lock  # before it is taken: whatever interrupts us, it will be released
        got = locks.try_acquire(lock)
        waited = False
        if got is False:
            waited = True
            pause = _SHORTEST_POLL
            owners: set[tuple[int, float]] = set()
            with self._announced():
                while got is False and not self._hopeless():
                    owner = locks.owner(self._key)
                    if owner is not None:
                        owners.add((owner.pid, owner.since))
                        if owner.is_ancestor or len(owners) > _IN_VAIN:
                            break
                        self._say(owner.pid, owner.host, owner.since)
                    yield _Pause(pause, None)
                    pause = min(pause * 1.5, _LONGEST_POLL / 2)
                    got = locks.try_acquire(lock)
        return waited

    @contextlib.contextmanager
    def _announced(self) -> Iterator[None]:
        """Within it, whatever we hold says that it waits for this key."""
        self._announce(list.append)
        try:
            yield
        finally:
            self._announce(list.remove)

    def _announce(self, change: Callable[[list[str], str], None]) -> None:
        for holding in self._held:
            change(holding.waits, self._key)
            if holding.lock is not None:
                holding.lock.waits_for(holding.waits)

    def _hopeless(self) -> bool:
        limit = self._claims.wait
        if limit is not None and time.monotonic() - self._began >= limit:
            return True
        return self._claims.leads_back(self._key, self._held)

    def _is_stalled(self, holding: Holding) -> bool:
        """Tell whether the holder has itself been waiting for threads, of which this may be one."""
        if holding.by_task or threading.current_thread() is threading.main_thread():
            return False
        frame = sys._current_frames().get(holding.thread)  # noqa: SLF001  # the documented way to see a thread
        if frame is not None and not frame.f_code.co_filename.endswith(_BLOCKING):
            self._stalled = None
            return False
        self._stalled = self._stalled or time.monotonic()
        return time.monotonic() - self._stalled > _STALLED_AFTER

    def _say(self, pid: int, host: str, since: float) -> None:
        waited = time.monotonic() - self._began
        age = time.time() - since
        text = f"waiting for {self._key}, which process {pid} on {host} has been computing for {age:.0f} s"
        if waited > _LOGGED_AFTER and self._said < 1:
            self._said = 1
            log.info(text)
        if waited > _SHOWN_AFTER and self._said < 2:
            self._said = 2
            say(f"Lutil.checkpoints: {text}", terminal=True)


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
        claims._forget()  # noqa: SLF001  # our own class


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
