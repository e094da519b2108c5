"""Writing so that a file is whole or absent, whoever is killed when.

    write to `_partial/`, locked while its writer lives  ->  rename to where it belongs

A partial file that nobody holds any more is swept; one that is held is never touched, also where its owner
runs in another container. Folders that vanish in mid-run (`rm -r` of the cache) are made again.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import itertools
import os
import re
import sys
import time
from collections.abc import Iterable
from typing import Any

from ...model._entry import Buffer
from ...model._trust import RefusedError
from ...model.process._late import loading
from ._folders import Folder, OpenFolder, as_it_is
from ._tree import Tree

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["Disk", "Draft", "read_small", "set_mode", "total_bytes", "try_lock"]

_TRIES = 10
_VANISHED = (FileNotFoundError, NotADirectoryError, FileExistsError)
"""What is raised where somebody removes a folder between two of our steps, the last within `os.makedirs`."""
_JOINED = 1 << 18
_CHUNK = 1 << 24
_YOUNG = 60.0
"""Seconds during which a partial file is left alone, locked or not."""
_ABANDONED = 7 * 86400.0
_FAR = 1 << 30
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_LOOK = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_PARTIAL = r"[0-9]+-[0-9]+-[0-9a-f]{8}"
"""The names of our own partial files: nothing else is swept."""


class Draft:
    """An open file that belongs to its writer alone, until it gets its final name or is removed.

    Attributes:
        named: whether `path` is its name: once it has another, or none, somebody else may make a file there.
    """

    __slots__ = ("_longest", "_open", "descriptor", "named", "path")

    def __init__(self, path: str, descriptor: int, size: int = 0, open_folder: OpenFolder = as_it_is) -> None:
        self.path = path
        self.descriptor = descriptor
        self.named = True
        self._longest = size
        self._open = open_folder

    def write(self, parts: Iterable[Buffer], size: int) -> None:
        """Let it hold these bytes and nothing else.

        Raises:
            OSError: the file system does not take them all.
        """
        if self._longest:
            os.lseek(self.descriptor, 0, os.SEEK_SET)
        # Cut at the end, and only what is too long: cutting costs as much as making a file.
        longest, self._longest = self._longest, max(self._longest, size)
        _write_all(self.descriptor, parts, size)
        if longest > size:
            os.ftruncate(self.descriptor, size)
            self._longest = size

    def remove(self) -> None:
        """Remove the file, unless it has got its final name. Harmless when called twice."""
        named, self.named = self.named, False
        if named:
            # Somebody may have removed the whole folder.
            place, _, name = self.path.rpartition("/")
            with contextlib.suppress(OSError), self._open(place) as folder:
                folder.remove(name)

    def close(self) -> None:
        """Close the file, and with that unlock it. Harmless when called twice."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            with contextlib.suppress(OSError):  # the run closed all that is open: no reason to lose its result
                os.close(descriptor)


class Disk:
    """What is written to a tree: its folders come into being with the first file, and again whenever they vanished.

    Attributes:
        tree: the part of the store that is ours.
        min_free: bytes that must stay free on the file system.
    """

    def __init__(self, tree: Tree, min_free: int) -> None:
        self.tree = tree
        self.min_free = min_free
        self._counter = itertools.count()
        self._swept = False

    def write(
        self, path: str, pieces: Iterable[Buffer], size: int, *, sync: bool = False, draft: Draft | None = None
    ) -> None:
        """Put a file in place, whole or not at all.

        Args:
            path: where it belongs, inside the tree.
            pieces: its bytes.
            size: how many there are.
            sync: whether it shall survive a power cut from here on.
            draft: a file to be filled and renamed, instead of a new partial one.

        Raises:
            RefusedError: somebody else owns a folder on the way, or it is a link.
            OSError: it could not be written; nothing is left behind.
        """
        self._keep_free(size)
        parts = list(pieces)
        if draft is not None:
            # Where its folder was removed meanwhile, a partial file takes its place.
            with contextlib.suppress(*_VANISHED):
                self._fill(draft, path, parts, size, sync=sync)
                return
        for attempt in range(_TRIES):
            try:
                self._write_once(path, parts, size, sync=sync)
            except _VANISHED:
                # Somebody removed the folder, or our partial file, between two of our steps.
                if attempt == _TRIES - 1:
                    raise
            else:
                return

    def receive(self, path: str, pieces: Iterable[Buffer], size: int) -> None:
        """Put a file in place whose bytes come from elsewhere, one by one and once only: nothing is tried again.

        Raises:
            OSError: it could not be written, or whoever makes the pieces raised it; nothing is left behind.
        """
        self._keep_free(size)
        self._write_once(path, pieces, size, sync=False)

    def sweep(self) -> int:
        """Remove the partial files whose writers are gone; return how many."""
        count = 0
        try:
            with self.tree.folder(f"{self.tree.home}/_partial") as folder:
                for name in folder.names():
                    # What vanishes or cannot be opened belongs to somebody else: that is no failure of ours.
                    with contextlib.suppress(OSError):
                        count += re.fullmatch(_PARTIAL, name) is not None and _remove_if_abandoned(folder, name)
        except OSError:
            return count
        return count

    def _write_once(self, path: str, parts: Iterable[Buffer], size: int, *, sync: bool) -> None:
        name = f"{os.getpid()}-{next(self._counter)}-{os.urandom(4).hex()}"
        with self.tree.folder(f"{self.tree.home}/_partial", make=True) as folder:
            draft = Draft(f"{folder.path}/{name}", folder.open(name, _WRITE), open_folder=self.tree.folder)
        try:
            if not self._swept:
                self._swept = True
                self.sweep()
            # Where there are no locks, partial files are swept by their age alone.
            with contextlib.suppress(OSError):
                try_lock(draft.descriptor)
            self._fill(draft, path, parts, size, sync=sync)
        finally:
            draft.close()

    def _fill(self, draft: Draft, path: str, parts: Iterable[Buffer], size: int, *, sync: bool) -> None:
        """Write all bytes into a draft and rename it to its place, or remove it."""
        here, _, name = draft.path.rpartition("/")
        there, _, new = path.rpartition("/")
        try:
            with self.tree.folder(there, make=True) as target:
                draft.write(parts, size)
                set_mode(draft.descriptor, target)
                if sync:
                    os.fsync(draft.descriptor)
                if sys.platform == "win32":
                    # An open file cannot be renamed there.
                    draft.close()
                with self.tree.folder(here) as source:
                    source.rename(name, target, new)
                    draft.named = False
                if sync:
                    _sync(target)
        except BaseException:
            # Ctrl-C counts: what is left behind now would stay until the next sweep. The failure itself is
            # what the caller has to hear of, not that there was nothing to remove.
            draft.remove()
            raise

    def _keep_free(self, size: int) -> None:
        if not self.min_free:
            return
        root = self.tree.root
        for place in (self.tree.home, root, os.path.dirname(root) or "."):  # noqa: PTH120  # strings, for speed
            try:
                free = _free_bytes(place)
            except OSError:
                continue
            if free - size < self.min_free:
                raise OSError(
                    errno.ENOSPC,
                    f"{free / 1e6:.0f} MB are free, and {self.min_free / 1e6:.0f} MB are to stay free (min_free)",
                    root,
                )
            return


def read_small(tree: Tree, path: str) -> bytes | None:
    """Return the bytes of a side file, or None: it is absent, unreadable, or not to be trusted."""
    try:
        descriptor, found = tree.open(path)
    except RefusedError as error:
        tree.say(error.why)
        return None
    except OSError:
        return None
    try:
        data = os.read(descriptor, found.st_size + 1)
        while len(data) < found.st_size:
            more = os.read(descriptor, found.st_size - len(data))
            if not more:
                break
            data += more
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data


def _free_bytes(place: str) -> int:
    if hasattr(os, "statvfs"):
        found = os.statvfs(place)
        return found.f_bavail * found.f_frsize
    with loading:
        import shutil  # noqa: PLC0415  # slow, and only Windows has no statvfs

    return shutil.disk_usage(place).free


def total_bytes(place: str) -> int:
    """Return how many bytes the file system of a folder has in all."""
    with loading:
        import shutil  # noqa: PLC0415  # slow, and few saves ask

    return shutil.disk_usage(place).total


def _write_all(descriptor: int, parts: Iterable[Buffer], size: int) -> None:
    """Write every byte: a full disk may take half of a piece without an error."""
    for part in [b"".join(parts)] if size <= _JOINED else parts:
        view = memoryview(part).cast("B") if len(part) else memoryview(b"")
        while view:
            count = os.write(descriptor, view[:_CHUNK])
            if not count:
                raise OSError(errno.ENOSPC, "the file system takes no more bytes")
            view = view[count:]


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process alone until it is closed; return False where somebody else has.

    Raises:
        OSError: there are no locks here.
    """
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    msvcrt: Any = importlib.import_module("msvcrt")  # what it holds is typed on Windows only
    # A byte that nobody reads: what is locked there cannot be read by others.
    os.lseek(descriptor, _FAR, os.SEEK_SET)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except PermissionError:
        return False
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)
    return True


def _remove_if_abandoned(folder: Folder, name: str) -> bool:
    descriptor = folder.open(name, _LOOK)
    try:
        found = os.fstat(descriptor)
        age = time.time() - found.st_mtime
        if not folder.owns(found) or abs(age) < _YOUNG:
            return False
        try:
            if not try_lock(descriptor):
                return False
        except OSError:
            if age < _ABANDONED:
                return False
    finally:
        os.close(descriptor)
    if not os.path.samestat(found, folder.look(name)):
        return False
    folder.remove(name)
    return True


def set_mode(descriptor: int, folder: Folder) -> None:
    """Let a file be read by those who can read its folder, and written by us alone, whatever the umask says."""
    mode = folder.stat.st_mode & 0o444 | 0o600
    if hasattr(os, "fchmod") and os.fstat(descriptor).st_mode & 0o777 != mode:
        # Where a file system keeps no modes, the tree finds that out.
        with contextlib.suppress(OSError):
            os.fchmod(descriptor, mode)


def _sync(folder: Folder) -> None:
    # Not every system can sync a folder; then the file's own sync is what there is.
    with contextlib.suppress(OSError):
        folder.sync()
