"""What a run leaves behind: the files, folders and links that are its outputs.

An output was absent before the run, or emptied before anything of it was read. A folder that the run made counts with
all that is in it, also with what native code wrote there unseen. No outputs are what was only appended to, what
loggers and trackers write, caches, and what the run deleted again.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH119, PTH111, PTH115, PTH118, PTH120

from __future__ import annotations

import contextlib
import os
import stat as stat_bits
from typing import TYPE_CHECKING, Final

from ...model.process._interrupts import let_pass
from ...model.process._late import loading
from ...model.process._records import NamedTuple
from .._trace import Mode
from ._file_digests import NEVER_LISTED, Notes, content, marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._file_log import FileLog

__all__ = [
    "EVERYTHING",
    "FILE",
    "FOLDER",
    "LINK",
    "Left",
    "changed_by",
    "effect_name",
    "left_by",
    "real_folder",
    "settled_database",
]

FILE: Final = "file"
LINK: Final = "link"
FOLDER: Final = "folder"
DATABASE: Final = "sqlite"

EVERYTHING: Final = ("*",)
_EVENT_FILES: Final = "events.out.tfevents"
_BESIDE: Final = (".pyc", ".pyo", "-wal", "-shm", "-journal")
"""What Python and SQLite put beside the files that count."""
_SQLITE: Final = b"SQLite format 3\0"
_MOST_MOVES: Final = 16

_lexists, _isdir, _islink, _lstat, _walk = os.path.lexists, os.path.isdir, os.path.islink, os.lstat, os.walk


class Left(NamedTuple):
    """One thing that a run left.

    Attributes:
        kind: FILE, LINK or FOLDER.
        name: what it is called in a trace.
        path: where it lies.
        folder: the name of the folder that holds it, links on the way to that followed.
        mode: its permissions.
        size: in bytes.
        digest: of its content; of where a link leads to; of a folder nothing.
        names: of what is in a folder; `EVERYTHING` where it was there before, so that anything may be in it.
        target: where a link leads to; of a file that is a database of SQLite, `DATABASE`.
        declared: whether the user named it, so that it is kept at any size.
        temporary: what `tempfile` made, it or a folder that holds it: an output only where the result names that.
        linked: whether a link leads to the file, which is then compared and never put back.
    """

    kind: str
    name: str
    path: str
    folder: str
    mode: int = 0
    size: int = 0
    digest: bytes = b""
    names: tuple[str, ...] = ()
    target: str = ""
    declared: bool = False
    temporary: str = ""
    linked: bool = False


def effect_name(name: str) -> bool:
    """Return whether a file in a folder is an effect by its name: event files of trackers, caches of Python."""
    return name in NEVER_LISTED or name.startswith(_EVENT_FILES) or name.endswith(_BESIDE)


def real_folder(path: str) -> str:
    """Return the folder that holds a path, with no link on the way."""
    return os.path.realpath(os.path.dirname(path))


def left_by(log: FileLog, declared: Iterable[str], notes: Notes | None, most: int | None = None) -> tuple[Left, ...]:
    """Return what a run left, digested as it is now; what it deleted again or left as it was is none of it.

    Args:
        log: what the run did to files.
        declared: paths of files and folders that the user named as outputs.
        notes: a memory of file digests, or None.
        most: bytes beyond which a file is not looked at.
    """
    named = set(declared)
    found: dict[str, Left] = {}
    for path in [*named, *log.left]:
        for place in _arrived(path, log):
            if place in named or (_counts(place, log) and not log.is_untouched(place)):
                for one in _with_content(place, log, notes, most, declared=place in named):
                    found.setdefault(one.path, one)
    for path in log.wanted:
        if path not in found and log.places.verdict(path) and _isdir(path) and not log.places.holds_project(path):
            found[path] = _folder(path, EVERYTHING, log, declared=False)
    return tuple(found[path] for path in sorted(found))


def changed_by(log: FileLog, most: int) -> dict[str, bytes]:
    """Return by path the digests of the files that a run changed in place; of none that is larger than `most` bytes."""
    found: dict[str, bytes] = {}
    for path in log.written:
        if path not in log.left and path not in log.aside and not log.is_untouched(path):
            now, digest = content(path, None)
            if now is not None and now.size <= most:
                found[path] = digest
    return found


def _arrived(path: str, log: FileLog) -> Iterator[str]:
    """Yield where a path is by now: there, or where the run moved it or a folder above it."""
    for _move in range(_MOST_MOVES):
        if _lexists(path):
            yield path
            return
        source = next((one for one in log.moved if path == one or path.startswith(one + os.sep)), None)
        if source is None:
            return
        path = log.moved[source] + path[len(source) :]


def _counts(path: str, log: FileLog) -> bool:
    """Return whether a path is data of the project's: no cache, no log, no hidden folder of a program."""
    if path in log.aside and path not in log.left:
        return False
    if log.places.verdict(path) != Mode.CONTENT or effect_name(os.path.basename(path)):
        return False
    home = os.path.expanduser("~") + os.sep
    return not path.startswith(home + ".") or log.places.name(path) != path


def _with_content(path: str, log: FileLog, notes: Notes | None, most: int | None, *, declared: bool) -> Iterator[Left]:
    """Yield what a path is, and of a folder all that is in it."""
    if _islink(path) or not _isdir(path):
        if one := _left(path, log, notes, most, declared=declared):
            yield one
        return
    for folder, inner, files in _walk(path):
        inner[:] = [name for name in inner if not effect_name(name)]
        yield _folder(folder, [*inner, *files], log, declared=declared)
        for name in [*files, *(one for one in inner if _islink(os.path.join(folder, one)))]:
            place = os.path.join(folder, name)
            counts = declared or _counts(place, log)
            if counts and (one := _left(place, log, notes, most, declared=declared)):
                yield one


def _folder(path: str, names: Iterable[str], log: FileLog, *, declared: bool) -> Left:
    counted = tuple(sorted(name for name in names if not effect_name(name)))
    mode = stat_bits.S_IMODE(_lstat(path).st_mode) & 0o777
    where = log.places.name(real_folder(path))
    return Left(FOLDER, log.places.name(path), path, where, mode, names=counted, declared=declared)


def _left(path: str, log: FileLog, notes: Notes | None, most: int | None, *, declared: bool) -> Left | None:
    """Return what a path is that is no folder; None for pipes, devices and what is gone or too large."""
    try:
        st = _lstat(path)
        linked = stat_bits.S_ISLNK(st.st_mode)
        made = linked and path in log.left
        target = os.readlink(path) if made else ""
    except OSError as error:
        let_pass(error)
        return None
    name, where = log.places.name(path), log.places.name(real_folder(path))
    if made:
        digest = marker(b"link " + os.fsencode(target))
        return Left(LINK, name, path, where, digest=digest, target=target, declared=declared)
    if most is not None and st.st_size > most:
        return None
    database = settled_database(path)
    found, digest = content(path, notes)
    if found is None:
        return None
    temporary = next((one for one in log.temporary if path == one or path.startswith(one + os.sep)), "")
    mode = stat_bits.S_IMODE(st.st_mode) & 0o777
    facts = {"declared": declared, "temporary": temporary, "linked": linked, "target": DATABASE if database else ""}
    return Left(FILE, name, path, where, mode, found.size, digest, **facts)  # type: ignore[arg-type]  # by name


def settled_database(path: str) -> bool:
    """Return whether a file is a database of SQLite; bring what is in its log into it: the log belongs to it."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            if file.read(len(_SQLITE)) != _SQLITE:
                return False
    except OSError as error:
        let_pass(error)
        return False
    if _has_log(path):
        with loading:
            import sqlite3  # noqa: PLC0415  # few runs leave a database with a log

        # Where somebody else is at it, what is in the file by now is what is compared.
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True


def _has_log(path: str) -> bool:
    try:
        return _lstat(path + "-wal").st_size > 0
    except OSError as error:
        let_pass(error)
        return False
