"""Sizes and times as people write and read them."""

from __future__ import annotations

import time

__all__ = ["age", "moment", "size"]

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def size(count: float) -> str:
    """Return bytes as people read them.

    Example:
        >>> size(0), size(999), size(1234), size(56_700_000)
        ('0 B', '999 B', '1.2 kB', '57 MB')
    """
    for unit in _UNITS:
        if count < 999.5 or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 9.95 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def age(moment: float, now: float | None = None) -> str:
    """Return how long ago a moment was, seconds since the epoch.

    Example:
        >>> age(0, 30), age(0, 300), age(0, 7300), age(0, 200_000)
        ('just now', '5 min ago', '2 h ago', '2 d ago')
    """
    seconds = (time.time() if now is None else now) - moment
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return "just now"


def moment(at: float) -> str:
    """Return a moment in local time, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
