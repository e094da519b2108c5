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
from collections.abc import Callable, Collection, Iterator

from .entries._disk import Disk, read_small, set_mode
from .entries._tree import Tree

__all__ = ["LedgerFiles"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_OURS = r"[\w.-]*-\d+-[0-9a-f]{8}\.jsonl"


class LedgerFiles:
    """The ledger of one tree: this process's own file to write, all of them to read."""

    def __init__(self, tree: Tree, disk: Disk, *, read_only: bool = False) -> None:
        self._tree = tree
        self._disk = disk
        self._read_only = read_only
        self._open: tuple[int, _LedgerFile] | None = None

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
        return sorted((name for name in names if re.fullmatch(_OURS, name)), key=self.age)

    def _place(self) -> str:
        return f"{self._tree.home}/_ledger"

    def _descriptor(self, head: Callable[[], bytes]) -> int:
        """Return the descriptor of this process's file, which is begun where there is none."""
        if self._open is not None:
            process, kept = self._open
            if process == os.getpid() and kept.links():
                return kept.number
            self._open = None
        with self._tree.folder(self._place(), make=True) as folder:
            descriptor = folder.open(_own_name(), _NEW)
            set_mode(descriptor, folder)
        self._open = os.getpid(), _LedgerFile(descriptor)
        os.write(descriptor, head())
        return descriptor


class _LedgerFile:
    """A descriptor that is closed with its last reference, if it is still of this file: who knows else whose it is."""

    __slots__ = ("_mark", "number")

    def __init__(self, number: int) -> None:
        found = os.fstat(number)
        self.number = number
        self._mark = found.st_dev, found.st_ino

    def links(self) -> int:
        """Return how many names the file has; 0 where the descriptor is not of this file any more."""
        try:
            found = os.fstat(self.number)
        except OSError:
            return 0
        return found.st_nlink if (found.st_dev, found.st_ino) == self._mark else 0

    def __del__(
        self, stat: Callable[[int], os.stat_result] = os.fstat, close: Callable[[int], None] = os.close
    ) -> None:
        try:  # by defaults: the names of this module may be gone by now
            found = stat(self.number)
            if (found.st_dev, found.st_ino) == self._mark:
                close(self.number)
        except (OSError, AttributeError):  # closed by others; or its own making was interrupted
            return


def _own_name() -> str:
    node = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    host = re.sub(r"[^\w.-]", "_", node)[:64]
    return f"{host}-{os.getpid()}-{os.urandom(4).hex()}.jsonl"
