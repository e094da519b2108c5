"""The log, and a line on stderr. What cannot be said is not said: it never costs a result.

A handler of the user's may raise. There may be no stderr (services, `pythonw.exe`), or one that is closed or full.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from ..secrets._redaction import redacted
from ..secrets._shown_text import lines_of, shown
from ._interrupts import let_pass
from ._late import loading

if TYPE_CHECKING:
    import logging

__all__ = ["DEBUG", "INFO", "WARNING", "is_terminal", "log", "say"]

DEBUG: Final = 10
INFO: Final = 20
WARNING: Final = 30
"""The levels of `logging`. It takes 5 ms to load: where the program has not, nobody reads what is below a warning."""


class _Log:
    """The logger of this package, but that its handlers cannot raise."""

    __slots__ = ("_logger",)

    def __init__(self) -> None:
        self._logger: logging.Logger | None = None

    @property
    def logger(self) -> logging.Logger:
        """The logger to which all is passed on, as it may be shown."""
        if self._logger is None:
            with loading:
                from logging import getLogger  # noqa: PLC0415  (see above)

            logger = getLogger("Lutil.checkpoints")
            logger.addFilter(_make_discreet)
            self._logger = logger
        return self._logger

    def enabled(self, level: int) -> bool:
        """Tell whether anybody wants to read what is of this level."""
        return (level >= WARNING or "logging" in sys.modules) and self.logger.isEnabledFor(level)

    def debug(self, text: str, *args: object, exc_info: BaseException | None = None) -> None:
        if self.enabled(DEBUG):
            self._write(DEBUG, text, args, exc_info)

    def info(self, text: str, *args: object, exc_info: BaseException | None = None) -> None:
        if self.enabled(INFO):
            self._write(INFO, text, args, exc_info)

    def warning(self, text: str, *args: object) -> None:
        self._write(WARNING, text, args, None)

    def _write(self, level: int, text: str, args: tuple[object, ...], exc_info: BaseException | None) -> None:
        try:
            self.logger.log(level, text, *args, exc_info=exc_info, stacklevel=3)
        except Exception as error:  # noqa: BLE001  (a handler is the user's, and may raise what it likes)
            let_pass(error)


def _make_discreet(record: logging.LogRecord) -> bool:
    """Rewrite a record, its text and its traceback, as they may be shown; let it through."""
    record.msg, record.args = shown(record.getMessage()), ()
    if record.exc_info and not record.exc_text:
        from logging import Formatter  # noqa: PLC0415  (loaded: it has made the record)

        record.exc_text = "\n".join(lines_of(redacted(Formatter().formatException(record.exc_info))))  # as handlers do
    return True


log: Final = _Log()


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
