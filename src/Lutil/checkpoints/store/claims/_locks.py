"""Claims between processes: a locked file per key. The lock dies with its owner.

The file says who holds it, since when, and what that one waits for. That is for people, for finding circles of
waiting, and for looking at what the holder does; whether a claim is held, the lock alone says.

The file becomes the entry: who has computed fills it and renames it to where the entry belongs, so that a run
makes one file, and the claim is free in the moment in which its result is there. A run that keeps nothing
removes it. Either way, whoever was about to lock that file notices that it no longer has its name, and starts
over: so no two ever hold the same claim.

Files of the dead are swept by the first claim of a process, those of a process that ends in order when it ends.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import re
import sys
import threading
import time
import weakref
from collections.abc import Iterable

from ...model._trust import RefusedError
from ...model.process._log import log
from ...model.process._records import NamedTuple
from ..entries._disk import Draft, try_lock
from ..entries._folders import Folder, OpenFolder, as_it_is
from ._processes import ancestors, host, place

__all__ = ["Locks", "OsLock", "Owner"]

_MOST = 64
"""Locks that a process holds at once; each is an open file, and `ulimit -n` may be 256."""
_YOUNG = 60.0
"""Seconds for which the file of a claim is left alone, whoever may have left it."""
_ABANDONED = 86400.0
"""The same where there are no locks to tell whether somebody has it."""
_LONGEST_NOTE = 1 << 16
_OPEN = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_KEY = r"[0-9a-f]{32}"
"""The names of our own claims: nothing else is swept."""
_held: weakref.WeakSet[OsLock] = weakref.WeakSet()


class Owner(NamedTuple):
    """Who holds a claim, by its own account.

    Attributes:
        pid: its process.
        host: the name of its machine.
        place: where its numbers of processes hold: a machine since it started, or a container there.
        thread: by which it computes, as the system numbers it; 0 for a task of an event loop.
        since: when it began, seconds since the epoch.
        waits: the claims that it waits for itself.
    """

    pid: int
    host: str
    place: str
    thread: int
    since: float
    waits: tuple[str, ...]

    @property
    def is_here(self) -> bool:
        """Whether it is a process of this machine, under a number that means the same here."""
        return self.place == place()

    @property
    def is_ancestor(self) -> bool:
        """Whether the owner is one of the processes that started this one, and so may be waiting for it."""
        return self.is_here and self.pid in ancestors()


class OsLock:
    """The lock of one key, held by at most one process of this machine."""

    __slots__ = ("__weakref__", "_about", "_draft", "_given", "_open", "path")

    def __init__(self, path: str, open_folder: OpenFolder = as_it_is) -> None:
        self.path = path
        self._open = open_folder
        self._about = ""
        self._draft: Draft | None = None
        self._given = False

    def try_acquire(self, *, by_task: bool = False) -> bool:
        """Take the lock if it is free; return whether it is ours now.

        Args:
            by_task: whether a task of an event loop computes, and not a thread.

        Raises:
            RefusedError: what lies in its place is not ours.
            OSError: there are no locks here.
        """
        place, _, name = self.path.rpartition("/")
        with self._open(place) as folder:
            draft = Draft(self.path, folder.open(name, _OPEN), open_folder=self._open)
            ours = False
            try:
                ours_alone = folder.owns_alone(os.fstat(draft.descriptor))
                if not ours_alone and _named(draft, folder, name):
                    # What somebody put there would be overwritten, and would become the entry.
                    raise RefusedError(errno.EACCES, f"{self.path}: it is no claim of ours: remove it")
                if _lock(draft) and (found := _named(draft, folder, name)):
                    # A dead owner may have left something in it.
                    self._draft = draft = Draft(self.path, draft.descriptor, found.st_size, open_folder=self._open)
                    ours = True
                    self._begin(by_task=by_task)
            finally:
                if not ours:
                    draft.close()
        return ours

    def _begin(self, *, by_task: bool) -> None:
        """Say who has the lock, and since when."""
        thread = 0 if by_task else threading.get_native_id()
        self._about = f"{os.getpid()}\n{host()}\n{place()}\n{thread}\n{time.time()!r}"
        _held.add(self)
        self.waits_for(())

    def waits_for(self, keys: Iterable[str]) -> None:
        """Let others know what the holder of this lock waits for."""
        if self._draft is None or self._given:
            return
        note = "\n".join((self._about, *keys)).encode()
        # Without the note the lock still holds; only who it is cannot be said.
        with contextlib.suppress(OSError):
            self._draft.write([note], len(note))

    def give(self) -> Draft | None:
        """Hand over the file, once: who gets it gives it its final name, or leaves it to `release`."""
        given, self._given = self._given, True
        return None if given else self._draft

    def release(self) -> None:
        """Let the next one in. Harmless when called twice."""
        draft = self._draft
        if draft is None:
            return
        _held.discard(self)
        if sys.platform == "win32":
            # An open file cannot be removed there, nor one that somebody else has opened since.
            draft.close()
        draft.remove()
        draft.close()
        self._draft = None

    def leave(self) -> None:
        """Remove the file as the process ends. Its lock goes with the process: a thread may still be writing to it."""
        draft = self._draft
        if draft is not None and not self._given:
            draft.remove()

    def forget(self) -> None:
        """Close a lock that a forked child inherited; its parent has it still."""
        draft, self._draft = self._draft, None
        if draft is not None:
            with contextlib.suppress(OSError):
                draft.close()


def _lock(draft: Draft) -> bool:
    """Lock a file; where there are no locks, remove it, unless it was left by somebody who had one.

    Raises:
        OSError: there are no locks here.
    """
    try:
        return try_lock(draft.descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            if not os.fstat(draft.descriptor).st_size:
                draft.remove()
        raise


def _named(draft: Draft, folder: Folder, name: str) -> os.stat_result | None:
    """Return what a file is like, or None if its owner has renamed or removed it since it was opened."""
    try:
        named = folder.look(name)
    except OSError:
        return None
    return named if os.path.samestat(os.fstat(draft.descriptor), named) else None


class Locks:
    """The locks of one store.

    Where the file system has none, every claim is ours at once: what several processes want then, each computes.
    """

    def __init__(self, folder: str, open_folder: OpenFolder = as_it_is) -> None:
        self.folder = folder
        self._open = open_folder
        self._usable = True
        self._swept = False

    def lock(self, key: str) -> OsLock | None:
        """Return the lock of a key, not yet taken; None where none can be had now."""
        if not self._swept:
            self._swept = True
            self.sweep()
        if not self._usable or len(_held) >= _MOST:
            return None
        _look_after_locks()
        return OsLock(f"{self.folder}/{key}", self._open)

    def try_acquire(self, lock: OsLock, *, by_task: bool = False) -> bool | None:
        """Take a lock if it is free; None where it turns out that there are no locks here."""
        for _ in range(3):
            try:
                return lock.try_acquire(by_task=by_task)
            except FileNotFoundError:
                # The store was removed since: `rm -r` of it is how people clean it.
                with contextlib.suppress(OSError):
                    self._open(self.folder, make=True).close()
            except RefusedError as error:
                log.info("no claim between processes: %s", error.why)
                return None
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE):
                    self._give_up(error)
                return None
        return None

    def keys(self) -> set[str]:
        """Return the keys that somebody computes now, or did when it was killed."""
        try:
            return {name for name in os.listdir(self.folder) if re.fullmatch(_KEY, name)}  # noqa: PTH208  # strings, for speed
        except OSError:
            return set()

    def owner(self, key: str) -> Owner | None:
        """Return who says to hold a key; None where nobody does, or the note is not to be read."""
        try:
            with self._open(self.folder) as folder, open(folder.open(key, _READ), "rb") as file:  # noqa: PTH123  # strings, for speed
                if not folder.owns(os.fstat(file.fileno())):
                    return None
                pid, machine, place, thread, since, *waits = file.read(_LONGEST_NOTE).decode().split("\n")
            return Owner(int(pid), machine, place, int(thread), float(since), tuple(waits))
        except (OSError, ValueError):
            return None

    def _give_up(self, error: OSError) -> None:
        self._usable = False
        log.info(
            "no claims between processes in %s: %s; what several of them want at once, each of them computes",
            self.folder,
            error,
        )

    def sweep(self) -> int:
        """Remove the claims of the dead; return how many. Each is taken first: one in use is never touched."""
        try:
            with self._open(self.folder) as folder:
                names = [name for name in folder.names() if re.fullmatch(_KEY, name)]
                found = [(name, folder.look(name)) for name in names]
                ages = {name: abs(time.time() - stat.st_mtime) for name, stat in found if folder.owns(stat)}
        except OSError:
            return 0
        return sum(self._sweep(name, age) for name, age in ages.items() if age >= _YOUNG)

    def _sweep(self, name: str, age: float) -> bool:
        lock = OsLock(f"{self.folder}/{name}", self._open)
        # Gone since, or not ours to open: no failure of ours.
        with contextlib.suppress(OSError):
            try:
                if lock.try_acquire():
                    lock.release()
                    return True
            except RefusedError:
                return False
            except OSError:
                if age > _ABANDONED:
                    with self._open(self.folder) as folder:
                        folder.remove(name)
                    return True
        return False


_registered: list[bool] = []


def _look_after_locks() -> None:
    """From here on, a forked child closes the locks that it inherits, and a process that ends leaves no file."""
    if _registered:
        return
    _registered.append(True)
    atexit.register(_leave_all)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_close_inherited)


def _leave_all() -> None:
    for lock in list(_held):
        lock.leave()


def _close_inherited() -> None:
    for lock in list(_held):
        lock.forget()
    _held.clear()
