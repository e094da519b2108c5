"""From when to when this process is watched: the hook listens and the stand-ins are up while a run is on in it."""

from __future__ import annotations

import threading

from . import _hook
from ._current import Run, enter, leave
from ._standins import put_up, take_down

__all__ = ["only", "unwatch", "watch"]

_lock = threading.Lock()


def watch(run: Run) -> None:
    """From here on, what this context does belongs to a run."""
    _hook.install()
    with _lock:
        if _hook.recording[0] == 0:
            put_up()
        _hook.recording[0] += 1
    run.active = True
    enter(run)


def unwatch(run: Run) -> None:
    """What this context does belongs to the enclosing run again, if any."""
    run.active = False
    leave(run)
    with _lock:
        _hook.recording[0] -= 1
        if _hook.recording[0] == 0:
            take_down()


def only(run: Run | None) -> None:
    """In a process made by fork, where none of the runs is on that were: watch this one, or nothing."""
    global _lock  # noqa: PLW0603  # it may have been held by a thread that is not here
    _lock = threading.Lock()
    _hook.recording[0] = 0
    if run is None:
        take_down()
    else:
        _hook.recording[0] = 1
        run.active = True
        enter(run)
