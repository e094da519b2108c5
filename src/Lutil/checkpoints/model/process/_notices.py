"""The noise budget: what may be wrong or was lost is said once, briefly, and never too often.

One warning per computation and cause in a process, five in all, then one closing line; the rest is in
`explain` and the log.
"""

from __future__ import annotations

import itertools
import sys
import warnings
from types import FrameType
from typing import Final

from .._errors import CheckpointWarning
from ..secrets._shown_text import shown
from ._interrupts import let_pass
from ._limits import make_room
from ._log import log, say

__all__ = ["log", "notice", "notice_after", "reset", "say"]

_LIMIT: Final = 5
_MOST_SAID: Final = 10_000  # beyond, the log says some a second time
_said: dict[tuple[type[CheckpointWarning], str, str], object] = {}
_numbers = itertools.count(1)


def notice_after(category: type[CheckpointWarning], computation: str, cause: str, message: str) -> None:
    """Do the same after a run, where no filter of warnings may turn it into an error: the result would be lost."""
    try:
        notice(category, computation, cause, message)
    except Warning as error:
        let_pass(error)
        log.warning("%s: %s", type(error).__name__, error)


def notice(category: type[CheckpointWarning], computation: str, cause: str, message: str) -> None:
    """Warn once per computation and cause, at the caller's line, within the budget of the process."""
    mine = object()
    make_room(_said, _MOST_SAID)
    if _said.setdefault((category, computation, cause), mine) is not mine:  # one step: threads may say it at once
        return
    count = next(_numbers)
    message = shown(message)
    log.info("%s: %s", category.__name__, message)
    if count > _LIMIT + 1:
        return
    if count == _LIMIT + 1:
        category, message = (
            CheckpointWarning,
            "more notices follow; they go to the log only (logging.getLogger('Lutil.checkpoints') at INFO)",
        )
    try:
        _warn(message, category)
    except Warning:  # by a filter of the user's
        raise
    except Exception as error:  # noqa: BLE001  (`warnings.showwarning` may be the user's, and raise what it likes)
        let_pass(error)
        log.info("%s could not be shown", category.__name__, exc_info=error)


def _warn(message: str, category: type[CheckpointWarning]) -> None:
    frame = _caller()
    if frame is None:
        warnings.warn(message, category, stacklevel=2)
    else:
        warnings.warn_explicit(
            message,
            category,
            frame.f_code.co_filename,
            frame.f_lineno,
            module=str(frame.f_globals.get("__name__", "")),
            source=None,
        )


def reset() -> None:
    """Forget what was said: the budget is whole again, as in a new process."""
    global _numbers  # noqa: PLW0603  (a count cannot be set back)
    _said.clear()
    _numbers = itertools.count(1)


def _caller() -> FrameType | None:
    """Return the nearest frame outside this package: its line is what a user can act upon."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001  (the one way to a caller's line; CPython only)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith("Lutil."):
        frame = frame.f_back
    return frame
