"""Traces: beside the entries of a key, the names of what its runs observed. Small, checked, at most 16.

A trace is one file named after its digest, so that many can add theirs without reading and rewriting. To
find those of a key a folder is listed; the listing is remembered for as long as the folder is unchanged, so
that a hit does not pay for a folder of thousands.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TypeVar

from xxhash import xxh3_64_hexdigest

from ._disk import Disk, read_small
from ._format import sealed, unsealed

__all__ = ["Traces"]

_T = TypeVar("_T")

_MOST = 16
_SUFFIX = ".trace"
_SETTLED = 2_000_000_000
"""Nanoseconds: a folder changed more recently may change again within one tick of its clock."""
_REMEMBERED = 4096


class Traces:
    """The traces of a file store."""

    def __init__(self, disk: Disk, owners: frozenset[int] | None) -> None:
        self._disk = disk
        self._owners = owners
        self._listings: dict[str, tuple[int, dict[str, list[str]]]] = {}
        self._read: dict[str, bytes] = {}

    def get(self, folder: str, key: str) -> list[bytes]:
        """Return the traces known under a key, newest first, at most 16. Never raises OSError."""
        try:
            changed = os.stat(folder).st_mtime_ns  # noqa: PTH116  # strings, for speed
            known = self._listings.get(folder)
            if known is None or known[0] != changed:
                known = (changed, _listing(folder))
                if abs(time.time_ns() - changed) > _SETTLED:
                    _remember(self._listings, folder, known)
        except OSError:
            return []
        names = known[1].get(key)
        if not names:
            return []
        found = [self._content(f"{folder}/{name}") for name in names[:_MOST]]
        return [trace for trace in found if trace is not None]

    def put(self, folder: str, key: str, trace: bytes) -> None:
        """Add a trace under a key, whole or not at all; the oldest beyond 16 go.

        Raises:
            OSError: it could not be written.
        """
        data = sealed(trace)
        self._disk.write(f"{folder}/{key}.{xxh3_64_hexdigest(trace)[:8]}{_SUFFIX}", [data], len(data))
        # Somebody else may be tidying up the same ones.
        with contextlib.suppress(OSError):
            for name in _listing(folder).get(key, [])[_MOST:]:
                os.unlink(f"{folder}/{name}")  # noqa: PTH108  # strings, for speed

    def _content(self, path: str) -> bytes | None:
        # The name holds a digest of the content, so what was read once stays true.
        trace = self._read.get(path)
        if trace is None:
            data = read_small(path, self._owners)
            trace = None if data is None else unsealed(data)
            if trace is not None:
                _remember(self._read, path, trace)
        return trace


def _listing(folder: str) -> dict[str, list[str]]:
    """Return the names of a folder's traces by key, newest first."""
    found: dict[str, list[tuple[int, str]]] = {}
    with os.scandir(folder) as files:
        for file in files:
            if file.name.endswith(_SUFFIX):
                # A trace that was removed meanwhile has no age.
                with contextlib.suppress(OSError):
                    age = -file.stat().st_mtime_ns
                    found.setdefault(file.name.partition(".")[0], []).append((age, file.name))
    return {key: [name for _, name in sorted(names)] for key, names in found.items()}


def _remember(memory: dict[str, _T], key: str, value: _T) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value
