"""Reading the entries of one tree of a store. What is damaged, foreign or not to be trusted is a miss."""

from __future__ import annotations

import contextlib
import errno
import operator
import os
import time
from collections.abc import Callable

from ...model._entry import Stored
from ...model._outcome import Cause, Miss, Reason
from ...model._trust import RefusedError
from ...model.process._interrupts import let_pass
from .._traces import Traces
from ._file_names import folder_of, name_of
from ._format import DamagedError, ForeignFormatError, label_of
from ._glance import Glance, glance
from ._segments import fetch, is_local, whole_layout
from ._tree import READ, Tree

__all__ = ["ABSENT", "TreeReader", "unreadable"]

_FIRST_READ = 1 << 15
"""Bytes of the one read that has to do for small entries."""
_TOUCH_AFTER = 60.0
_SMALL = 1 << 10
_REMEMBERED = 4096
"""Entries of at most `_SMALL` bytes that are kept in memory: 4 MB in all."""
_SETTLED = 0.1
"""Seconds after which another change of a file has another time: file systems tell the time in steps."""
ABSENT = Miss(Reason(Cause.FIRST_RUN))
_REGULAR = 0o100000
"""The mode of a file that others cannot write to, as far as it matters."""
_TOUCH_BY_DESCRIPTOR = os.utime in os.supports_fd
_open, _read, _close, _stat, _fstat, _now = os.open, os.read, os.close, os.stat, os.fstat, time.time

_Mark = tuple[int, int, int, int, int, int]
_mark: Callable[[os.stat_result], _Mark] = operator.attrgetter(
    "st_dev", "st_ino", "st_size", "st_mtime_ns", "st_uid", "st_mode"
)
"""What tells a file from another, and from itself when it was still somebody else's."""


class TreeReader:
    """Reads the entries of one user.

    Args:
        tree: where they are.
        read_only: whether to touch and set aside nothing.
    """

    def __init__(self, tree: Tree, *, read_only: bool = True) -> None:
        self.read_only = read_only
        self._tree = tree
        self._home = tree.home
        self._folders: dict[str, str] = {}
        self._labels: dict[str, bytes] = {}
        self._shortened: set[str] = set()
        self._kept: dict[str, tuple[float, _Mark, Stored]] = {}
        self._local: bool | None = None
        self._traces = Traces(tree)

    def get(self, name: str, key: str) -> Stored | Miss:
        """Return the entry, every segment checked, or why there is none to use. Never raises OSError."""
        tree, now = self._tree, _now()
        if not tree.since <= now < tree.until:
            self._renew()
        folder = f"{self._folders.get(name) or self._folder(name)}/{key[:2]}"
        path = f"{folder}/{key}.entry"
        try:
            kept = self._kept.get(path)
            if kept is not None and kept[0] > now and _mark(_stat(path)) == kept[1]:
                return kept[2]
            if folder not in tree.checked and (what := tree.why_not(folder)):
                return self._elsewhere(name, key, Miss(Reason(Cause.UNTRUSTED, what)))
            descriptor = tree.read_at(path) if tree.exposed else _open(path, READ)
        except FileNotFoundError:
            return self._elsewhere(name, key, ABSENT)
        except OSError as error:
            return self._elsewhere(name, key, unreadable(path, error))
        try:
            return self._look(descriptor, path, now, name, key)
        except OSError as error:
            return self._elsewhere(name, key, unreadable(path, error))
        finally:
            _close(descriptor)

    def recent(self) -> set[str]:
        """Return the keys of small entries that were read within the last minute."""
        now = _now()
        return {os.path.basename(path)[:32] for path, kept in list(self._kept.items()) if kept[0] > now}  # noqa: PTH119

    def traces(self, name: str, key: str) -> list[bytes]:
        """Return the traces known under a key, newest first, at most 16."""
        return self._traces.get(f"{self._folders.get(name) or self._folder(name)}/{key[:2]}", name, key)

    def glance(self, name: str, key: str) -> Glance | None:
        """Open an entry to look at its fixed facts or its readable segment; None where it cannot be read."""
        return glance(self._tree, self._path(name, key), label_of(name, key))

    def _folder(self, name: str) -> str:
        folder = folder_of(name)
        if name_of(folder) is None:
            self._shortened.add(name)
        self._labels[name] = label_of(name, "")
        self._folders[name] = path = f"{self._home}/{folder}"
        return path

    def _path(self, name: str, key: str) -> str:
        return f"{self._folders.get(name) or self._folder(name)}/{key[:2]}/{key}.entry"

    def _renew(self) -> None:
        """Look again whose the folder is: it may have been removed, and somebody else may have made it anew."""
        if _now() < self._tree.since:
            self._kept.clear()  # the clock was set back: what was kept for a minute would be kept for longer
        self._tree.settle()
        if self._tree.home != self._home:
            self._home = self._tree.home
            self._folders.clear()
            self._kept.clear()

    def _elsewhere(self, name: str, key: str, miss: Miss) -> Stored | Miss:  # noqa: ARG002  # others look further
        """Return what to do without an entry in this tree."""
        return miss

    def _look(self, descriptor: int, path: str, now: float, name: str, key: str) -> Stored | Miss:
        """Return the entry in an open file, or what is wrong with it; take note of the hit."""
        stat, tree = _fstat(descriptor), self._tree
        owners = tree.owners
        usual = stat.st_mode & tree.bits == _REGULAR and (owners is None or stat.st_uid in owners)
        if not usual and (what := tree.why_no_file(path, stat)):
            return self._elsewhere(name, key, Miss(Reason(Cause.UNTRUSTED, what)))
        try:
            label = self._labels[name] + key.encode()
            layout, head = whole_layout(descriptor, _read(descriptor, _FIRST_READ), stat.st_size, label)
            if self._local is None:
                self._local = is_local(self._home)
            stream, buffers = fetch(descriptor, layout, head, stat, local=self._local)
        except DamagedError as error:
            return self._elsewhere(name, key, self._aside(path, str(error), stat))
        except ForeignFormatError as error:
            return self._elsewhere(name, key, Miss(Reason(Cause.FORMAT, f"{path}: {error}")))
        if abs(now - stat.st_atime) > _TOUCH_AFTER:
            self._touch(descriptor, path, stat)
        stored = Stored(layout.header, stream, buffers)
        only_files = not buffers or (layout.header.files and len(buffers) == 1)
        if only_files and len(stream) + sum(map(len, buffers)) <= _SMALL and abs(now - stat.st_mtime) > _SETTLED:
            self._keep(path, _mark(stat), stored)
        return stored

    def _keep(self, path: str, mark: _Mark, stored: Stored) -> None:
        """Keep a small entry that was checked: for a minute, hits ask only whether its file is still the same.

        Whoever replaces an entry makes another file. Bytes that rot in place meanwhile do no harm: they are not read.
        """
        if len(self._kept) >= _REMEMBERED:
            self._kept.clear()
        self._kept[path] = _now() + _TOUCH_AFTER, mark, stored

    def _touch(self, descriptor: int, path: str, stat: os.stat_result) -> None:
        """Note the hit in the time of access alone: a new time of change would void the verification."""
        if not self.read_only:
            # A read-only file system: recency is a convenience.
            with contextlib.suppress(OSError):
                os.utime(descriptor if _TOUCH_BY_DESCRIPTOR else path, ns=(time.time_ns(), stat.st_mtime_ns))

    def _aside(self, path: str, what: str, stat: os.stat_result) -> Miss:
        said = f"{path}: {what}"
        if self.read_only:
            return Miss(Reason(Cause.CORRUPT, said))
        where, _, name = path.rpartition("/")
        new = f"{name.removesuffix('.entry')}.{time.time_ns():x}.corrupt"
        try:
            with self._tree.folder(where) as folder:
                now = folder.look(name)
                if (now.st_ino, now.st_mtime_ns) != (stat.st_ino, stat.st_mtime_ns):
                    # Somebody has put a good one there since: the next look finds it.
                    return Miss(Reason(Cause.CORRUPT, f"{said}; it has been replaced since"))
                folder.rename(name, folder, new)
        except OSError as error:
            return Miss(Reason(Cause.CORRUPT, f"{said}; it stays where it is ({error.strerror})"))
        return Miss(Reason(Cause.CORRUPT, f"{said}; it was set aside as {where}/{new}"))


def unreadable(path: str, error: OSError) -> Miss:
    let_pass(error)
    if error.errno == errno.ENOTDIR:
        return ABSENT
    if isinstance(error, RefusedError):
        return Miss(Reason(Cause.UNTRUSTED, error.why))
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return Miss(Reason(Cause.UNTRUSTED, f"{path} is a link, and links in a store are not followed: remove it"))
    return Miss(Reason(Cause.UNREADABLE, f"{path}: {error.strerror or error}"))
