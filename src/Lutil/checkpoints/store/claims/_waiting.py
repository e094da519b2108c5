"""One wait for a key: when it is over, when it is given up, and what is said of it meanwhile."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sys
import threading
import time
import types
from collections.abc import Callable, Generator, Iterator
from typing import Final

from ...model.process._log import WARNING, is_terminal, log, say
from ...model.process._records import NamedTuple
from ...model.secrets._shown_text import shown as escaped
from ._holder import Watch
from ._holding import ClaimTable, Holding
from ._locks import Locks, OsLock
from ._loops import is_in_loop

__all__ = ["Pause", "Wait"]

_SHORTEST_POLL: Final = 0.005
_LONGEST_POLL: Final = 0.25
_BLOCKING: Final = ("threading.py", "queue.py", "connection.py", "selectors.py", "popen_fork.py", "subprocess.py")
_NAME: Final = "Lutil.checkpoints"


class Pause(NamedTuple):
    """How long to sleep, and for whose end at most; None where only time can tell."""

    seconds: float
    holding: Holding | None


class Wait:
    """One wait for a key.

    Args:
        claims: of the store.
        key: that is waited for.
        held: what the waiter computes meanwhile.
        name: of the computation, for people.
        usual: returns what its last run took, in seconds.
    """

    def __init__(
        self, claims: ClaimTable, key: str, held: tuple[Holding, ...], name: str, usual: Callable[[], float] | None
    ) -> None:
        self._claims = claims
        self._key = key
        self._held = held
        self._name = escaped(name) or key
        self._usual = functools.cache(usual) if usual is not None else lambda: 0.0
        self._began = claims.clock()
        self._stalled: float | None = None
        self._is_logged = self._is_shown = self._is_told = False

    def while_held(self, holding: Holding) -> Generator[Pause, None, bool]:
        """Yield pauses until a key is free in this process, or waiting for it makes no sense.

        Return whether the holder is given up, as it does nothing: then the next one computes under a later claim, for
        which others can wait. Where waiting could be for ever, or in vain, one computes without a claim.
        """
        name = holding.name
        watch = self._watch(os.getpid(), holding.native, holding.since)
        with self._announced(name):
            while not holding.over:
                if self._leads_back(name) or self._is_stalled(holding):
                    return False
                if why := watch.enough(functools.partial(self._behind, name)):
                    self._tell_given_up(os.getpid(), why)
                    return True
                self._tell(watch, f"a {'task' if holding.by_task else 'thread'} of this process", holding.since)
                yield Pause(_LONGEST_POLL, holding)
        return False

    def for_lock(self, locks: Locks, name: str, lock: OsLock, mine: Holding) -> Generator[Pause, None, bool]:
        """Yield pauses until a lock between processes is ours, or waiting for it makes no sense.

        Return whether the holder is given up.

        Args:
            locks: of the store.
            name: of the claim.
            lock: that belongs to it.
            mine: for which it is to be.
        """
        seconds = _SHORTEST_POLL
        owners: set[tuple[int, str, float]] = set()
        watch, watched = self._watch(0, 0, time.time()), None
        with self._announced(name):
            while locks.try_acquire(lock, by_task=mine.by_task) is False:
                if self._leads_back(name):
                    return False
                owner = locks.owner(name)
                if owner is not None and watched != (whose := (owner.pid, owner.place, owner.since)):
                    watched = whose
                    owners.add(whose)
                    if owner.is_ancestor or len(owners) > self._claims.patience.in_vain:
                        return False
                    if mine.name != mine.key and owner.pid == os.getpid() and owner.is_here:
                        return True
                    watch = self._watch(owner.pid if owner.is_here else 0, owner.thread, owner.since)
                if why := watch.enough(functools.partial(self._behind, name)):
                    self._tell_given_up(0 if owner is None else owner.pid, why)
                    return True
                if owner is not None:
                    self._tell(watch, f"process {owner.pid} on {owner.host}", owner.since)
                yield Pause(seconds, None)
                seconds = min(seconds * 1.5, _LONGEST_POLL / 2)
        return False

    def _watch(self, pid: int, thread: int, since: float) -> Watch:
        claims = self._claims
        return Watch(claims.machine(), claims.patience, pid, thread, since, self._usual, claims.clock)

    def _behind(self, name: str) -> Iterator[int]:
        """Yield the processes that the holder of a claim waits for, however indirectly."""
        for _, owner in self._claims.ahead(name):
            if owner is not None and owner.is_here:
                yield owner.pid

    def _leads_back(self, name: str) -> bool:
        """Tell whether the holder of a claim waits, however indirectly, for one of ours; or nobody wants to wait."""
        if self._claims.patience.wait == 0:
            return True
        ours = {holding.name for holding in self._held}
        return bool(ours) and any(at in ours for at, _ in self._claims.ahead(name))

    @contextlib.contextmanager
    def _announced(self, name: str) -> Iterator[None]:
        """Within it, whatever we hold says that it waits for this claim."""
        self._announce(name, list.append)
        try:
            yield
        finally:
            self._announce(name, list.remove)

    def _announce(self, name: str, change: Callable[[list[str], str], None]) -> None:
        for holding in self._held:
            change(holding.waits, name)
            if holding.lock is not None:
                holding.lock.waits_for(holding.waits)

    def _is_stalled(self, holding: Holding) -> bool:
        """Tell whether the holder has ended, or has itself been waiting for threads, of which this may be one."""
        if holding.by_task:
            return False
        frame = sys._current_frames().get(holding.thread)  # noqa: SLF001  # the documented way to see a thread
        # Where threads are greenlets, none has a frame of its own.
        if frame is None and isinstance(threading.get_ident, types.BuiltinFunctionType):
            return True
        if threading.current_thread() is threading.main_thread() and not is_in_loop():
            return False  # nobody's worker
        if frame is not None and not frame.f_code.co_filename.endswith(_BLOCKING):
            self._stalled = None
            return False
        now = self._claims.clock()
        self._stalled = self._stalled or now
        return now - self._stalled > self._claims.patience.stalled_after

    def _tell(self, watch: Watch, who: str, since: float) -> None:
        """Say in the log, on a terminal and at last on stderr, whatever that is, for whom this waits."""
        waited = self._claims.clock() - self._began
        patience = self._claims.patience
        if waited >= patience.logged_after and not self._is_logged:
            self._is_logged = True
            log.info(self._text(watch, who, since))
        if waited >= patience.shown_after and not self._is_shown and is_terminal():
            self._is_shown = True
            say(f"{_NAME}: {self._text(watch, who, since)}")
        if waited >= patience.told_after and not self._is_told:
            self._is_told = True
            text = self._text(watch, who, since)
            handled = _warn(text)
            if not self._is_shown and not handled:
                say(f"{_NAME}: {text}")

    def _text(self, watch: Watch, who: str, since: float) -> str:
        moment = time.strftime("%H:%M:%S", time.localtime(since))
        age = max(0.0, time.time() - since)
        return f"{self._name}: waiting for {who}, which computes it since {moment} ({age:.0f} s); {watch.doing()}"

    def _tell_given_up(self, pid: int, why: str) -> None:
        log.info("%s: process %d, which computes it, %s: it is computed here as well", self._name, pid, why)


def _warn(text: str) -> bool:
    """Log a warning; return whether it went to stderr that way."""
    logger: logging.Logger | None = log.logger
    found: list[logging.Handler] = []
    while logger is not None:
        found += logger.handlers
        logger = logger.parent if logger.propagate else None
    if not found and logging.lastResort is not None:
        found = [logging.lastResort]
    log.warning("%s", text)
    shown = log.enabled(WARNING)
    streams = [getattr(handler, "stream", None) for handler in found if handler.level <= WARNING]
    return shown and sys.stderr is not None and any(stream is sys.stderr for stream in streams)
