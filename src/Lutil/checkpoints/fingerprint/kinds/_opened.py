"""Files that were opened before, and are read when somebody asks: archives, HDF5, lazy frames.

No run is seen opening them, so they count by what is known of them without reading: an archive by the check sums of
its members, the others by size and time of their files. How far they have been read is nothing to them.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from typing import Any

from ...model._key import NoteKind
from ...model.process._interrupts import let_pass
from ..walk._nodes import Context, Node, Rule, named, silent_label
from ._pickled import plan_of

__all__ = ["OPENED_RULES", "lazy_frame", "sql_context"]

_PATHS = re.compile(rb"\xa5Paths([\x90-\x9f]|\xdc..|\xdd....)", re.DOTALL)
_TEXT = {0xD9: 1, 0xDA: 2, 0xDB: 4}
"""How many bytes the length of a text has in msgpack, by the byte before it."""


def _state(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - no path object is needed for one call
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _by_files(value: Any, context: Context, paths: Iterable[str], *more: object) -> bytes | Node:
    states = [_state(path) for path in paths]
    if not states or None in states:
        return context.refuse(value, "a file that cannot be looked at; pass its path or its content instead")
    return Node(b"q" + context.type_code(type(value)), (states, *more), silent_label, temporary=True)


def _hdf5(value: Any, context: Context) -> bytes | Node:
    """Take what is open of an HDF5 file for its place in it and the state of the file, if nobody writes to that."""
    try:
        file, name = value.file, value.name
        path, mode = os.fsdecode(file.filename), file.mode
    except Exception as error:  # noqa: BLE001 - a file that was closed
        let_pass(error)
        return named("file", b"closed")
    if mode != "r":
        context.untold = True
        return context.refuse(value, f"an HDF5 file open for writing ({path}); open it for reading, or pass its path")
    return _by_files(value, context, [path], name)


def _zip(value: Any, context: Context) -> bytes | Node:
    if value.mode != "r" or value.fp is None:
        return named("file", b"closed" if value.fp is None else b"to be written")
    members = [(m.filename, m.CRC, m.file_size, m.compress_size, m.header_offset) for m in value.infolist()]
    return Node(b"q" + context.type_code(type(value)), (members,), silent_label, temporary=True)


def _arrays(value: Any, context: Context) -> bytes | Node:
    """Take the archive that `numpy.load` gives for what is in it."""
    return named("file", b"closed") if value.zip is None else _zip(value.zip, context)


def _dataset(value: Any, context: Context) -> bytes | Node:
    about = (value.format.default_extname, str(value.schema))
    return _by_files(value, context, value.files, *about)


def _parquet(value: Any, context: Context) -> bytes:
    """Take an opened parquet file for something that nobody can tell about: it does not say which file it is."""
    context.untold = True
    return context.refuse(value, "an open file; pass its path or its content instead")


def lazy_frame(value: Any, context: Context) -> Node:
    """Take a lazy frame for its plan, and for size and time of the files that it will read."""
    plan = value.serialize()
    found = _scanned(plan)
    states = None if found is None else [_state(path) for path in found]
    if "SCAN" in value.explain(optimized=False) and (not states or None in states):
        context.note(NoteKind.BLIND_SPOT, "files that a lazy frame reads")
    return Node(b"w" + context.type_code(type(value)), (*plan_of(plan), states), silent_label, temporary=True)


def sql_context(value: Any, context: Context) -> Node:
    """Take a context of SQL for the frames that have a name in it."""
    frames = {name: value.execute(f'SELECT * FROM "{name}"', eager=False) for name in value.tables()}  # noqa: S608 - its own names
    return Node(b"w" + context.type_code(type(value)), (frames,), silent_label, temporary=True)


def _scanned(plan: bytes) -> list[str] | None:
    """Return the paths in a plan, patterns as what they match now; None where it cannot be read."""
    paths: list[str] = []
    for match in _PATHS.finditer(plan):
        head = match[1]
        count = head[0] & 0x0F if len(head) == 1 else int.from_bytes(head[1:], "big")
        place = match.end()
        for _ in range(count):
            if plan[place : place + 7] == b"\x81\xa5inner":
                place += 7
            width = _TEXT.get(plan[place], 0)
            if not width and plan[place] & 0xE0 != 0xA0:
                return None
            length = int.from_bytes(plan[place + 1 : place + 1 + width], "big") if width else plan[place] & 0x1F
            place += 1 + width
            text = plan[place : place + length].decode("utf-8", "replace")
            place += length
            paths += sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else [text]  # noqa: PTH207
    return paths


OPENED_RULES: dict[str, Rule] = {
    "h5py._hl.base.HLObject": _hdf5,
    "zipfile.ZipFile": _zip,
    "numpy.lib.npyio.NpzFile": _arrays,
    "pyarrow.dataset.FileSystemDataset": _dataset,
    "pyarrow.parquet.ParquetFile": _parquet,
}
"""Rules by the name of a class."""
