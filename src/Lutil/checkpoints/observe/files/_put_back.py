"""Outputs that are files: how they are written down, whether they are as the run left them, and how they are put back.

Guarantees
    What is put back appears whole, with the permissions that it had, by a file beside it that is renamed. No link is
    followed on the way, and none is written through. Nothing is put in the place of what somebody else made or
    changed, and nothing outside of folders that are there or that the run made itself.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH102, PTH105, PTH118, PTH119, PTH120

from __future__ import annotations

import contextlib
import functools
import os
import stat as stat_bits
from typing import TYPE_CHECKING, Final

from ...model.process._interrupts import let_pass
from ...model.process._records import NamedTuple
from .._trace import path_of
from ._file_digests import Notes, content, content_digest, is_remote, marker, remembered
from ._left_files import EVERYTHING, FILE, FOLDER, LINK, Left, effect_name, real_folder, settled_database
from ._path_names import places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...model._entry import Buffer

    WasLeft = Callable[[str, bytes], bool]
    """Tells whether a run of ours left this content under this name."""

__all__ = ["ANY", "Row", "SpoiltError", "as_left", "put_back", "rows_from", "rows_to_bytes", "this_user"]

_MAGIC: Final = "left 1"
_FIELDS: Final = 9
ANY: Final = marker(b"left with any content")
"""Stands for the content of a folder, and of a log that runs of ours append to."""

_lstat, _listdir, _readlink = os.lstat, os.listdir, os.readlink


class Row(NamedTuple):
    """One output, as an entry keeps it.

    Attributes:
        kind, name, folder, mode, size, digest: as `Left` has them.
        text: where a link leads to; the names in a folder, each followed by a slash; whether a file is a database.
        segment: which of the entry's contents holds that of the file; -1 where it was too large to be kept, -2 where a
            link leads to the file.
        start: where it begins in there.
    """

    kind: str
    name: str
    folder: str
    mode: int
    size: int
    digest: bytes
    text: str = ""
    segment: int = -1
    start: int = 0

    @property
    def shown(self) -> str:
        """The name as a person would write it."""
        return self.name.removeprefix("project:")

    @property
    def is_kept(self) -> bool:
        """Whether it can be put back."""
        return self.kind != FILE or self.segment >= 0

    @classmethod
    def of(cls, left: Left, segment: int = -1, start: int = 0) -> Row:
        """Return the row of what a run left."""
        text = left.target if left.kind != FOLDER else "".join(f"{name}/" for name in left.names)
        segment = -2 if left.linked else segment
        return cls(left.kind, left.name, left.folder, left.mode, left.size, left.digest, text, segment, start)


class SpoiltError(Exception):
    """An output is not as the run left it, and must not or cannot be put back. Its text names it."""


def this_user() -> int:
    """Return the number of the user, -1 where users have none."""
    return os.geteuid() if hasattr(os, "geteuid") else -1


def rows_to_bytes(rows: Sequence[Row]) -> bytes:
    """Return bytes from which `rows_from` makes equal rows: fields that end in NUL, which no path can hold."""
    fields = [_MAGIC, str(this_user())]
    for row in rows:
        numbers = f"{row.mode:o}", str(row.size), row.digest.hex(), row.text, str(row.segment), str(row.start)
        fields += (row.kind, row.name, row.folder, *numbers)
    return "\0".join(fields).encode("utf-8", "surrogateescape")


@functools.lru_cache(maxsize=512)
def rows_from(data: bytes) -> tuple[int, tuple[Row, ...]]:
    """Return whose run left them, and the rows that these bytes were made from.

    Raises:
        ValueError: they are not those of rows.
    """
    magic, user, *fields = data.decode("utf-8", "surrogateescape").split("\0")
    if magic != _MAGIC or len(fields) % _FIELDS:
        raise ValueError("not the bytes of outputs")
    rows = []
    for at in range(0, len(fields), _FIELDS):
        kind, name, folder, mode, size, digest, text, segment, start = fields[at : at + _FIELDS]
        numbers = int(mode, 8) & 0o777, int(size), bytes.fromhex(digest)
        rows.append(Row(kind, name, folder, *numbers, text, int(segment), int(start)))
    return int(user), tuple(rows)


def as_left(rows: Sequence[Row], notes: Notes | None, root: str, was_left: WasLeft) -> list[Row]:
    """Return which outputs have to be put back for all of them to be as the run left them.

    Where all are, this costs a stat for each.

    Raises:
        SpoiltError: one of them cannot, or must not, be put back.
    """
    missing = []
    for row in rows:
        path = path_of(row.name, root)
        try:
            st = _lstat(path)
        except (OSError, ValueError) as error:
            let_pass(error)
            missing.append(_missing(row))
            continue
        if row.kind == FILE:
            found = remembered.get((st.st_dev, st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns))
            if (found != row.digest or is_remote(st.st_dev) or row.text) and _is_other(row, path, st, notes, was_left):
                missing.append(row)
        elif row.kind == LINK:
            _see_link(row, path, st)
        else:
            _see_folder(row, path, st, was_left)
    return missing


def _missing(row: Row) -> Row:
    if not row.is_kept:
        how = "too large to keep" if row.segment == -1 else "reached by a link"
        way = f' (declare it: produce=[File("{row.shown}")])' if row.segment == -1 else ""
        raise SpoiltError(f"file `{row.shown}` is gone and was {how}{way}")
    return row


def _is_other(row: Row, path: str, st: os.stat_result, notes: Notes | None, was_left: WasLeft) -> bool:
    """Return whether a file has to be put back; it is there, and no stat says that it is as it was left."""
    if stat_bits.S_ISLNK(st.st_mode) and row.segment != -2:
        raise SpoiltError(f"file `{row.shown}` is a link now")
    if stat_bits.S_ISDIR(st.st_mode):
        raise SpoiltError(f"file `{row.shown}` is a folder now")
    if row.text:
        settled_database(path)
    found, digest = content(path, notes)
    if digest == row.digest:
        return False
    if found is None or not was_left(row.name, digest):
        raise SpoiltError(f"file `{row.shown}` was changed by somebody else")
    if not row.is_kept:
        way = f'; it was too large to keep (declare it: produce=[File("{row.shown}")])'
        raise SpoiltError(f"file `{row.shown}` was changed by another run{way if row.segment == -1 else ''}")
    if this_user() not in {-1, st.st_uid}:
        raise SpoiltError(f"file `{row.shown}` belongs to user {st.st_uid}")
    return True


def _see_link(row: Row, path: str, st: os.stat_result) -> None:
    try:
        if stat_bits.S_ISLNK(st.st_mode) and _readlink(path) == row.text:
            return
    except OSError as error:
        let_pass(error)  # else it has just gone: what is there next is not what the run left either
    raise SpoiltError(f"link `{row.shown}` was changed by somebody else")


def _see_folder(row: Row, path: str, st: os.stat_result, was_left: WasLeft) -> None:
    """See that nothing is in a folder that no run of ours put there."""
    if not stat_bits.S_ISDIR(st.st_mode):
        raise SpoiltError(f"folder `{row.shown}` was changed by somebody else")
    known = set(row.text.split("/"))
    if EVERYTHING[0] in known:
        return
    try:
        others = [name for name in _listdir(path) if name not in known and not effect_name(name)]
    except OSError as error:
        let_pass(error)
        raise SpoiltError(f"folder `{row.shown}` cannot be read: {error.strerror}") from error
    for name in others:
        if not was_left(f"{row.name}/{name}", ANY):
            raise SpoiltError(f"folder `{row.shown}` holds `{name}`, which somebody else put there")


def put_back(
    rows: Sequence[Row], root: str, contents: Sequence[Buffer], was_left: WasLeft, *, own: bool
) -> list[tuple[str, bool]]:
    """Put outputs back, folders first; return the path of each, and whether something was there.

    Args:
        rows: from `as_left`.
        root: the project folder of today, absolute.
        contents: the entry's.
        was_left: tells whether a run of ours left a content under a name.
        own: whether a run of this user left them: what another one left is put back inside the project only.

    Raises:
        SpoiltError: one of them must not be put back.
        OSError: it cannot be written.
    """
    done = []
    where = places(root, "")
    for row in sorted(rows, key=lambda row: (row.kind != FOLDER, row.name)):
        path = path_of(row.name, root)
        if not own and (where.name(path) == path or where.name(real_folder(path)) == real_folder(path)):
            raise SpoiltError(f"{row.kind} `{row.shown}` lies outside the project, and another user's run left it")
        if where.name(real_folder(path)) != row.folder:
            raise SpoiltError(f"{row.kind} `{row.shown}` lies in a folder that is reached by another link now")
        existed = os.path.lexists(path)
        if row.kind == FOLDER:
            os.mkdir(path, row.mode)
        else:
            data = memoryview(contents[row.segment])[row.start : row.start + row.size] if row.kind == FILE else b""
            if row.kind == FILE and content_digest(data) != row.digest:
                raise SpoiltError(f"file `{row.shown}`: its content in the entry is damaged")
            _replace(path, row, data, was_left)
        done.append((path, existed))
    return done


def _replace(path: str, row: Row, data: Buffer, was_left: WasLeft) -> None:
    """Make a file or link beside its place and rename it, unless what is in its place has changed meanwhile."""
    with _folder(os.path.dirname(path)) as (folder, descriptor):
        inside: dict[str, int] = {} if descriptor is None else {"dir_fd": descriptor}
        partial = os.path.join(folder, f".{os.path.basename(path)[:100]}.{os.urandom(6).hex()}.part")
        try:
            if row.kind == LINK:
                os.symlink(row.text, partial, dir_fd=descriptor)
            else:
                _write(partial, row.mode, data, inside)
            _see_that_it_may_go(path, row, was_left)
            if descriptor is None:
                os.replace(partial, path)
            else:
                os.replace(partial, os.path.basename(path), src_dir_fd=descriptor, dst_dir_fd=descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(partial, **inside)
            raise


def _see_that_it_may_go(path: str, row: Row, was_left: WasLeft) -> None:
    """See once more, right before it is replaced, that what is in the place of a file is a run's of ours."""
    if not os.path.lexists(path):
        return
    if row.kind == FILE and stat_bits.S_ISREG(_lstat(path).st_mode):
        digest = content(path, None)[1]
        if digest == row.digest or was_left(row.name, digest):
            return
    raise SpoiltError(f"{row.kind} `{row.shown}` was changed by somebody else")


@contextlib.contextmanager
def _folder(path: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Give the folder in which a file is made: held open where the system can, so that nobody exchanges it."""
    if os.open not in os.supports_dir_fd or os.rename not in os.supports_dir_fd:
        yield path, None
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield "", descriptor
    finally:
        os.close(descriptor)


def _write(path: str, mode: int, data: Buffer, inside: dict[str, int]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600, **inside)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view[: 1 << 26]) :]
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode & 0o777)
    finally:
        os.close(descriptor)
