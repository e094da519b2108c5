"""Writing so that a file is whole or absent, whoever is killed when.

    write to `_partial/`, locked while its writer lives  ->  rename to where it belongs

A partial file that nobody holds any more is swept; one that is held is never touched, also where its owner
runs in another container. Folders that vanish in mid-run (`rm -r` of the cache) are made again.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sys
import time
from collections.abc import Collection, Iterable, Sequence

from .._entry import Buffer

if sys.platform != "win32":
    import fcntl

__all__ = ["READ", "Disk", "Draft", "owners_of", "read_small", "try_lock"]

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
READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""A pipe in the place of an entry must not block the reader: hence O_NONBLOCK."""
_TAG = b"""Signature: 8a477f597d28d172789f06886806bc55
# This folder holds results that can be computed again; backups may leave it out.
"""


class Draft:
    """An open file that belongs to its writer alone, until it gets its final name or is removed.

    Attributes:
        named: whether `path` is its name: once it has another, or none, somebody else may make a file there.
    """

    __slots__ = ("_longest", "descriptor", "named", "path")

    def __init__(self, path: str, descriptor: int, size: int = 0) -> None:
        self.path = path
        self.descriptor = descriptor
        self.named = True
        self._longest = size

    def write(self, parts: Sequence[Buffer], size: int) -> None:
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
            with contextlib.suppress(OSError):
                os.unlink(self.path)  # noqa: PTH108  # paths are strings here, for speed

    def close(self) -> None:
        """Close the file, and with that unlock it. Harmless when called twice."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            with contextlib.suppress(OSError):  # the run closed all that is open: no reason to lose its result
                os.close(descriptor)


class Disk:
    """The folder of a store: it comes into being with the first file, and again whenever it vanished.

    Attributes:
        root: the folder that people see, absolute.
        home: the part of it that belongs to this format.
        min_free: bytes that must stay free on the file system.
    """

    def __init__(self, root: str, min_free: int) -> None:
        self.root = root
        self.home = f"{root}/v1"
        self.min_free = min_free
        self._counter = itertools.count()
        self._swept = False

    def write(
        self, path: str, pieces: Iterable[Buffer], size: int, *, sync: bool = False, draft: Draft | None = None
    ) -> None:
        """Put a file in place, whole or not at all.

        Args:
            path: where it belongs, inside `home`.
            pieces: its bytes.
            size: how many there are.
            sync: whether it shall survive a power cut from here on.
            draft: a file to be filled and renamed, instead of a new partial one.

        Raises:
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
                if attempt:
                    self.build(os.path.dirname(path))  # noqa: PTH120  # paths are strings here, for speed
                self._write_once(path, parts, size, sync=sync)
            except _VANISHED:
                # Somebody removed the folder, or our partial file, between two of our steps.
                if attempt == _TRIES - 1:
                    raise
            else:
                return

    def build(self, folder: str) -> None:
        """Make the folders that a file needs, and the two files that keep version control and backups out.

        Raises:
            OSError: they cannot be made.
        """
        for place in (f"{self.home}/_partial", folder):
            os.makedirs(place, exist_ok=True)  # noqa: PTH103  # paths are strings here, for speed
        for name, content in ((".gitignore", b"*\n"), ("CACHEDIR.TAG", _TAG)):
            with contextlib.suppress(FileExistsError):
                descriptor = os.open(f"{self.root}/{name}", _WRITE, 0o666)
                try:
                    os.write(descriptor, content)
                finally:
                    os.close(descriptor)

    def sweep(self) -> int:
        """Remove the partial files whose writers are gone; return how many."""
        count = 0
        try:
            names = os.listdir(f"{self.home}/_partial")  # noqa: PTH208  # paths are strings here, for speed
        except OSError:
            return 0
        for name in names:
            path = f"{self.home}/_partial/{name}"
            # A file that vanishes or cannot be opened belongs to somebody else: that is no failure of ours.
            with contextlib.suppress(OSError):
                count += _remove_if_abandoned(path)
        return count

    def _write_once(self, path: str, parts: list[Buffer], size: int, *, sync: bool) -> None:
        partial = f"{self.home}/_partial/{os.getpid()}-{next(self._counter)}-{os.urandom(4).hex()}"
        draft = Draft(partial, os.open(partial, _WRITE, 0o666))
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

    def _fill(self, draft: Draft, path: str, parts: list[Buffer], size: int, *, sync: bool) -> None:
        """Write all bytes into a draft and rename it to its place, or remove it."""
        try:
            draft.write(parts, size)
            if sync:
                os.fsync(draft.descriptor)
            if sys.platform == "win32":
                # An open file cannot be renamed there.
                draft.close()
            self._rename(draft.path, path)
            draft.named = False
        except BaseException:
            # Ctrl-C counts: what is left behind now would stay until the next sweep. The failure itself is
            # what the caller has to hear of, not that there was nothing to remove.
            draft.remove()
            raise
        if sync:
            _sync_folder(os.path.dirname(path))  # noqa: PTH120  # the same

    def _rename(self, partial: str, path: str) -> None:
        try:
            os.replace(partial, path)  # noqa: PTH105  # paths are strings here, for speed
        except FileNotFoundError:
            self.build(os.path.dirname(path))  # noqa: PTH120  # the same
            os.replace(partial, path)  # noqa: PTH105  # the same

    def _keep_free(self, size: int) -> None:
        if not self.min_free:
            return
        for place in (self.home, self.root, os.path.dirname(self.root) or "."):  # noqa: PTH120  # strings, for speed
            try:
                free = _free_bytes(place)
            except OSError:
                continue
            if free - size < self.min_free:
                raise OSError(
                    errno.ENOSPC,
                    f"{free / 1e6:.0f} MB are free, and {self.min_free / 1e6:.0f} MB are to stay free (min_free)",
                    self.root,
                )
            return


def read_small(path: str, owners: frozenset[int] | None) -> bytes | None:
    """Return the bytes of a side file, or None: it is absent, unreadable, or of an owner we do not trust."""
    try:
        descriptor = os.open(path, READ)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if owners is not None and found.st_uid not in owners:
            return None
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


def owners_of(trust: Collection[str | int]) -> frozenset[int] | None:
    """Return whose files are read; None on systems where a file's owner is no number."""
    if not hasattr(os, "geteuid"):
        return None
    import pwd  # noqa: PLC0415  # not on Windows

    found = {os.geteuid()}
    for owner in trust:
        if isinstance(owner, int) or owner.isdecimal():  # as settings have it, all are text
            found.add(int(owner))
        else:
            # A user who is unknown on this machine owns nothing on it.
            with contextlib.suppress(KeyError):
                found.add(pwd.getpwnam(owner).pw_uid)
    return frozenset(found)


def _free_bytes(place: str) -> int:
    if hasattr(os, "statvfs"):
        found = os.statvfs(place)
        return found.f_bavail * found.f_frsize
    import shutil  # noqa: PLC0415  # slow, and only Windows has no statvfs

    return shutil.disk_usage(place).free


def _write_all(descriptor: int, parts: Sequence[Buffer], size: int) -> None:
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
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    import msvcrt  # noqa: PLC0415  # Windows only

    # A byte that nobody reads: what is locked there cannot be read by others.
    os.lseek(descriptor, _FAR, os.SEEK_SET)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except PermissionError:
        return False
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)
    return True


def _remove_if_abandoned(path: str) -> bool:
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    try:
        age = time.time() - os.fstat(descriptor).st_mtime
        if abs(age) < _YOUNG:
            return False
        try:
            if not try_lock(descriptor):
                return False
        except OSError:
            if age < _ABANDONED:
                return False
    finally:
        os.close(descriptor)
    os.unlink(path)  # noqa: PTH108  # paths are strings here, for speed
    return True


def _sync_folder(folder: str) -> None:
    # Not every system can sync a folder; then the file's own sync is what there is.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
