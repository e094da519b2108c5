"""Settings: one frozen table with units, and where each value comes from.

What is given in a call wins over `configure(...)`, that over the environment (read once, at the first
use in a process), that over `[tool.lutil]` of the nearest pyproject.toml upwards of the working
directory, that over the default. A configured folder is made absolute when it is configured; the
default folder is that of the working directory at the moment of use.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from ._errors import CheckpointWarning, SettingError
from ._setting_values import READERS, texts_of
from ._trust import read_obeyed
from ._urls import SharedMode
from .process._late import loading
from .process._limits import make_room
from .process._notices import notice_after
from .process._records import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "DEFAULT_FOLDER",
    "Options",
    "Settings",
    "configure",
    "current",
    "reread",
    "setting_of",
    "sources",
]

DEFAULT_FOLDER: Final = ".Lutil-checkpoint"

Observe = Literal["auto", "declared"]


class Settings(NamedTuple):
    """What holds for every computation unless it says otherwise.

    Attributes:
        store: folder of the entries, absolute.
        root: the project folder: the nearest upwards with a pyproject.toml or .git, else the working directory.
            Names of observed files are relative to it.
        read_from: further folders that are read where `store` has no entry, and never written.
        private: folder that takes the place of every store, also of those that decorators and blocks name, and switches
            `disable` off: nothing else is read or written. For tests.
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
        shared: URL of a store that several people or machines share (`s3://bucket/prefix`, `gs://`, `az://`, `https://`,
            `file://`), asked where `store` has nothing; empty for none.
        shared_mode: `read`, `write` or `read-write`.
        shared_timeout: seconds that a miss waits for it at most; then it is left alone for a while.
        shared_secrets: whether to publish also what was computed from secrets.
        refused: why a project file is not obeyed, with the way out; empty where none is refused.
    """

    store: Path
    root: str = ""
    read_from: tuple[Path, ...] = ()
    private: Path | None = None
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
    shared: str = ""
    shared_mode: SharedMode = "read-write"
    shared_timeout: float = 5.0
    shared_secrets: bool = False
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
    keep_if: Callable[[Any], object] | None = None
    memory: Any = None  # what `Memory` was given for its functions, which has its word on each of their entries
    shared: str | None = None
    shared_mode: SharedMode | None = None
    shared_timeout: float | None = None


def setting_of(name: str, value: object) -> Any:
    """Return the value of a setting that was given to one face, in its normal form; None where it was not given.

    Raises:
        SettingError: it makes no sense.
    """
    return None if value is None else _read({name: value}, "")[name]


def _read(values: Mapping[str, object], source: str) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, value in values.items():
        if name not in READERS:
            raise SettingError(f"{source} has no setting `{name}`; there are: {', '.join(sorted(READERS))}")
        try:
            known[name] = READERS[name](value)
        except (TypeError, ValueError) as error:
            where = f"{source}: `{name}`" if source else name
            raise SettingError(f"{where} cannot be {value!r}: {error}") from error
    return known


_configured: dict[str, Any] = {}
_environment: dict[str, Any] | None = None
_resolved: dict[str, Settings] = {}
_MOST_FOLDERS: Final = 1000
_OTHER_VARIABLES: Final = "LUTIL_(NO_EXTENSIONS|SIGNING_KEY|TRUSTED_KEYS|FILTER_EXPECTED|TEST_.*)"
"""Variables of ours that are no settings, and are read where they count; the last two are of our own tests."""
_ALIKE: Final = 0.7
"""How much alike two names are of which one may have been meant for the other."""
_WHICH: Final = ": `lutil where` names those that there are"


_is_ending: Final = sys.is_finalizing
_AT_THE_END: Final = Settings(DEFAULT_FOLDER, disable=True)  # type: ignore[arg-type]  # nobody asks for its folder
"""While the interpreter takes its modules apart, a `__del__` that calls a function gets what the function returns."""


def configure(**settings: object) -> None:
    """Settings given here hold from now on in this process; the others stay as they are.

    Args:
        **settings: any of the fields of the settings table: `store`, `read_from`, `disable`, `recompute`,
            `explain`, `strict`, `show`, `libraries`, `trust`, `min_free` and `max_size` (bytes, or `"20GB"`),
            `wait` (seconds or `"5m"`), `observe` (`"auto"` or `"declared"`), `shared` (a URL), `shared_mode`,
            `shared_timeout` (seconds), `shared_secrets`.

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
        place = _path(folder)
        default = {"store": place / DEFAULT_FOLDER, "root": _root_of(place)}
        given = {**_from_environment(), **_configured}
        known = {**default, **_from_project(place, given.get("trust", ()))[1], **given}
        if private := known.get("private"):
            known.update(store=private, read_from=(), disable=False)
        make_room(_resolved, _MOST_FOLDERS)
        settings = _resolved[folder] = Settings(**known)
    return settings


def sources() -> dict[str, str]:
    """Return where the value of each setting comes from: `configure`, a variable, a project file, or `default`."""
    settings, place = current(), _path(os.getcwd())  # noqa: PTH109  (as above)
    given = {**_from_environment(), **_configured}
    file, project = _from_project(place, given.get("trust", ()))
    found = dict.fromkeys(settings._fields, "default")
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
        given = {**_from_environment(), **_configured}
        settings = _resolved[""] = Settings(**{"store": _path(DEFAULT_FOLDER), "root": os.sep, **given})
    return settings


def _path(text: str) -> Path:
    with loading:
        from pathlib import Path  # noqa: PLC0415  (4 ms, for which an import alone need not wait)

    return Path(text)


def _root_of(folder: Path) -> str:
    for place in (folder, *folder.parents):
        # `Path.exists` raises where a folder above may not be looked into.
        if os.path.exists(place / "pyproject.toml") or os.path.exists(place / ".git"):  # noqa: PTH110
            return str(place)
    return str(folder)


def _from_environment() -> dict[str, Any]:
    global _environment  # noqa: PLW0603  (read once: four look-ups would cost more than the rest of a hit)
    if _environment is None:
        names = {f"LUTIL_{name.upper()}": name for name in READERS}
        given = {names[variable]: text for variable in names if (text := os.environ.get(variable))}
        _environment = _read(given, "the environment (LUTIL_...)")
        ours = (name for name in os.environ if name.startswith("LUTIL_") and os.environ[name])
        if unknown := sorted(name for name in ours if name not in names and not re.fullmatch(_OTHER_VARIABLES, name)):
            _tell_unknown(unknown)
    return _environment


def _tell_unknown(unknown: list[str]) -> None:
    """Say once which variables have no effect: a program does not stop for what its environment holds."""
    with loading:
        import difflib  # noqa: PLC0415  (few environments need it)

    said = []
    for name in unknown:
        near = difflib.get_close_matches(name.removeprefix("LUTIL_").lower(), READERS, 1, _ALIKE)
        what = f": did you mean LUTIL_{near[0].upper()}?" if near else f", and changes nothing{_WHICH}"
        said.append(f"{name} is no setting{what}")
    notice_after(CheckpointWarning, "", "unknown variables", "; ".join(said))


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
        with loading:
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
        known["store"] = (place / _path(table["store"]).expanduser()).absolute()
    if table.get("read_from"):
        known["read_from"] = tuple(
            (place / _path(item).expanduser()).absolute() for item in texts_of(table["read_from"])
        )
    return known


def reread() -> None:
    """Read the environment anew at the next use. For tests."""
    global _environment  # noqa: PLW0603  (see _from_environment)
    _environment = None
    _resolved.clear()


def forget() -> None:
    """Forget what was configured and read: settings are as in a new process. For tests."""
    _configured.clear()
    reread()
