"""The log, and a line on stderr. What cannot be said is not said: it never costs a result.

A handler of the user's may raise. There may be no stderr (services, `pythonw.exe`), or one that is closed or full.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Any, Final

from ..secrets._shown_text import Discreet
from ._interrupts import let_pass

__all__ = ["is_terminal", "log", "say"]


class _Log:
    """The logger of this package, but that its handlers cannot raise.

    Attributes:
        logger: to which all is passed on.
        enabled: tells of a level whether anybody wants to read it.
    """

    __slots__ = ("enabled", "logger")

    def __init__(self, logger: logging.Logger) -> None:
        self.logger = logger
        self.enabled = logger.isEnabledFor

    def debug(self, text: str, *args: object, exc_info: BaseException | None = None) -> None:
        if self.enabled(logging.DEBUG):
            self._write(logging.DEBUG, text, args, exc_info)

    def info(self, text: str, *args: object, exc_info: BaseException | None = None) -> None:
        if self.enabled(logging.INFO):
            self._write(logging.INFO, text, args, exc_info)

    def warning(self, text: str, *args: object) -> None:
        self._write(logging.WARNING, text, args, None)

    def _write(self, level: int, text: str, args: tuple[object, ...], exc_info: BaseException | None) -> None:
        try:
            self.logger.log(level, text, *args, exc_info=exc_info, stacklevel=3)
        except Exception as error:  # noqa: BLE001  (a handler is the user's, and may raise what it likes)
            let_pass(error)


_logger: Final = logging.getLogger("Lutil.checkpoints")
_logger.addFilter(Discreet())
log: Final = _Log(_logger)


def is_terminal() -> bool:
    """Tell whether a person sees what is written to stderr."""
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except Exception as error:  # noqa: BLE001  (it is closed, or whatever took its place cannot tell)
        let_pass(error)
        return False


def say(line: str, *, terminal: bool = False) -> None:
    """Write one line to stderr, if there is one that takes it; if asked so, only where a person sees it."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        if not terminal or is_terminal():
            _write(stream, line + "\n")
    except Exception as error:  # noqa: BLE001  (closed, full, or whatever the user has put there)
        let_pass(error)


def _write(stream: Any, text: str) -> None:
    """Write at once: what a full disk does not take would stay in the stream, and end the program with an error."""
    if type(stream) is io.TextIOWrapper and sys.platform != "win32":
        stream.flush()
        try:
            descriptor = stream.fileno()
        except io.UnsupportedOperation:  # it is held in memory
            stream.write(text)
        else:
            os.write(descriptor, text.encode(stream.encoding, "backslashreplace"))
    else:
        stream.write(text)
