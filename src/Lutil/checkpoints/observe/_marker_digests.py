"""What is worth comparing of what a user declares to be read: a file, a folder, an environment variable."""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH100, PTH111, PTH112, PTH116, PTH120

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_128

from ..model._errors import UnfingerprintableError
from ..model._key import Part, PartKind, tagged
from ..model._markers import Dir, Env, File
from ..model.process._interrupts import let_pass
from ._trace import Mode, Observed, Trace
from .files._file_digests import NEVER_LISTED, Many, Notes, content, stats_digest
from .files._file_log import MOST_FILES
from .files._path_names import places
from .surroundings._variables import variable_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["marker_digest", "marker_parts", "marker_path", "marker_trace"]

_KEPT_PARTS: Final = 1_000
_HIDDEN: Final = NEVER_LISTED | {".git", ".hg", ".svn"}


def marker_digest(marker: File | Dir | Env, notes: Notes | None = None) -> bytes:
    """Return the digest of what a marker stands for.

    Raises:
        UnfingerprintableError: there is no such file or folder, or it cannot be read.
    """
    return _part(marker, notes).digest


def marker_parts(marker: File | Dir | Env, notes: Notes | None = None) -> tuple[Part, ...]:
    """Return what a marker stands for as one part, with one inside of it for each file of a folder.

    Raises:
        UnfingerprintableError: there is no such file or folder, or it cannot be read.

    Example:
        >>> marker_parts(Env("NO_SUCH_VARIABLE"))[0].path
        'NO_SUCH_VARIABLE'
    """
    return (_part(marker, notes),)


def marker_trace(
    markers: Iterable[File | Dir | Env], notes: Notes | None, root: str
) -> tuple[Trace, tuple[bytes, ...]]:
    """Return what an inner computation declares as what those that enclose it observe: names and digests.

    Raises:
        UnfingerprintableError: there is no such file or folder, or it cannot be read.
    """
    found = {_observed(marker, root): marker_digest(marker, notes) for marker in markers}
    trace = Trace(found)
    return trace, tuple(found[observed] for observed in trace.names)


def _observed(marker: File | Dir | Env, root: str) -> Observed:
    if isinstance(marker, Env):
        return Observed(PartKind.ENVIRONMENT, marker.name, Mode.VALUE)
    name = places(root, "").name(marker_path(marker))
    if isinstance(marker, File):
        return Observed(PartKind.FILE, name, Mode.CONTENT)
    return Observed(PartKind.LISTING, name, Mode.TREE)


def marker_path(marker: File | Dir) -> str:
    """Return where the file or folder lies, absolute."""
    return os.path.abspath(os.path.expanduser(os.fspath(marker.path)))


def _part(marker: File | Dir | Env, notes: Notes | None) -> Part:
    if isinstance(marker, Env):
        return Part(PartKind.ENVIRONMENT, marker.name, variable_digest(marker.name))
    path = marker_path(marker)
    shown = os.fspath(marker.path)
    if isinstance(marker, File):
        return Part(PartKind.FILE, shown, _file(path, f"File({shown!r})", notes))
    return _dir(path, shown, notes)


def _file(path: str, shown: str, notes: Notes | None) -> bytes:
    try:
        found, digest = content(path, notes)
    except OSError as error:
        let_pass(error)
        raise UnfingerprintableError(shown, f"cannot be read: {error}", missing=True) from error
    if found is None:
        what = "cannot be read as a file" if os.path.lexists(path) else "there is no such file"
        raise UnfingerprintableError(shown, f"{what}: {path}", missing=True)
    return digest


def _dir(path: str, shown: str, notes: Notes | None) -> Part:
    if not os.path.isdir(path):
        what = "is no folder" if os.path.lexists(path) else "there is no such folder"
        raise UnfingerprintableError(f"Dir({shown!r})", f"{what}: {path}", missing=True)
    files = sorted(_below(path, set()))
    hasher = xxh3_128()
    parts: list[Part] = []
    if len(files) > MOST_FILES:
        for folder in sorted({os.path.dirname(file) for file in files}):
            _feed(hasher, os.path.relpath(folder, path), stats_digest(folder))
        return Part(PartKind.LISTING, shown, hasher.digest(), f"{len(files)} files by size and time")
    many = Many(notes, os.fsencode(path), len(files))
    for file in files:
        inner = os.path.relpath(file, path).replace(os.sep, "/")
        digest = many.content(file)
        _feed(hasher, inner, digest)
        if len(parts) < _KEPT_PARTS:
            parts.append(Part(PartKind.FILE, f"{shown.rstrip('/')}/{inner}", digest))
    many.keep(files)
    return Part(PartKind.LISTING, shown, hasher.digest(), f"{len(files)} files", b"", tuple(parts))


def _feed(hasher: xxh3_128, name: str, digest: bytes) -> None:
    hasher.update(tagged(b"f", name.encode("utf-8", "surrogateescape")) + digest)


def _below(folder: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    """Yield every file below a folder, through links too; a folder that is met again is not entered."""
    st = os.stat(folder)
    if (st.st_dev, st.st_ino) in seen:
        return
    seen.add((st.st_dev, st.st_ino))
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if entry.name not in _HIDDEN]
    for entry in found:
        if entry.is_dir():
            yield from _below(entry.path, seen)
        elif entry.is_file():
            yield entry.path
