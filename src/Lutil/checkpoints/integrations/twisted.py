"""Twisted: how a coroutine that a reactor drives sleeps. Never imports it: only who runs in it needs this."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["TwistedAlarm", "is_running"]


def is_running() -> bool:
    """Tell whether the caller runs in the thread of a running reactor."""
    threadable = sys.modules.get("twisted.python.threadable")
    reactor = sys.modules.get("twisted.internet.reactor")
    return reactor is not None and threadable is not None and reactor.running and threadable.isInIOThread()


class TwistedAlarm:
    """Wakes one coroutine of the running reactor."""

    def __init__(self) -> None:
        self._reactor: Any = sys.modules["twisted.internet.reactor"]
        self._deferred: Any = sys.modules["twisted.internet.defer"].Deferred()

    def ring(self) -> None:
        """Wake the coroutine, from any thread."""
        self._reactor.callFromThread(self._fire)

    async def wait(self, seconds: float) -> None:
        """Sleep until it rings, for some seconds at most."""
        later = self._reactor.callLater(seconds, self._fire)
        try:
            await self._deferred
        finally:
            if later.active():
                later.cancel()
            if self._deferred.called:
                self._deferred = type(self._deferred)()

    def _fire(self) -> None:
        if not self._deferred.called:
            self._deferred.callback(None)
