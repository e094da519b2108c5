"""Values of settings and options: what people may write, and the one form that it has inside."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ._errors import SettingError, SettingTypeError
from ._markers import MARKERS
from ._urls import local_folder, local_folders, mode_of, url_of
from .process._late import loading

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["READERS", "bytes_of", "flag_of", "names_of", "seconds_of", "texts_of"]


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"", "0", "false", "no", "off"}:
        return False
    if isinstance(value, str) and value.lower() in {"1", "true", "yes", "on"}:
        return True
    raise ValueError("true or false is expected")


def _folder(value: object) -> Path:
    if not isinstance(value, (str, os.PathLike)) or not os.fspath(value):
        raise TypeError("a folder is expected")
    return local_folder(value)


def _folders(value: object) -> tuple[Path, ...]:
    if isinstance(value, str):
        value = texts_of(local_folders(value))
    if not isinstance(value, (list, tuple)):
        raise TypeError("a list of folders is expected")
    return tuple(map(_folder, value))


def texts_of(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in value.split(os.pathsep) if part)
    if isinstance(value, (list, tuple)) and all(isinstance(item, (str, os.PathLike, int)) for item in value):
        return tuple(os.fspath(item) if isinstance(item, os.PathLike) else str(item) for item in value)
    raise TypeError("a list of texts is expected")


def _libraries(value: object) -> tuple[tuple[str, str], ...]:
    table = {"*": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not set(table.values()) <= {"exact", "minor", "ignore"}:
        raise ValueError('"exact", "minor", "ignore" or a table of library = word is expected')
    return tuple(sorted({"*": "exact", **table}.items()))


def bytes_of(value: object) -> int:
    """Return bytes for a number, or text like `500 MB`, `20GB`, `1.5 GiB`; `k` to `T` count in thousands.

    Raises:
        ValueError: it is neither, or negative.

    Example:
        >>> bytes_of("20GB"), bytes_of("1 KiB"), bytes_of(5)
        (20000000000, 1024, 5)
    """
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:([kKMGT])(i?))?[bB]?\s*", value)):
        base = 1024 if match[3] else 1000
        return int(float(match[1]) * base ** (" KMGT".index(match[2].upper()) if match[2] else 0))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError("a number of bytes is expected, or text like '20GB'")
    return int(value)


def _most(value: object) -> int | None:
    return None if value is None else bytes_of(value)


def _wait(value: object) -> float | None:
    if isinstance(value, str):  # from the environment, or a project file
        value = None if value.lower() == "none" else float(value) if value.isdecimal() else value
    return None if value is None else seconds_of(value)


def _word(value: object) -> object:
    if value not in ("auto", "declared"):
        raise ValueError('"auto" or "declared" is expected')
    return value


def _limit(value: object) -> float:
    seconds = _wait(value)
    if not seconds:
        raise ValueError("more than nothing is expected")
    return seconds


READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "store": _folder,
    "read_from": _folders,
    "private": _folder,
    "disable": _flag,
    "recompute": _flag,
    "explain": _flag,
    "strict": _flag,
    "show": _flag,
    "libraries": _libraries,
    "trust": texts_of,
    "min_free": bytes_of,
    "max_size": _most,
    "wait": _wait,
    "observe": _word,
    "shared": url_of,
    "shared_mode": mode_of,
    "shared_timeout": _limit,
    "shared_secrets": _flag,
}

_LONGEST: Final = 1e12
"""Seconds that are as good as for ever: 30,000 years."""
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def seconds_of(value: object) -> float:
    """Return seconds for a timedelta, a number of seconds, or text like `90s`, `15m`, `12h`, `1d`, `2w`.

    Raises:
        SettingError: it is none of these, or negative.

    Example:
        >>> seconds_of("1d")
        86400.0
    """
    with loading:
        from datetime import timedelta  # noqa: PLC0415  (few say how long a result counts)

    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", value)):
        seconds = float(match[1]) * _UNITS[match[2]]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(min(value, _LONGEST))
    else:
        raise SettingError(f"{value!r} is no length of time: give a timedelta or text like '90s', '12h', '1d'")
    if not seconds >= 0:
        raise SettingError(f"{value!r} is no length of time: it must not be negative")
    return seconds


def flag_of(option: str, value: object) -> bool:
    """Return whether something is wanted; numbers and None say so as they do in `if`.

    Raises:
        SettingTypeError: it is a text, and `"no"` would mean yes.
    """
    if isinstance(value, str):
        raise SettingTypeError(f"{option}: True or False is expected, not {value!r}")
    return bool(value)


def names_of(option: str, value: object) -> tuple[Any, ...]:
    """Return the items of a list option.

    Raises:
        SettingTypeError: it is one item (a forgotten bracket), or neither a list nor a tuple.
    """
    one = isinstance(value, (str, *MARKERS))  # markers are tuples
    if isinstance(value, (list, tuple)) and not one:
        return tuple(value)
    shown = f"{option}=[{value!r}]" if one else f"{option}=[...]"
    raise SettingTypeError(f"{option} takes a list, not {type(value).__name__}: write {shown}")
