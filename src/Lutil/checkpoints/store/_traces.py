"""Traces: beside the entries of a key, the names of what its runs observed. Small, checked, at most 16.

All traces of a key are in one file, to which each new one is appended: nobody reads and rewrites what somebody
else is adding to. What is cut short or damaged ends the file for its readers; a trace that is lost that way costs
a recomputation, and the next writer replaces the file whole.
"""

from __future__ import annotations

import contextlib
import os
import struct

from ._disk import Disk, read_small
from ._format import sealed, unsealed

__all__ = ["Traces"]

_MOST = 16
_SUFFIX = ".trace"
_LENGTH = struct.Struct("<I")
_REMEMBERED = 4096
_APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_Mark = tuple[int, int, int]
"""Inode, size and time of change: a file that is appended to has another size."""


class Traces:
    """The traces of a file store."""

    def __init__(self, disk: Disk, owners: frozenset[int] | None) -> None:
        self._disk = disk
        self._owners = owners
        self._read: dict[str, tuple[_Mark, list[bytes]]] = {}

    def get(self, folder: str, key: str) -> list[bytes]:
        """Return the traces known under a key, newest first, at most 16. Never raises OSError."""
        path = f"{folder}/{key}{_SUFFIX}"
        try:
            stat = os.stat(path)  # noqa: PTH116  # strings, for speed
        except OSError:
            return []
        mark = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        known = self._read.get(path)
        if known is None or known[0] != mark:
            data = read_small(path, self._owners)
            if data is None:
                return []
            known = mark, _newest_first(_records(data)[0])
            if len(data) == stat.st_size:
                if len(self._read) >= _REMEMBERED:
                    self._read.clear()
                self._read[path] = known
        return known[1]

    def put(self, folder: str, key: str, trace: bytes) -> None:
        """Add a trace under a key, whole or not at all; the oldest beyond 16 go.

        Raises:
            OSError: it could not be written.
        """
        path = f"{folder}/{key}{_SUFFIX}"
        data = read_small(path, self._owners) or b""
        records, whole = _records(data)
        if records and trace == records[-1]:
            return
        record = _record(trace)
        if whole and len(records) < _MOST and self._append(path, record):
            return
        kept = [trace, *(other for other in _newest_first(records) if other != trace)][:_MOST]
        pieces = [_record(other) for other in reversed(kept)]
        self._disk.write(path, pieces, sum(map(len, pieces)))

    def _append(self, path: str, record: bytes) -> bool:
        """Add a record to a file that is there; return whether that could be done, and whole."""
        with contextlib.suppress(OSError):
            descriptor = os.open(path, _APPEND)
            try:
                return os.write(descriptor, record) == len(record)
            finally:
                os.close(descriptor)
        return False


def _record(trace: bytes) -> bytes:
    return _LENGTH.pack(len(trace)) + sealed(trace)


def _records(data: bytes) -> tuple[list[bytes], bool]:
    """Return the traces of a file, oldest first, as far as it is sound, and whether all of it is."""
    found: list[bytes] = []
    start = 0
    while start < len(data):
        content = start + _LENGTH.size
        if content > len(data):
            return found, False
        end = content + 16 + _LENGTH.unpack_from(data, start)[0]
        trace = unsealed(data[content:end]) if end <= len(data) else None
        if trace is None:
            return found, False
        found.append(trace)
        start = end
    return found, bool(found)


def _newest_first(records: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys(reversed(records)))[:_MOST]
