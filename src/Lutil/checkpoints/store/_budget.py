"""The budget of a store: what it may hold, and what goes first when a save goes beyond.

    <tree>/_budget/sizes        a line with its bytes for each save, of all processes: they add up to what there is
    <tree>/_budget/sweeper      locked by the one process that makes room
    <tree>/_budget/told         without a limit: how many bytes there were when somebody was told

The sum is advisory: a lost line, or an entry that somebody removed by hand, makes it wrong until the next sweep, which
counts what is there and sets it right. What goes first is what saves the fewest seconds for its bytes, the less so the
longer nobody has used it (GreedyDual-Size, Cao and Irani 1997). Of many entries a sample is judged: each look opens a
file. Who saves while another process sweeps goes on, until there is far too much: then it waits for that one.

Without a limit nothing is deleted, and the sum is kept more coarsely: a line for each 64 MB that a process has saved.
Where it says that there is a lot, what is there is counted once, and whoever saves is told.

Never goes: an entry whose key is claimed. What this process has just read goes last. Deleting an entry whose memory is
mapped does no harm, but on Windows, where it stays.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import time
from collections.abc import Callable, Collection, Iterator
from typing import Final, Protocol

from ..model._entry import EntryInfo, Header
from ..model.process._late import loading
from .entries._disk import read_small, total_bytes, try_lock
from .entries._folders import Folder
from .entries._segments import read_at
from .entries._tree import Tree

__all__ = ["Budget"]

_DOWN_TO: Final = 0.9
"""The share of the limit down to which is swept: room for some more saves."""
_FAR_TOO_MUCH: Final = 1.05
"""The share of the limit from which on a save waits for whoever makes room."""
_LONGEST_WAIT: Final = 5.0
_POLL: Final = 0.005
_SAMPLE: Final = 2000
"""Entries that are judged at once."""
_HALF_LIFE: Final = 7 * 86400.0
"""Seconds without a hit that make an entry worth half."""
_LONGEST: Final = 1 << 16
"""Bytes of the file of sizes, from which on it is written anew as one line."""
_STEP: Final = 64_000_000
"""Bytes that a process saves between two lines, where there is no limit."""
_A_LOT: Final = 20_000_000_000
_SHARE_OF_DISK: Final = 0.1
"""What a store may take, in bytes or of its disk, before somebody is told."""
_APPEND: Final = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_LOCK: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class _Swept(Protocol):
    def list(self, name: str | None = None) -> Iterator[EntryInfo]: ...
    def header(self, name: str, key: str) -> Header | None: ...
    def delete(self, name: str | None = None, key: str | None = None) -> int: ...


class Budget:
    """What one tree may hold.

    Args:
        tree: whose it is.
        limit: bytes; None for no limit, and then nothing is ever deleted.
    """

    def __init__(self, tree: Tree, limit: int | None) -> None:
        self._tree = tree
        self.limit = limit
        self._total = 0
        self._read_to = 0
        self._file = 0
        # Many short processes save less than a step each: where they begin to count is left to chance.
        self._unwritten = int.from_bytes(os.urandom(4), "little") % _STEP

    def refuse_what_never_fits(self, size: int) -> None:
        """Raise OSError for an entry that is larger than all that may be there."""
        if self.limit is not None and size > self.limit:
            text = f"it takes {size / 1e6:.1f} MB, and the store may hold {self.limit / 1e6:.1f} MB (max_size)"
            raise OSError(errno.EFBIG, text, self._tree.root)

    def saved(self, size: int) -> None:
        """Take note of an entry of so many bytes. Never raises OSError."""
        with contextlib.suppress(OSError):
            self._added(b"%d\n" % size)

    def grown(self, size: int, entries: Callable[[], Iterator[EntryInfo]]) -> int:
        """Take note of an entry where there is no limit; return how many bytes there are where that is a lot and news.

        Args:
            size: of the entry.
            entries: lists what is there; asked where it seems to be a lot, and where nothing is known yet.
        """
        self._unwritten += size
        if self._unwritten < _STEP:
            return 0
        step, self._unwritten = self._unwritten, 0
        with contextlib.suppress(OSError):
            known = os.path.exists(f"{self._place}/sizes")  # noqa: PTH110  # strings, for speed
            total, most = self._added(b"%d\n" % step), self._a_lot()
            if known and total < most:
                return 0
            total = sum(entry.size for entry in entries())
            self._set(total)
            if total >= most:
                with self._tree.folder(self._place, make=True) as folder:
                    self._write(folder, "told", total)
                return total
        return 0

    def _a_lot(self) -> int:
        """Return from how many bytes on somebody is to be told: twice as many as the last time, if there was one."""
        told = read_small(self._tree, f"{self._place}/told") or b""
        if told.strip().isdigit():
            return 2 * int(told)
        return min(_A_LOT, int(total_bytes(self._tree.root) * _SHARE_OF_DISK))

    @property
    def exceeded(self) -> bool:
        """Whether there is more than there may be, as far as this process knows."""
        return self.limit is not None and self._total > self.limit

    def make_room(self, store: _Swept, claimed: Callable[[], Collection[str]], recent: Collection[str]) -> None:
        """Delete what is least worth keeping until the rest is well within the limit.

        Where another process is at it, nothing is done.

        Args:
            store: the entries.
            claimed: returns the keys that somebody computes now.
            recent: the keys that this process has just read.
        """
        limit = self.limit
        if limit is None:
            return
        with contextlib.suppress(OSError), self._tree.folder(self._place, make=True) as folder:
            descriptor = folder.open("sweeper", _LOCK)
            try:
                if not self._is_sweeper(descriptor, limit) or not self.exceeded:
                    return
                before = self._total
                entries = list(store.list())
                total = sum(entry.size for entry in entries)
                total = _swept(store, entries, total, int(limit * _DOWN_TO), claimed(), recent)
                self._set(total + self._added() - before)
            finally:
                os.close(descriptor)

    def _is_sweeper(self, descriptor: int, limit: int) -> bool:
        """Take the lock of the sweeper; where somebody else has it and there is far too much, wait for a while."""
        until = time.monotonic() + _LONGEST_WAIT
        while not try_lock(descriptor):
            if self._added() <= limit * _FAR_TOO_MUCH or time.monotonic() > until:
                return False
            time.sleep(_POLL)
        self._added()
        return True

    def _added(self, line: bytes = b"") -> int:
        """Write a line, if any; return how many bytes there are by now, with what others have saved meanwhile."""
        with self._tree.folder(self._place, make=True) as folder:
            descriptor = folder.open("sizes", _APPEND)
            try:
                if line:
                    os.write(descriptor, line)
                self._read(descriptor)
            finally:
                os.close(descriptor)
        return self._total

    @property
    def _place(self) -> str:
        return f"{self._tree.home}/_budget"

    def _read(self, descriptor: int) -> None:
        """Add what others and this process have written since the last look."""
        found = os.fstat(descriptor)
        if found.st_ino != self._file or found.st_size < self._read_to:
            self._file, self._read_to, self._total = found.st_ino, 0, 0
        data = read_at(descriptor, self._read_to, found.st_size - self._read_to)
        whole = data[: data.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._total += sum(int(line) for line in whole.split() if line.isdigit())
        if self._read_to > _LONGEST:
            self._set(self._total)

    def _set(self, total: int) -> None:
        """Write the sum anew: another file takes the place of that of sizes."""
        with self._tree.folder(self._place, make=True) as folder:
            self._write(folder, "sizes", total)
        self._total, self._file, self._read_to = total, 0, 0

    @staticmethod
    def _write(folder: Folder, name: str, number: int) -> None:
        draft = f"{name}-{os.getpid()}-{os.urandom(4).hex()}"
        descriptor = folder.open(draft, _APPEND)
        try:
            os.write(descriptor, b"%d\n" % number)
        finally:
            os.close(descriptor)
        folder.rename(draft, folder, name)


def _swept(  # noqa: PLR0913, PLR0917  (what a sweep goes by)
    store: _Swept, entries: list[EntryInfo], total: int, aim: int, claimed: Collection[str], recent: Collection[str]
) -> int:
    """Delete entries until so many bytes are left at most; return what is left."""
    with loading:
        from random import Random  # noqa: PLC0415  (a program that draws nothing has no stream to be watched)

    going = [entry for entry in entries if entry.key not in claimed]
    Random().shuffle(going)  # noqa: S311  (no secret; the stream of the program is the program's)
    now = time.time()
    while total > aim and going:
        sample, going = going[:_SAMPLE], going[_SAMPLE:]
        judged = sorted(sample, key=lambda entry: (entry.key in recent, _worth(store, entry, now)))
        for entry in judged:
            if total <= aim:
                break
            if store.delete(entry.name, entry.key):
                total -= entry.size
    return total


def _worth(store: _Swept, entry: EntryInfo, now: float) -> float:
    """Return the seconds that an entry saves for each of its bytes, aged."""
    header = store.header(entry.name, entry.key)
    idle = max(now - max(entry.used, entry.created), 0.0)
    return (header.cost if header else 0.0) / max(entry.size, 1) * math.exp2(-idle / _HALF_LIFE)
