"""Files that a run wrote: kept with its entry, compared at each lookup, and put back by a hit.

Nothing here is part of a key: an output that another run has replaced since must not hide an entry. So that a hit
never overwrites what is not ours, the store has a note of the contents that runs of ours left in a place. It is
advisory: where it got lost, a file that differs is a miss.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH119, PTH120, PTH123

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_64_digest, xxh3_128_hexdigest

from ..model._entry import Buffer, EntryStore, Stored
from ..model._errors import NotSavableError
from ..model._key import Note, NoteKind
from ..model.process._interrupts import let_pass
from ..model.process._log import log
from ..model.process._records import NamedTuple
from ..observe import (
    ANY,
    FILE,
    Left,
    Recorder,
    Row,
    SpoiltError,
    as_left,
    content_digest,
    enclosing,
    marker_path,
    path_of,
    put_back,
    rows_from,
    rows_to_bytes,
    this_user,
)

if TYPE_CHECKING:
    from ..computation import Computation

__all__ = ["Outputs", "keep", "leave", "leave_failed", "outputs_of", "produced_paths"]

KEPT: Final = 16 << 20
"""Bytes of the files of one run that are kept without being declared."""
_LARGE: Final = 1 << 20  # bytes from which a file has a segment of its own
_MOST_SEGMENTS: Final = 4000
_NOTE: Final = "left"
_EACH: Final = 32  # files up to which each has a note of its own; more of them share one for their folder
_REMEMBERED: Final = 64  # contents of one file
_REMEMBERED_IN_FOLDER: Final = 20_000


class Written(NamedTuple):
    """What an entry keeps of the files of a run: a table and contents, and what is to be said of them."""

    buffers: list[Buffer]
    notes: tuple[Note, ...]


def produced_paths(computation: Computation) -> tuple[str, ...]:
    """Return the files and folders that are outputs by the user's word, absolute."""
    return tuple(map(marker_path, computation.recipe.options.files))


def keep(computation: Computation, left: Sequence[Left], aside: Iterable[str], stream: Buffer) -> Written:
    """Return what the entry of a run keeps of what it left.

    Args:
        computation: whose run it was.
        left: what it left.
        aside: paths of files that are effects.
        stream: the encoded result: a file that `tempfile` made is an output only where that names it.

    Raises:
        NotSavableError: a declared file is not there, or a file has changed since the run ended.
    """
    there = {one.path for one in left}
    for marker in computation.recipe.options.files:
        if marker_path(marker) not in there:
            raise NotSavableError("", f"`produce` names {marker!r}, and the run left no such file")
    text = bytes(stream) if any(one.temporary for one in left) else b""
    left = [one for one in left if os.path.basename(one.temporary).encode("utf-8", "surrogatepass") in text]
    notes = [Note(NoteKind.EFFECT, path, "appended to, or a log") for path in sorted(aside)]
    if not left:
        return Written([], tuple(notes))
    chosen = _chosen(left)
    small, rows = bytearray(), []
    large: list[Buffer] = []
    for one in left:
        segment, start = -1, 0
        if one.path in chosen:
            data = _read(one)
            if one.size >= _LARGE and len(large) < _MOST_SEGMENTS:
                large.append(data)
                segment = len(large)
            else:
                segment, start = 0, len(small)
                small += data
        rows.append(Row.of(one, segment, start))
        if one.kind == FILE:
            notes.append(Note(NoteKind.WRITTEN, rows[-1].shown, _said(rows[-1])))
    return Written([rows_to_bytes(rows), *([small, *large] if chosen else [])], tuple(notes))


def _chosen(left: Iterable[Left]) -> set[str]:
    """Return the paths of the files whose content is kept: the declared ones, and the smallest of the others."""
    files = [one for one in left if one.kind == FILE and not one.linked]
    chosen, room = {one.path for one in files if one.declared}, KEPT
    for one in sorted(files, key=lambda one: one.size):
        if not one.declared and one.size <= room:
            room -= one.size
            chosen.add(one.path)
    return chosen


def _read(left: Left) -> Buffer:
    """Return what is in a file; a large one is mapped."""
    try:
        with open(left.path, "rb") as file:
            large = left.size >= _LARGE
            data: Buffer = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) if large else file.read()
    except (OSError, ValueError) as error:
        let_pass(error)
        raise NotSavableError("", f"`{left.path}`, which it wrote, cannot be read: {error}") from error
    if content_digest(data) != left.digest:
        raise NotSavableError("", f"`{left.path}`, which it wrote, changed right after it")
    return data


def _said(row: Row) -> str:
    size = f"{row.size:,} bytes" if row.size < _LARGE else f"{row.size / 1e6:,.0f} MB"
    if row.segment == -1:
        return f'{size}, too large to keep: produce=[File("{row.shown}")] keeps it'
    return f"{size}, kept" if row.segment >= 0 else f"{size}, reached by a link: compared, and never put back"


class Outputs:
    """What an entry says of the files that its run wrote, held against what is there."""

    __slots__ = ("_computation", "_key", "_own", "_rows", "_store", "_todo", "problem")

    def __init__(self, computation: Computation, store: EntryStore, key: str, table: Buffer) -> None:
        self._computation, self._store, self._key = computation, store, key
        user, self._rows = rows_from(bytes(table))
        self._own = user == this_user()
        self._todo: list[Row] = []
        self.problem = ""
        try:
            self._todo = as_left(self._rows, computation.stores[0], computation.settings.root, self._was_left)
        except SpoiltError as error:
            self.problem = str(error)
        except OSError as error:
            let_pass(error)
            self.problem = f"file `{error.filename}` cannot be read: {error.strerror or error}"

    def put_back(self) -> str:
        """Put back what is not as the run left it, and tell the runs that enclose this; return what went wrong."""
        root, done = self._computation.settings.root, []
        if self._todo:
            try:
                done = self._put_back(root)
            except SpoiltError as error:
                return str(error)
            except OSError as error:
                let_pass(error)
                return f"file `{error.filename or self._todo[0].shown}` cannot be put back: {error.strerror or error}"
        run = enclosing()
        if run is not None:
            existed = dict(done)
            for row in self._rows:
                path, above = path_of(row.name, root), run
                while above is not None:
                    above.files.put(path, existed=existed.get(path, True))
                    above = above.parent  # type: ignore[assignment]  # ends in None
            run.tell()
        return ""

    def _put_back(self, root: str) -> list[tuple[str, bool]]:
        kept: Sequence[Buffer] | None = ()
        if any(row.kind == FILE for row in self._todo):
            kept = self._store.contents(self._computation.recipe.name, self._key)
        if kept is None:
            raise SpoiltError(f"file `{self._todo[0].shown}`: its content in the entry cannot be read")
        done = put_back(self._todo, root, kept, self._was_left, own=self._own)
        _remember(self._computation.stores[0], [(row.name, row.digest or ANY) for row in self._todo])
        return done

    def _was_left(self, name: str, digest: bytes) -> bool:
        return _was_left(self._computation.stores[0], name, digest)


def outputs_of(computation: Computation, store: EntryStore, key: str, stored: Stored) -> tuple[Stored, Outputs]:
    """Return an entry without its table of files, and what that table says."""
    *buffers, table = stored.buffers
    return stored._replace(buffers=buffers), Outputs(computation, store, key, table)


def leave(computation: Computation, recorder: Recorder, most: int | None = None) -> tuple[Left, ...]:
    """Return what a run left, no file larger than `most` bytes; take note of it, so that a hit may replace it.

    Raises:
        OSError: one of the files cannot be read.
    """
    left = recorder.left(most)
    name = recorder.files.places.name
    found = [(one.name, one.digest or ANY) for one in left]
    found += [(name(path), digest) for path, digest in recorder.changed(KEPT).items()]
    found += [(name(path), ANY) for path in recorder.files.aside]
    if found:
        _remember(computation.stores[0], [*found, *((label, ANY) for label, digest in found if digest != ANY)])
    return left


def leave_failed(computation: Computation, recorder: Recorder) -> None:
    """Take note of what a run left that failed. Where that cannot be read, it counts as somebody else's."""
    try:
        leave(computation, recorder, KEPT)
    except OSError as error:
        let_pass(error)
        log.debug("what a failed run left cannot be read", exc_info=error)


def _remember(store: EntryStore, found: Sequence[tuple[str, bytes]]) -> None:
    by_note: dict[str, list[bytes]] = {}
    shared = len(found) > _EACH
    for name, digest in found:
        label = os.path.dirname(name) + "/" if shared else name
        by_note.setdefault(label, []).append(_item(name, digest))
    for label, items in by_note.items():
        key = xxh3_128_hexdigest(label.encode("utf-8", "surrogateescape"))
        known = _items(store.get_note(_NOTE, key))
        if known[: len(items)] != items:
            most = _REMEMBERED_IN_FOLDER if shared else _REMEMBERED
            store.put_note(_NOTE, key, b"".join([*dict.fromkeys([*items, *known])][:most]))


def _was_left(store: EntryStore, name: str, digest: bytes) -> bool:
    """Tell whether a run of ours left this content under a name, as far as is known."""
    item = _item(name, digest)
    for label in (name, os.path.dirname(name) + "/"):
        key = xxh3_128_hexdigest(label.encode("utf-8", "surrogateescape"))
        if item in _items(store.get_note(_NOTE, key)):
            return True
    return False


_ITEM: Final = 24


def _item(name: str, digest: bytes) -> bytes:
    return xxh3_64_digest(name.encode("utf-8", "surrogateescape")) + digest


def _items(note: bytes | None) -> list[bytes]:
    data = note or b""
    return [data[at : at + _ITEM] for at in range(0, len(data) - len(data) % _ITEM, _ITEM)]
