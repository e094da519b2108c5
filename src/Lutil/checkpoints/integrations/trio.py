"""trio: how a task sleeps until it is woken from another thread. Never imports trio: only who runs in it needs this."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["TrioAlarm", "is_running"]


def is_running() -> bool:
    """Tell whether the caller runs in a task of trio."""
    trio = sys.modules.get("trio")
    if trio is None:
        return False
    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        return False
    return True


class TrioAlarm:
    """Wakes one task of the running loop."""

    def __init__(self) -> None:
        self._trio: Any = sys.modules["trio"]
        self._event = self._trio.Event()
        self._token = self._trio.lowlevel.current_trio_token()

    def ring(self) -> None:
        """Wake the task, from any thread; RuntimeError if its loop is over."""
        self._token.run_sync_soon(self._event.set, idempotent=True)

    async def wait(self, seconds: float) -> None:
        """Sleep until it rings, for some seconds at most."""
        with self._trio.move_on_after(seconds):
            await self._event.wait()
