"""Claims between processes: a lock of the operating system per key, which dies with its owner.

Beside each lock file lies a note that says who holds it, since when, and what that one waits for. The note is
for people and for finding circles of waiting; whether a claim is held, the lock alone says.

A lock file is removed by its holder only, before it lets go. Whoever was about to lock that file notices that
it no longer has a name, and starts over: so no two ever hold the same claim.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import time
import weakref
from collections.abc import Iterable
from typing import Any, NamedTuple

if sys.platform != "win32":
    import fcntl

__all__ = ["Locks", "OsLock", "Owner"]

_MOST = 64
"""Locks that a process holds at once; each is an open file, and `ulimit -n` may be 256."""
_ABANDONED = 86400.0
_log = logging.getLogger("Lutil.checkpoints")
_held: weakref.WeakSet[OsLock] = weakref.WeakSet()


class Owner(NamedTuple):
    """Who holds a claim, by its own account."""

    pid: int
    host: str
    since: float
    waits: tuple[str, ...]

    @property
    def is_ancestor(self) -> bool:
        """Whether the owner is one of the processes that started this one, and so may be waiting for it."""
        return self.host == _host() and self.pid in _ancestors()


class OsLock:
    """The lock of one key, held by at most one process of this machine."""

    def __init__(self, path: str) -> None:
        from filelock import FileLock  # noqa: PLC0415  # 110 ms, and only a miss needs it

        self.path = path
        self._since = 0.0
        self._waits: list[str] = []
        self._lock: Any = FileLock(f"{path}.lock", timeout=0, thread_local=False)

    def try_acquire(self) -> bool:
        """Take the lock if it is free; return whether it is ours now.

        Raises:
            OSError: there are no locks here.
            NotImplementedError: the same.
        """
        from filelock import Timeout  # noqa: PLC0415  # the same

        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        if not self._has_name():
            self._lock.release(force=True)
            return False
        _held.add(self)
        self._since = time.time()
        self._write_note()
        return True

    def waits_for(self, keys: Iterable[str]) -> None:
        """Let others know what the holder of this lock waits for."""
        self._waits = list(keys)
        self._write_note()

    def release(self) -> None:
        """Let the next one in."""
        if self not in _held:
            return
        _held.discard(self)
        # Windows does not remove open files, and somebody may have removed the whole folder.
        for suffix in (".who", ".lock"):
            with contextlib.suppress(OSError):
                os.unlink(f"{self.path}{suffix}")  # noqa: PTH108  # paths are strings in this room, for speed
        with contextlib.suppress(OSError):
            self._lock.release(force=True)

    def _has_name(self) -> bool:
        descriptor = getattr(getattr(self._lock, "_context", None), "lock_file_fd", None)
        if descriptor is None or sys.platform == "win32":
            return True
        try:
            named = os.stat(f"{self.path}.lock")  # noqa: PTH116  # the same
        except OSError:
            return False
        held = os.fstat(descriptor)
        return (held.st_dev, held.st_ino) == (named.st_dev, named.st_ino)

    def _write_note(self) -> None:
        text = "\n".join([str(os.getpid()), _host(), repr(self._since), *self._waits])
        # Without the note the lock still holds; only who it is cannot be said.
        with contextlib.suppress(OSError):
            descriptor = os.open(f"{self.path}.who", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
            try:
                os.write(descriptor, text.encode())
            finally:
                os.close(descriptor)


class Locks:
    """The lock files of a store. Where there are none to be had, claims hold within the process only."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._usable: bool | None = None

    def lock(self, key: str) -> OsLock | None:
        """Return the lock of a key, not yet taken; None where none can be had now."""
        if self._usable is None:
            self._usable = self._probe()
            self._sweep()
        if not self._usable or len(_held) >= _MOST:
            return None
        lock = OsLock(f"{self._folder}/{key}")
        _close_in_children()
        return lock

    def try_acquire(self, lock: OsLock) -> bool | None:
        """Take a lock if it is free; None where it turns out that there are no locks here."""
        for _ in range(3):
            try:
                return lock.try_acquire()
            except FileNotFoundError:
                # The store was removed since: `rm -r` of it is how people clean it.
                with contextlib.suppress(OSError):
                    os.makedirs(self._folder, exist_ok=True)  # noqa: PTH103  # paths are strings in this room
            except (OSError, NotImplementedError, RuntimeError) as error:
                if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
                    self._give_up(error)
                return None
        return None

    def owner(self, key: str) -> Owner | None:
        """Return who says to hold a key; None where nobody does, or the note is not to be read."""
        try:
            with open(f"{self._folder}/{key}.who", encoding="utf-8") as file:  # noqa: PTH123  # the same
                pid, host, since, *waits = file.read().split("\n")
            return Owner(int(pid), host, float(since), tuple(waits))
        except (OSError, ValueError):
            return None

    def _probe(self) -> bool:
        """Find out whether the file system knows locks, before a library answers that in its own way."""
        probe = f"{self._folder}/.probe-{os.getpid()}"
        try:
            os.makedirs(self._folder, exist_ok=True)  # noqa: PTH103  # the same
            descriptor = os.open(probe, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                if sys.platform != "win32":
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            finally:
                os.close(descriptor)
                os.unlink(probe)  # noqa: PTH108  # the same
        except FileNotFoundError:
            return True
        except OSError as error:
            self._give_up(error)
            return False
        return True

    def _give_up(self, error: BaseException) -> None:
        self._usable = False
        _log.info(
            "no claims between processes in %s: %s; what several of them want at once, each of them computes",
            self._folder,
            error,
        )

    def _sweep(self) -> None:
        """Remove the lock files that nobody holds. Each is taken first: one in use is never touched."""
        try:
            names = os.listdir(self._folder)  # noqa: PTH208  # the same
        except OSError:
            return
        for name in names:
            path = f"{self._folder}/{name}"
            with contextlib.suppress(OSError):
                if abs(time.time() - os.stat(path).st_mtime) < _ABANDONED:  # noqa: PTH116  # the same
                    continue
                if name.endswith(".lock") and self._usable:
                    lock = OsLock(path.removesuffix(".lock"))
                    if self.try_acquire(lock):
                        lock.release()
                elif name.startswith(".probe-"):
                    os.unlink(path)  # noqa: PTH108  # the same


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _ancestors() -> set[int]:
    """Return the processes that this one descends from; only the nearest where the system does not say more."""
    found: set[int] = set()
    pid = os.getppid()
    while pid > 1 and pid not in found:
        found.add(pid)
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  # paths are strings in this room
                # The program's name stands in brackets and may hold anything, also brackets.
                pid = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            break
    return found


_registered: list[bool] = []


def _close_in_children() -> None:
    """From here on, a forked child closes the locks that it inherits: or they would outlive their owner."""
    if not _registered and hasattr(os, "register_at_fork"):
        _registered.append(True)
        # After filelock's own, which newer releases have: what they closed is closed.
        os.register_at_fork(after_in_child=_close_inherited)


def _close_inherited() -> None:
    for lock in list(_held):
        context = getattr(lock._lock, "_context", None)  # noqa: SLF001  # our own class
        descriptor = getattr(context, "lock_file_fd", None)
        if descriptor is not None and context is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)
            context.lock_file_fd = None
    _held.clear()
