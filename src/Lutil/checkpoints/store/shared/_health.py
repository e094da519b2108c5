"""Whether a shared store is worth asking: after trouble it is left alone for a while, and that is said once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from ._remote import TroubleError

__all__ = ["Health"]

_FIRST: Final = 60.0
_LONGEST: Final = 600.0
_DENIED: Final = 8
"""Answers of 403, one after another, after which it is said: a few may be objects that are not there."""
_clock = time.monotonic


class Health:
    """What is known of one direction, reading or writing, of a shared store in this process.

    Args:
        tell: says to the user, once for each text.
        what: names the store and the direction, as a message begins.
        otherwise: what happens while it is left alone.
    """

    def __init__(self, tell: Callable[[str], None], what: str, otherwise: str) -> None:
        self._tell = tell
        self._what = what
        self._otherwise = otherwise
        self._until = 0.0
        self._pause = _FIRST
        self._denied = 0
        self._said = False
        self.last = ""

    def __bool__(self) -> bool:
        """Whether it is worth trying."""
        return _clock() >= self._until

    def good(self, denied: int = 0, of: int = 1) -> None:
        """Take note of an answer: some of them may have been refusals."""
        self._pause = _FIRST
        if denied < of:
            self._denied, self._said, self.last = 0, False, ""
            return
        self._denied += denied
        if self._denied >= _DENIED:
            self.last = "every answer is 403"
            self._say(
                f"{self._what}: every answer is 403 (forbidden): check credentials and s3:GetObject; without "
                "s3:ListBucket, 403 may also mean that there is no such result yet"
            )

    def bad(self, error: TroubleError) -> None:
        """Take note of trouble: leave it alone for a while, longer each time."""
        self.last = str(error)
        self._until = _clock() + self._pause
        self._say(f"{self._what}: {error}. It is left alone for {self._pause:.0f} s; {self._otherwise}")
        self._pause = min(2 * self._pause, _LONGEST)

    def stop(self, why: str) -> None:
        """Leave it alone for good, in this process."""
        self.last = why
        self._until = float("inf")
        self._say(f"{self._what}: {why}; {self._otherwise}")

    def _say(self, text: str) -> None:
        if not self._said:
            self._said = True
            self._tell(text)
