"""Claims between processes: a locked file per key. The lock dies with its owner.

The file says who holds it, since when, and what that one waits for. That is for people and for finding circles
of waiting; whether a claim is held, the lock alone says.

The file becomes the entry: who has computed fills it and renames it to where the entry belongs, so that a run
makes one file, and the claim is free in the moment in which its result is there. A run that keeps nothing
removes it. Either way, whoever was about to lock that file notices that it no longer has its name, and starts
over: so no two ever hold the same claim.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
import weakref
from collections.abc import Iterable
from typing import NamedTuple

from .._log import log
from ._disk import Draft, try_lock

__all__ = ["Locks", "OsLock", "Owner"]

_MOST = 64
"""Locks that a process holds at once; each is an open file, and `ulimit -n` may be 256."""
_ABANDONED = 86400.0
_LONGEST_NOTE = 1 << 16
_OPEN = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
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

    __slots__ = ("__weakref__", "_draft", "_named", "_since", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self._since = 0.0
        self._draft: Draft | None = None
        self._named = False

    def try_acquire(self) -> bool:
        """Take the lock if it is free; return whether it is ours now.

        Raises:
            OSError: there are no locks here.
        """
        draft = Draft(self.path, os.open(self.path, _OPEN, 0o666))
        ours = False
        try:
            if try_lock(draft.descriptor) and (found := _named(draft)):
                # A dead owner may have left something in it.
                self._draft = draft = Draft(self.path, draft.descriptor, found.st_size)
                self._named = ours = True
                self._since = time.time()
                _held.add(self)
                self.waits_for(())
        finally:
            if not ours:
                draft.close()
        return ours

    def waits_for(self, keys: Iterable[str]) -> None:
        """Let others know what the holder of this lock waits for."""
        if self._draft is None or not self._named:
            return
        note = "\n".join([str(os.getpid()), _host(), repr(self._since), *keys]).encode()
        # Without the note the lock still holds; only who it is cannot be said.
        with contextlib.suppress(OSError):
            self._draft.write([note], len(note))

    def give(self) -> Draft | None:
        """Hand over the file, once: who gets it gives it its final name, or removes it."""
        named, self._named = self._named, False
        return self._draft if named else None

    def release(self) -> None:
        """Let the next one in. Harmless when called twice."""
        draft = self._draft
        if draft is None:
            return
        _held.discard(self)
        if sys.platform == "win32":
            # An open file cannot be removed there, nor one that somebody else has opened since.
            draft.close()
        named, self._named = self._named, False
        if named:
            # Somebody may have removed the whole folder.
            with contextlib.suppress(OSError):
                os.unlink(self.path)  # noqa: PTH108  # paths are strings in this room, for speed
        draft.close()
        self._draft = None

    def forget(self) -> None:
        """Close a lock that a forked child inherited; its parent has it still."""
        draft, self._draft = self._draft, None
        if draft is not None:
            with contextlib.suppress(OSError):
                draft.close()


def _named(draft: Draft) -> os.stat_result | None:
    """Return what a file is like, or None if its owner has renamed or removed it since it was opened."""
    try:
        named = os.stat(draft.path)  # noqa: PTH116  # paths are strings in this room, for speed
    except OSError:
        return None
    return named if os.path.samestat(os.fstat(draft.descriptor), named) else None


class Locks:
    """The locks of one store.

    Where the file system has none, every claim is ours at once: what several processes want then, each computes.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._usable = True
        self._swept = False

    def lock(self, key: str) -> OsLock | None:
        """Return the lock of a key, not yet taken; None where none can be had now."""
        if not self._swept:
            self._swept = True
            self._sweep()
        if not self._usable or len(_held) >= _MOST:
            return None
        _close_in_children()
        return OsLock(f"{self._folder}/{key}")

    def try_acquire(self, lock: OsLock) -> bool | None:
        """Take a lock if it is free; None where it turns out that there are no locks here."""
        for _ in range(3):
            try:
                return lock.try_acquire()
            except FileNotFoundError:
                # The store was removed since: `rm -r` of it is how people clean it.
                with contextlib.suppress(OSError):
                    os.makedirs(self._folder, exist_ok=True)  # noqa: PTH103  # the same
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE):
                    self._give_up(error)
                return None
        return None

    def owner(self, key: str) -> Owner | None:
        """Return who says to hold a key; None where nobody does, or the note is not to be read."""
        try:
            with open(f"{self._folder}/{key}", "rb") as file:  # noqa: PTH123  # the same
                pid, host, since, *waits = file.read(_LONGEST_NOTE).decode().split("\n")
            return Owner(int(pid), host, float(since), tuple(waits))
        except (OSError, ValueError):
            return None

    def _give_up(self, error: OSError) -> None:
        self._usable = False
        log.info(
            "no claims between processes in %s: %s; what several of them want at once, each of them computes",
            self._folder,
            error,
        )

    def _sweep(self) -> None:
        """Remove the claims of the dead. Each is taken first: one in use is never touched."""
        try:
            names = os.listdir(self._folder)  # noqa: PTH208  # the same
        except OSError:
            return
        for name in names:
            lock = OsLock(f"{self._folder}/{name}")
            with contextlib.suppress(OSError):
                if abs(time.time() - os.stat(lock.path).st_mtime) > _ABANDONED and lock.try_acquire():  # noqa: PTH116  # the same
                    lock.release()


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
        os.register_at_fork(after_in_child=_close_inherited)


def _close_inherited() -> None:
    for lock in list(_held):
        lock.forget()
    _held.clear()
