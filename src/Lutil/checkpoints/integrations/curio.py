"""curio: how a task sleeps. Never imports curio: only who runs in it needs this."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["CurioAlarm", "is_running"]

_POLL = 0.02
"""Its events cannot be set from another thread: a task wakes by itself to look."""


def is_running() -> bool:
    """Tell whether the caller runs in a task of curio."""
    meta = sys.modules.get("curio.meta")
    return meta is not None and bool(meta.curio_running())


class CurioAlarm:
    """Wakes one task of the running loop."""

    def __init__(self) -> None:
        self._curio: Any = sys.modules["curio"]
        self._rung = False

    def ring(self) -> None:
        """Wake the task, from any thread."""
        self._rung = True

    async def wait(self, seconds: float) -> None:
        """Sleep until it rings, for some seconds at most."""
        while seconds > 0 and not self._rung:
            await self._curio.sleep(min(seconds, _POLL))
            seconds -= _POLL
