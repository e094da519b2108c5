"""Traces: beside the entries of a key, the names of what its runs observed. Small, checked, at most 16.

All traces of a key are in one file, to which each new one is appended: nobody reads and rewrites what somebody
else is adding to. What is cut short or damaged ends the file for its readers; a trace that is lost that way costs
a recomputation, and the next writer replaces the file whole.
"""

from __future__ import annotations

import contextlib
import os
import struct

from .entries._disk import Disk, read_small
from .entries._folders import Folder
from .entries._format import label_of, sealed, unsealed
from .entries._tree import Tree

__all__ = ["Traces"]

_MOST = 16
_SUFFIX = ".trace"
_LENGTH = struct.Struct("<I")
_REMEMBERED = 4096
_APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_Mark = tuple[int, int, int, int, int]
"""Inode, size, time of change, mode and owner: a file that is appended to has another size."""


class Traces:
    """The traces of a file store."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._read: dict[str, tuple[_Mark, list[bytes]]] = {}

    def get(self, folder: str, name: str, key: str) -> list[bytes]:
        """Return the traces known under a key, newest first, at most 16. Never raises OSError."""
        path = f"{folder}/{key}{_SUFFIX}"
        try:
            stat = os.lstat(path)
        except OSError:
            return []
        mark = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_mode, stat.st_uid)
        known = self._read.get(path)
        if known is None or known[0] != mark:
            data = read_small(self._tree, path)
            if data is None:
                return []
            known = mark, _newest_first(_records(data, label_of(name, key))[0])
            if len(data) == stat.st_size:
                if len(self._read) >= _REMEMBERED:
                    self._read.clear()
                self._read[path] = known
        return known[1]

    def put(self, disk: Disk, folder: str, name: str, key: str, trace: bytes) -> None:
        """Add a trace under a key, whole or not at all; the oldest beyond 16 go.

        Raises:
            OSError: it could not be written.
        """
        path, label = f"{folder}/{key}{_SUFFIX}", label_of(name, key)
        data = read_small(self._tree, path) or b""
        records, whole = _records(data, label)
        if records and trace == records[-1]:
            return
        record = _record(trace, label)
        if whole and len(records) < _MOST and self._append(folder, f"{key}{_SUFFIX}", record):
            return
        kept = [trace, *(other for other in _newest_first(records) if other != trace)][:_MOST]
        pieces = [_record(other, label) for other in reversed(kept)]
        disk.write(path, pieces, sum(map(len, pieces)))

    def _append(self, path: str, name: str, record: bytes) -> bool:
        """Add a record to a file of ours that is there; return whether that could be done, and whole."""
        with contextlib.suppress(OSError), self._tree.folder(path) as folder:
            return _appended(folder, name, record)
        return False


def _appended(folder: Folder, name: str, record: bytes) -> bool:
    descriptor = folder.open(name, _APPEND)
    try:
        # A file with a second name elsewhere is replaced, not written to.
        return folder.owns_alone(os.fstat(descriptor)) and os.write(descriptor, record) == len(record)
    finally:
        os.close(descriptor)


def _record(trace: bytes, label: bytes) -> bytes:
    return _LENGTH.pack(len(trace)) + sealed(trace, label)


def _records(data: bytes, label: bytes) -> tuple[list[bytes], bool]:
    """Return the traces of a file, oldest first, as far as it is sound, and whether all of it is."""
    found: list[bytes] = []
    start = 0
    while start < len(data):
        content = start + _LENGTH.size
        if content > len(data):
            return found, False
        end = content + 16 + _LENGTH.unpack_from(data, start)[0]
        trace = unsealed(data[content:end], label) if end <= len(data) else None
        if trace is None:
            return found, False
        found.append(trace)
        start = end
    return found, bool(found)


def _newest_first(records: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys(reversed(records)))[:_MOST]
