"""Settings: one frozen table with units, and where each value comes from.

What is given in a call wins over `configure(...)`, that over the environment (read once, at the first
use in a process), that over `[tool.lutil]` of the nearest pyproject.toml upwards of the working
directory, that over the default. A configured folder is made absolute when it is configured; the
default folder is that of the working directory at the moment of use.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from ._errors import SettingError
from ._trust import read_obeyed
from .process._limits import make_room

__all__ = [
    "DEFAULT_FOLDER",
    "Options",
    "Settings",
    "bytes_of",
    "configure",
    "current",
    "names_of",
    "seconds_of",
    "sources",
]

DEFAULT_FOLDER: Final = ".Lutil-checkpoint"

Observe = Literal["auto", "declared"]


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every computation unless it says otherwise.

    Attributes:
        store: folder of the entries, absolute.
        root: the project folder: the nearest upwards with a pyproject.toml or .git, else the working directory.
            Names of observed files are relative to it.
        read_from: further folders that are read where `store` has no entry, and never written.
        disable: neither read nor write entries.
        recompute: run everything and overwrite.
        explain: print a line to stderr for each run, with its reason, and a summary at exit.
        strict: raise what fails inside of the cache itself, instead of running the code without it.
        show: whether notebooks show a line under a skipped or recomputed cell.
        libraries: how versions of libraries count, `exact`, `minor` or `ignore`: one word, or one per
            library with `*` for all others.
        trust: users, besides this one, whose entries are read: names, numbers, or `owner` for that of the folder.
        min_free: bytes that are left free on the disk; nothing is written below that.
        max_size: bytes that entries may take in all, or text like `20GB`; None for no limit: nothing is ever deleted.
        wait: seconds without any use of CPU after which a thread or process that computes the same is not waited
            for; None waits as long as it lives, 0 not at all.
        observe: `auto` watches what a run reads; `declared` replaces nothing in the process, and counts only what is
            declared and what the code names.
        refused: why a project file is not obeyed, with the way out; empty where none is refused.
    """

    store: Path = Path(DEFAULT_FOLDER)
    root: str = ""
    read_from: tuple[Path, ...] = ()
    disable: bool = False
    recompute: bool = False
    explain: bool = False
    strict: bool = False
    show: bool = True
    libraries: tuple[tuple[str, str], ...] = (("*", "exact"),)
    trust: tuple[str, ...] = ()
    min_free: int = 100_000_000
    max_size: int | None = None
    wait: float | None = 300.0
    observe: Observe = "auto"
    refused: str = ""


class Options(NamedTuple):
    """What one decorator or block was given, checked; `docs/settings.md` has the table."""

    watch: tuple[object, ...] | None = None
    produce: tuple[str, ...] | None = None
    files: tuple[Any, ...] = ()  # markers in `produce`
    ignore: tuple[str, ...] = ()
    name: str | None = None
    version: object = None
    expires: float | None = None
    store: object = None
    rng: Literal["auto", "ignore"] = "auto"
    observe: Observe | None = None


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
    return Path(value).expanduser().absolute()


def _folders(value: object) -> tuple[Path, ...]:
    return tuple(_folder(item) for item in _texts(value))


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in value.split(os.pathsep) if part)
    if isinstance(value, (list, tuple)):
        return tuple(os.fspath(item) if isinstance(item, os.PathLike) else str(item) for item in value)
    raise TypeError("a list is expected")


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
        raise ValueError("a number of bytes is expected")
    return int(value)


def _most(value: object) -> int | None:
    return None if value is None else bytes_of(value)


def _wait(value: object) -> float | None:
    if isinstance(value, str) and value.isdecimal():  # from the environment
        return float(value)
    return None if value is None else seconds_of(value)


def _word(value: object) -> object:
    if value not in ("auto", "declared"):
        raise ValueError('"auto" or "declared" is expected')
    return value


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "store": _folder,
    "read_from": _folders,
    "disable": _flag,
    "recompute": _flag,
    "explain": _flag,
    "strict": _flag,
    "show": _flag,
    "libraries": _libraries,
    "trust": _texts,
    "min_free": bytes_of,
    "max_size": _most,
    "wait": _wait,
    "observe": _word,
}

_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def seconds_of(value: object) -> float:
    """Return seconds for a timedelta, a number of seconds, or text like `90s`, `15m`, `12h`, `1d`, `2w`.

    Raises:
        SettingError: it is none of these, or negative.

    Example:
        >>> seconds_of("1d")
        86400.0
    """
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", value)):
        seconds = float(match[1]) * _UNITS[match[2]]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(value)
    else:
        raise SettingError(f"{value!r} is no length of time: give a timedelta or text like '90s', '12h', '1d'")
    if not seconds >= 0:
        raise SettingError(f"{value!r} is no length of time: it must not be negative")
    return seconds


def names_of(option: str, value: object) -> tuple[Any, ...]:
    """Return the items of a list option.

    Raises:
        TypeError: it is a string (a forgotten bracket), or neither a list nor a tuple.
    """
    if isinstance(value, (list, tuple)):
        return tuple(value)
    shown = f"{option}=[{value!r}]" if isinstance(value, str) else f"{option}=[...]"
    raise TypeError(f"{option} takes a list, not {type(value).__name__}: write {shown}")


def _read(values: Mapping[str, object], source: str) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, value in values.items():
        if name not in _READERS:
            raise SettingError(f"{source} has no setting `{name}`; there are: {', '.join(sorted(_READERS))}")
        try:
            known[name] = _READERS[name](value)
        except (TypeError, ValueError) as error:
            raise SettingError(f"{source}: `{name}` cannot be {value!r}: {error}") from error
    return known


_configured: dict[str, Any] = {}
_environment: dict[str, Any] | None = None
_resolved: dict[str, Settings] = {}
_MOST_FOLDERS: Final = 1000


_is_ending: Final = sys.is_finalizing
_AT_THE_END: Final = Settings(disable=True)
"""While the interpreter takes its modules apart, a `__del__` that calls a function gets what the function returns."""


def configure(**settings: object) -> None:
    """Settings given here hold from now on in this process; the others stay as they are.

    Args:
        **settings: any of the fields of the settings table: `store`, `read_from`, `disable`, `recompute`,
            `explain`, `strict`, `show`, `libraries`, `trust`, `min_free` and `max_size` (bytes, or `"20GB"`),
            `wait` (seconds or `"5m"`), `observe` (`"auto"` or `"declared"`).

    Raises:
        SettingError: an unknown name, or a value that makes no sense; nothing is changed then.

    Example:
        >>> configure(libraries={"*": "exact", "numpy": "minor"})
    """
    _configured.update(_read(settings, "configure"))
    _resolved.clear()


def current() -> Settings:
    """Return the settings that hold here and now."""
    if _is_ending():
        return _AT_THE_END
    try:
        folder = os.getcwd()  # noqa: PTH109  (a Path would cost more than the rest of a lookup of settings)
    except OSError:
        return _without_folder()
    settings = _resolved.get(folder)
    if settings is None:
        place = Path(folder)
        default = {"store": place / DEFAULT_FOLDER, "root": _root_of(place)}
        given = {**_from_environment(), **_configured}
        known = {**default, **_from_project(place, given.get("trust", ()))[1], **given}
        make_room(_resolved, _MOST_FOLDERS)
        settings = _resolved[folder] = Settings(**known)
    return settings


def sources() -> dict[str, str]:
    """Return where the value of each setting comes from: `configure`, a variable, a project file, or `default`."""
    settings, place = current(), Path.cwd()
    given = {**_from_environment(), **_configured}
    file, project = _from_project(place, given.get("trust", ()))
    found = dict.fromkeys((field.name for field in dataclasses.fields(settings)), "default")
    found.update(dict.fromkeys(project, f"[tool.lutil] of {file}"))
    found.update({name: f"LUTIL_{name.upper()}" for name in _from_environment()})
    found.update(dict.fromkeys(_configured, "configure"))
    return found


def _without_folder() -> Settings:
    """Return what holds where the working directory has been deleted: a configured store is found still.

    The default store is not: its name stays relative, and whoever asks for it is refused.
    """
    settings = _resolved.get("")
    if settings is None:
        settings = _resolved[""] = Settings(**{"root": os.sep, **_from_environment(), **_configured})
    return settings


def _root_of(folder: Path) -> str:
    for place in (folder, *folder.parents):
        # `Path.exists` raises where a folder above may not be looked into.
        if os.path.exists(place / "pyproject.toml") or os.path.exists(place / ".git"):  # noqa: PTH110
            return str(place)
    return str(folder)


def _from_environment() -> dict[str, Any]:
    global _environment  # noqa: PLW0603  (read once: four look-ups would cost more than the rest of a hit)
    if _environment is None:
        names = {f"LUTIL_{name.upper()}": name for name in _READERS}
        given = {names[variable]: text for variable in names if (text := os.environ.get(variable))}
        _environment = _read(given, "the environment (LUTIL_...)")
    return _environment


def _from_project(folder: Path, trust: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """Return the nearest project file that can be read, and what it says; an empty name where there is none."""
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        try:
            text, refused = read_obeyed(str(file), trust)
        except OSError:  # none here, or not ours to read: look further up
            continue
        if b"tool.lutil" not in text:
            return "", {}
        if refused:
            return str(file), {"refused": f"[tool.lutil] of {file} is not obeyed: {refused}"}
        import tomllib  # noqa: PLC0415  (39 ms, and few projects need it)

        try:
            table = tomllib.loads(text.decode()).get("tool", {}).get("lutil", {})
        except ValueError as error:
            raise SettingError(f"{file} cannot be read: {error}") from error
        return str(file), _anchored(_read(table, f"[tool.lutil] of {file}"), table, place)
    return "", {}


def _anchored(known: dict[str, Any], table: Mapping[str, Any], place: Path) -> dict[str, Any]:
    """Take folders of a project file from where the file lies, not from where the process stands."""
    if table.get("store"):
        known["store"] = (place / Path(table["store"]).expanduser()).absolute()
    if table.get("read_from"):
        known["read_from"] = tuple((place / Path(item).expanduser()).absolute() for item in _texts(table["read_from"]))
    return known


def forget() -> None:
    """Forget what was configured and read: settings are as in a new process. For tests."""
    global _environment  # noqa: PLW0603  (see _from_environment)
    _environment = None
    _configured.clear()
    _resolved.clear()
