"""Which hook is told of audit events: the filter in C (`_audit.c`) where it was built, else a hook in Python.

A hook in Python is called for every event of the process for good, which makes `id()` five times slower. The filter
looks only at the name of an event, and hands on the same events.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from ..model.process._function_changes import UNTOLD, changes
from ..model.process._interrupts import let_pass
from ..model.process._log import log

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NO_EXTENSIONS", "PROBE", "after_fork", "filter_missing", "listen", "once"]

NO_EXTENSIONS: Final = "LUTIL_NO_EXTENSIONS"
"""The environment variable that has the package built, and used, without the filter."""
PROBE: Final = "Lutil.checkpoints.observe"
"""An event of our own, by which we learn that we are told."""
_begun: Final[list[bool]] = []


@functools.cache
def filter_missing() -> str:
    """Return why there is no filter in C here; nothing if there is one."""
    if os.environ.get(NO_EXTENSIONS):
        return f"{NO_EXTENSIONS} is set"
    try:
        from ._audit import listen as _  # noqa: F401, PLC0415  # it is optional
    except ImportError as error:
        log.debug("no filter for audit events", exc_info=error)
        return "not built"
    return ""


def listen(
    callback: Callable[[str, tuple[Any, ...]], None],
    recording: list[int],
    while_recording: tuple[str, ...],
    always: tuple[str, ...],
) -> None:
    """Have audit events told, for good, unless another hook refuses that.

    Args:
        callback: is told at least of the events that are wanted; of all of them where there is no filter.
        recording: a list whose only item is not zero while somebody listens.
        while_recording: names of events that are wanted while that is so.
        always: names of events that are wanted at any time.
    """
    if not filter_missing():
        from ._audit import listen as hand_on  # noqa: PLC0415  # as above

        try:
            hand_on(callback, recording, while_recording, always)
        except Exception as error:  # noqa: BLE001  # a subinterpreter, or what another hook raises to refuse ours
            let_pass(error)
            log.debug("the filter for audit events cannot be used", exc_info=error)
        else:
            return
    sys.addaudithook(callback)


def once(*given: Any) -> bool:
    """Have audit events told, as `listen` does, for good; return whether they are: others may refuse that.

    Once per process, or each event would be told twice: whoever calls this holds a lock, and a signal handler that
    comes in between leaves it to whom it has interrupted.
    """
    if not _begun:
        _begun.append(True)
        try:
            listen(*given)
        except BaseException:
            _begun.clear()
            raise
    return _is_told()


def after_fork() -> None:
    """Begin anew in a child whose parent was about to do this in another thread."""
    if not _is_told():
        _begun.clear()


def _is_told() -> bool:
    if changes[0] == UNTOLD:
        with contextlib.suppress(Exception):  # of hooks that refuse what they do not know; ours has come first
            sys.audit(PROBE)
    return changes[0] != UNTOLD
