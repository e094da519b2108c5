"""How a coroutine waits without blocking its loop, whichever library runs it.

An alarm belongs to the loop that made it. Where no loop is known, there is none, and whoever would wait computes:
what a loop that nobody knows makes of a value that is yielded to it cannot be told.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

from ...integrations import curio, trio, twisted

__all__ = ["Alarm", "is_in_loop", "new_alarm"]


class Alarm(Protocol):
    """Wakes one coroutine."""

    def ring(self) -> None:
        """Wake it, from any thread; RuntimeError if its loop is over."""

    async def wait(self, seconds: float) -> None:
        """Sleep until it rings, for some seconds at most."""


def new_alarm() -> Alarm | None:
    """Return an alarm for the running coroutine; None where it is unknown how that could wait."""
    # A task of asyncio first, but only a task: trio can be a guest in a loop of asyncio, and Twisted run on one.
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None and asyncio.current_task() is not None:  # noqa: SLF001  # the documented one raises where there is none
        return _AsyncioAlarm(asyncio.get_running_loop())
    found: Alarm | None = None
    if trio.is_running():
        found = trio.TrioAlarm()
    elif curio.is_running():
        found = curio.CurioAlarm()
    elif twisted.is_running():
        found = twisted.TwistedAlarm()
    return found


def is_in_loop() -> bool:
    """Tell whether an event loop runs in this thread, which stands still for as long as it is blocked."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None:  # noqa: SLF001  # as above
        return True
    return any(library.is_running() for library in (trio, curio, twisted))


class _AsyncioAlarm:
    """Wakes one task of a loop of asyncio, uvloop or whatever else has its interface."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._future: Any = None
        self._rung = False

    def ring(self) -> None:
        self._loop.call_soon_threadsafe(self._set)

    async def wait(self, seconds: float) -> None:
        # A bare future: `wait_for` makes a task for each wait, and may swallow a cancellation before Python 3.12.
        if self._rung:
            return
        self._future = self._loop.create_future()
        end = self._loop.call_later(seconds, self._wake)
        try:
            await self._future
        finally:
            end.cancel()
            self._future = None

    def _set(self) -> None:
        self._rung = True
        self._wake()

    def _wake(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(None)
