"""Whether it is right to go on waiting for whoever computes a key.

It is for as long as the holder and its descendants use CPU, or it waits itself for somebody who does, or it has not
yet taken twice what its last run took. It is not any longer, and the next one computes:
- at once, if the holder is stopped (SIGSTOP, Ctrl-Z), or gone while a child that it left holds its lock;
- after `circle_after` seconds without CPU, if a connection leads from the holder to this very process: it asked us
  something, it seems, and whoever answers must not wait for the question. No connection, no hurry: a computation that
  sleeps, or waits for a disk or another machine, uses no CPU either, and is computed once all the same;
- after `wait` seconds without CPU; or just of waiting, where nothing can be seen: on another machine or in another
  container, on a system without /proc and psutil, or before the holder has written who it is.
A circle by way of others, such as a message broker, looks like any idle holder: that is what `wait` is for.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ._holding import Patience
from ._processes import Machine

__all__ = ["Watch"]

_SHARE: Final = 0.005
"""Of the time: who uses less CPU than this polls, or beats a heart, and does nothing."""
_NOISE: Final = 0.015
"""Seconds of CPU: one step of the clock by which the system tells it."""


class Meter:
    """What a changing set of processes has used since each of them was first seen, and when."""

    def __init__(self) -> None:
        self._before: Mapping[int, float] = {}
        self._total = 0.0
        self._samples: deque[tuple[float, float]] = deque()

    def add(self, now: float, used: Mapping[int, float], keep: float) -> None:
        """Take note of what they have used until now; forget what is older than some seconds, but for one sample."""
        self._total += sum(max(0.0, cpu - self._before.get(pid, cpu)) for pid, cpu in used.items())
        self._before = used
        self._samples.append((now, self._total))
        while len(self._samples) > 1 and self._samples[1][0] <= now - keep:
            self._samples.popleft()

    def is_idle(self, seconds: float) -> bool:
        """Tell whether next to nothing was used in the last seconds, all of which were seen."""
        if not self._samples:
            return False
        end, total = self._samples[-1]
        for began, used in reversed(self._samples):
            if end - began >= seconds:
                return total - used <= max(_NOISE, _SHARE * seconds)
        return False

    def idle_for(self) -> float:
        """Return for how many seconds next to nothing has been used, as far back as was seen."""
        found = 0.0
        if self._samples:
            end, total = self._samples[-1]
            for began, used in reversed(self._samples):
                if total - used > max(_NOISE, _SHARE * (end - began)):
                    break
                found = end - began
        return found


class Watch:
    """Looks at whoever computes a key, no more often than makes sense.

    Args:
        machine: what can be seen.
        patience: how long is waited for what.
        pid: of the holder; 0 where it cannot be looked at.
        thread: by which it computes, as the system numbers it; 0 for a task of an event loop.
        since: when it began, seconds since the epoch.
        usual: returns what its last run took, in seconds.
        clock: seconds that only grow.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what there is to know of a holder
        self,
        machine: Machine,
        patience: Patience,
        pid: int,
        thread: int,
        since: float,
        usual: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sees = machine.sees and pid != 0
        self._machine = machine
        self._patience = patience
        self._pid = pid
        self._thread = thread
        self._since = since
        self._usual = usual
        self._clock = clock
        self._began = self._next_look = self._next_sample = clock()
        self._next_circle = self._began + patience.circle_after
        self._missed = 0
        self._whole, self._own = Meter(), Meter()

    def enough(self, behind: Callable[[], Iterable[int]]) -> str:
        """Return why the holder is not waited for any longer; nothing while that is right.

        Args:
            behind: returns the processes that it waits for itself.
        """
        now = self._clock()
        if now < self._next_look:
            return ""
        wait = self._patience.wait
        self._next_look = now + _no_more_than(self._patience.look_every, wait)
        if not self.sees:
            late = wait is not None and now - self._began >= wait and self._is_overdue()
            return "cannot be looked at from here" if late else ""
        if why := self._is_out():
            return why
        self._sample(now, behind)
        if self._is_circle(now):
            return "seems to wait for an answer from this process"
        late = wait is not None and self._whole.is_idle(wait) and self._is_overdue()
        return f"has used no CPU for {wait:.0f} s" if late else ""

    def doing(self) -> str:
        """Return what the holder does and what comes of that, for people."""
        wait = self._patience.wait
        if not self.sees:
            then = "until it is done" if wait is None else f"for {wait:.0f} s, or twice what its last run took"
            return f"what it does cannot be seen from here: this process waits {then}"
        idle = self._whole.idle_for()
        if idle < min(self._patience.circle_after, self._patience.told_after / 2):
            return "it uses CPU: this process waits as long as it does"
        then = "waits until it is done" if wait is None else f"computes as well after {wait:.0f} s of that"
        return f"it has used no CPU for {idle:.0f} s: this process {then}"

    def _is_out(self) -> str:
        status = self._machine.status(self._pid)
        if status is None:
            # Once is none: it may be a dead owner's note, which the one who has just got the lock is about to replace.
            self._missed += 1
            return "is gone" if self._missed > 1 else ""
        return "is stopped" if status.stopped else ""

    def _sample(self, now: float, behind: Callable[[], Iterable[int]]) -> None:
        if now < self._next_sample:
            return
        wait = self._patience.wait
        self._next_sample = now + _no_more_than(self._patience.sample_every, wait)
        used = self._machine.used(self._pid)
        own = {pid: cpu for pid, cpu in used.items() if pid != self._pid}
        # What its other threads do is not its doing; those of one event loop cannot be told apart.
        if self._thread and (cpu := self._machine.thread_used(self._pid, self._thread)) is not None:
            own[-self._thread] = cpu
        for pid in behind():
            if pid not in used:
                more = self._machine.used(pid)
                used = {**more, **used}
                own = {**more, **own}
        keep = max(wait or 0.0, self._patience.circle_after, self._patience.told_after)
        self._whole.add(now, used, keep)
        self._own.add(now, own, keep)

    def _is_circle(self, now: float) -> bool:
        after = self._patience.circle_after
        if now < self._next_circle or not self._own.is_idle(after):
            return False
        self._next_circle = now + after
        return self._machine.connected(self._pid, self._thread)

    def _is_overdue(self) -> bool:
        return time.time() - self._since >= 2 * self._usual()


def _no_more_than(every: float, wait: float | None) -> float:
    """Return an interval by which the end of a wait is missed by a tenth at most."""
    return every if wait is None else min(every, wait / 10)
