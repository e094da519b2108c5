"""The files of the ledger: one for each process, which it alone appends to.

    <tree>/_ledger/<host>-<process>-<random>.jsonl

Advisory: a lost line is a lost line of statistics. No two writers share a file, so nothing is torn, also on network
file systems; readers may put old ones together. A file that was deleted is begun anew. A descriptor that the program
has closed, and perhaps given to a file of its own, is never written to.
"""

from __future__ import annotations

import contextlib
import os
import re
import weakref
from collections.abc import Callable, Collection, Iterator

from .entries._disk import Disk, read_small, set_mode
from .entries._tree import Tree

__all__ = ["LedgerFiles"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_OURS = re.compile(r"[\w.-]*-\d+-[0-9a-f]{8}\.jsonl")


class LedgerFiles:
    """The ledger of one tree: this process's own file to write, all of them to read."""

    def __init__(self, tree: Tree, disk: Disk, *, read_only: bool = False) -> None:
        self._tree = tree
        self._disk = disk
        self._read_only = read_only
        self._open: tuple[int, int, tuple[int, int]] | None = None
        self._close: weakref.finalize[..., LedgerFiles]

    def write(self, lines: bytes, head: Callable[[], bytes]) -> None:
        """Append lines to the file of this process. Never raises OSError.

        Args:
            lines: to be written.
            head: returns what stands at the top of a file, where one is begun.
        """
        if not self._read_only:
            with contextlib.suppress(OSError):
                os.write(self._descriptor(head), lines)

    def read(self, *, newest: bool = False, only: Collection[str] | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield the files, oldest first or newest first: name and content; all of them, or those that are named."""
        folder, names = self._place(), [name for name in self.names() if only is None or name in only]
        for name in reversed(names) if newest else names:
            data = read_small(self._tree, f"{folder}/{name}")
            if data is not None:
                yield name, data

    def replace(self, names: Collection[str], data: bytes) -> None:
        """Put one file in the place of several; raises OSError where it cannot be written, and nothing is lost."""
        place = self._place()
        self._disk.write(f"{place}/{_own_name()}", [data], len(data))
        with self._tree.folder(place) as folder:
            for name in names:
                with contextlib.suppress(OSError):  # another reader has put it away already
                    if folder.owns(folder.look(name)):
                        folder.remove(name)

    def age(self, name: str) -> float:
        """Return when a file was last written, seconds since the epoch; 0 where it is gone."""
        try:
            return os.stat(f"{self._place()}/{name}", follow_symlinks=False).st_mtime  # noqa: PTH116  # strings, for speed
        except OSError:
            return 0.0

    def names(self) -> list[str]:
        """Return the names of the files, the one that was written last at the end."""
        try:
            names = os.listdir(self._place())  # noqa: PTH208  # strings, for speed
        except OSError:
            return []
        return sorted((name for name in names if _OURS.fullmatch(name)), key=self.age)

    def _place(self) -> str:
        return f"{self._tree.home}/_ledger"

    def _descriptor(self, head: Callable[[], bytes]) -> int:
        """Return the descriptor of this process's file, which is begun where there is none."""
        if self._open is not None:
            process, descriptor, mark = self._open
            found = _same(descriptor, mark)
            if found is not None and process == os.getpid() and found.st_nlink:
                return descriptor
            self._close()
        with self._tree.folder(self._place(), make=True) as folder:
            descriptor = folder.open(_own_name(), _NEW)
            set_mode(descriptor, folder)
        found = os.fstat(descriptor)
        self._open = os.getpid(), descriptor, (found.st_dev, found.st_ino)
        self._close = weakref.finalize(self, _close, descriptor, self._open[2])
        self._close.atexit = False
        os.write(descriptor, head())
        return descriptor


def _same(descriptor: int, mark: tuple[int, int]) -> os.stat_result | None:
    """Return what the system says of a descriptor that is still of this file; else None."""
    with contextlib.suppress(OSError):
        found = os.fstat(descriptor)
        if (found.st_dev, found.st_ino) == mark:
            return found
    return None


def _close(descriptor: int, mark: tuple[int, int]) -> None:
    """Close a descriptor; one that is not of this file any more is left alone: who knows whose it is."""
    if _same(descriptor, mark) is not None:
        os.close(descriptor)


def _own_name() -> str:
    node = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    host = re.sub(r"[^\w.-]", "_", node)[:64]
    return f"{host}-{os.getpid()}-{os.urandom(4).hex()}.jsonl"
