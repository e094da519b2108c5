"""From when to when this process is watched: the hook listens and the stand-ins are up while a run is on in it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from ..integrations import table
from ..model.process._function_changes import UNTOLD, changes
from . import _audit_hook, _auditing
from ._active_runs import WatchedRun, enter, leave
from ._stand_ins import is_up, put_up, refuse, take_down
from .files._kernel_opens import is_quiet, opens

__all__ = ["begin", "end", "kept_up", "only", "spread", "unwatch", "watch"]

_lock = threading.RLock()
_on: dict[WatchedRun, None] = {}
"""The runs that are on. All else is derived from it at each change, so that an interrupt in the midst does no harm."""
_holds: dict[object, None] = {}
"""Those who want the stand-ins to stay up between two runs."""


def watch(run: WatchedRun) -> None:
    """From here on, what this context does belongs to a run."""
    if changes[0] == UNTOLD:
        with _lock:  # who comes second waits: what it read meanwhile would not be seen
            told = _audit_hook.install()
        if not told:
            refuse("audit events", PermissionError("a hook that was there before refuses ours"))
    if opens.is_needed():
        spread(run)
    run.on = run.active = True
    _change(run, on=True)
    enter(run)


def spread(run: WatchedRun) -> None:
    """Spread the net under a run: from here on, what native code opens in folders that it may read is seen."""
    with _lock:
        opens.start(run.files.places.root, run.texts)


def _loading(module: str) -> bool:
    """Spread the net under the runs that are on, where one of them loads a library that may need it.

    Return whether the module draws at random as it is loaded.
    """
    if not opens.up[0] and not is_quiet(module):
        for run in list(_on):
            spread(run)
    draws = module in table(module.partition(".")[0], "AT_RANDOM")
    if draws:
        for run in list(_on):
            run.streams.before_loading()
    return draws


def _loaded(module: str) -> None:
    """Take note that what a module drew as it was loaded is no draw of the runs that are on."""
    if module in table(module.partition(".")[0], "AT_RANDOM"):
        for run in list(_on):
            run.streams.after_loading()


def unwatch(run: WatchedRun) -> None:
    """What this context does belongs to the enclosing run again, if any."""
    _change(run, on=False)
    run.on = run.active = False
    leave(run)


def begin(run: WatchedRun) -> None:
    """From here on, computations in this context report to a run that is not watched itself."""
    run.on = True
    enter(run)


def end(run: WatchedRun) -> None:
    """End a run that is not watched."""
    run.on = False
    leave(run)


def _change(run: WatchedRun, *, on: bool) -> None:
    with _lock:
        try:
            opens.count(_on)
        finally:  # an interrupt in that would leave a run on that nobody ends, and each event would tell it
            if on:
                _on[run] = None
            else:
                _on.pop(run, None)
            _audit_hook.recording[0] = len(_on)
        if not _on:
            opens.stop()
            if not _holds:
                take_down()
        elif not is_up():
            put_up(_loading, _loaded)


@contextlib.contextmanager
def kept_up() -> Iterator[None]:
    """Within it, the stand-ins that a run has put up stay for the next one: to change them costs more than to run.

    Between the runs they do nothing but call the originals.
    """
    mine = object()
    try:
        _holds[mine] = None
        yield
    finally:
        with _lock:
            _holds.pop(mine, None)
            if not _on and not _holds:
                take_down()


def only(run: WatchedRun | None) -> None:
    """In a process made by fork, where none of the runs is on that were: watch this one, or nothing."""
    global _lock  # noqa: PLW0603  # it may have been held by a thread that is not here
    _lock = threading.RLock()
    _auditing.after_fork()
    _on.clear()
    _holds.clear()
    if run is None:
        _audit_hook.recording[0] = 0
        take_down()
    else:
        watch(run)
