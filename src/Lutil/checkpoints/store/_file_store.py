"""The store that is a folder of files: what a computation needs of it, and what people ask for."""

from __future__ import annotations

import builtins
import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..model._entry import EntryInfo
from ..model._outcome import Miss
from ..model.process._late import loading
from ._entry_files import EntryFiles
from .entries._format import label_of
from .entries._reader import unreadable
from .entries._tree import Trusted

if TYPE_CHECKING:
    from ._upkeep import CheckReport, PruneReport, StoreStats

__all__ = ["FileStore"]


class FileStore(EntryFiles):
    """Entries as files in a folder, which may be deleted at any time, also while it is used.

    Each user writes to a tree of their own in it, and reads in addition those of the users in `trust`.

    Args:
        folder: where they are; made with the first entry, for this user alone. A folder that exists keeps its mode.
        min_free: bytes that must stay free on the file system; nothing is written beyond.
        max_size: bytes that entries may take: when a save goes beyond, what is least worth keeping is deleted. Unset,
            nothing is ever deleted.
        trust: other users, by name, number or `"owner"` (of the folder), whose entries are read. A pickle can run
            code, so entries of anybody else are misses.
        wait: seconds without CPU after which somebody else's computation is not waited for; None waits for as
            long as it runs.
        read_only: whether to write, touch and claim nothing.

    Raises:
        SettingError: an empty text is no folder.

    Attributes:
        grown: bytes that there are, where that is a lot, no limit is set, and nobody was told yet; else 0.

    Example:
        >>> from Lutil.checkpoints import Store
        >>> from Lutil.checkpoints.model._entry import Header
        >>> store = Store("a-folder")
        >>> store.put("f", "0" * 32, Header(created=0.0, cost=0.1), b"stream", [], b"readable")
        >>> [info.name for info in store.list()], bytes(store.get("f", "0" * 32).stream)
        (['f'], b'stream')
    """

    def __reduce__(self) -> tuple[Callable[..., FileStore], tuple[object, ...]]:
        kind = type(self)
        return _reopened, (
            str(self.folder),
            self._disk.min_free,
            self._max_size,
            self._trust,
            self._wait,
            self.read_only,
            kind,
        )

    def fault(self, name: str, key: str) -> str:
        """Return what is wrong with the bytes of an entry that no hit reads; an empty text where nothing is."""
        label = label_of(name, key)
        if found := self.glance(name, key):
            with found:
                return found.fault(label)
        return ""

    def set_aside(self, name: str, key: str, what: str) -> Miss:
        """Move a damaged entry out of the way; return the miss that says where it is.

        Args:
            name: of the computation.
            key: the final key.
            what: what is wrong with it.
        """
        path = self._path(name, key)
        try:
            stat = os.lstat(path)
        except OSError as error:
            return unreadable(path, error)
        return self._aside(path, what, stat)

    def keep_used(self, info: EntryInfo) -> None:
        """Put back when an entry was last a hit: to check it is none."""
        path = self._path(info.name, info.key)
        with contextlib.suppress(OSError):  # recency is a convenience
            descriptor, stat = self._tree.open(path)
            place = descriptor if os.utime in os.supports_fd else path
            try:
                os.utime(place, ns=(int(info.used * 1e9), stat.st_mtime_ns))
            finally:
                os.close(descriptor)

    def remove(self, name: str, key: str) -> str:
        """Delete one entry of ours; return why it is there still, empty where it is not."""
        self._prepare_to_write()
        failed: builtins.list[OSError] = []
        if self._upkeep.forget(self._tree, self._folder(name), key, failed):
            return ""
        said = next((str(error.strerror) for error in failed if not isinstance(error, FileNotFoundError)), "")
        return said or ("it is in the tree of another user" if self.header(name, key) else "")

    def check(self, *, repair: bool = False) -> CheckReport:
        """Read every entry of ours and compare it with its digests.

        Args:
            repair: whether to set damaged entries aside and to remove what dead processes left behind.
                Files that are not ours are reported and never touched.
        """
        repair = repair and not self.read_only
        sweep = self._disk.sweep if repair else lambda: 0
        report: CheckReport = self._upkeep.check(self._alone(read_only=not repair), self._tree, sweep)
        return report

    def stats(self) -> StoreStats:
        """Return what there is of ours, per name: how many entries, how many bytes, since when, last used when."""
        self._renew()
        stats: StoreStats = self._upkeep.survey(self._tree)
        return stats

    def why_unusable(self) -> str:
        """Return why nothing here can be read, with the way out; empty where something can, or nothing is there."""
        self._renew()
        with loading:
            from .entries._unusable import why_unusable  # noqa: PLC0415

        return why_unusable(self._tree, [self._home, *(store._home for store in self._others())])  # noqa: SLF001  # the same

    def trusted(self) -> Trusted:
        """Return whose entries are read, to which folder this user writes, and what the file system keeps of that."""
        self._renew()
        return self._tree.trusted()

    def prune(
        self,
        *,
        max_size: int | None = None,
        older_than: object = None,
        which: Callable[[EntryInfo], bool] | None = None,
        outdated: bool = False,
        dry_run: bool = False,
    ) -> PruneReport:
        """Delete entries of ours by budget, on request only; say which.

        Args:
            max_size: bytes that may stay. What is cheapest to compute again for the room it takes goes first,
                among the half that was not used for longest.
            older_than: time since the last hit beyond which an entry goes: seconds, `"30d"` or a timedelta.
            which: says of an entry whether it goes.
            outdated: whether entries go that earlier versions of this package wrote and this one never finds.
            dry_run: whether only to say what would go.
        """
        report: PruneReport = self._upkeep.prune(
            self._alone(read_only=self.read_only),
            max_size=max_size,
            older_than=older_than,
            which=which,
            outdated=outdated,
            dry_run=dry_run or self.read_only,
        )
        return report

    def _alone(self, *, read_only: bool) -> FileStore:
        """Return a store that has our tree only."""
        self._renew()
        return FileStore(self.folder, min_free=0, trust=self._trust, read_only=read_only, _tree=self._tree)


def _reopened(  # noqa: PLR0913, PLR0917  # the options of a store
    folder: str,
    min_free: int,
    max_size: int | None,
    trust: tuple[str | int, ...],
    wait: float | None,
    read_only: bool,  # noqa: FBT001  # called by pickle, by position
    kind: type[FileStore] = FileStore,
) -> FileStore:
    return kind(folder, min_free=min_free, max_size=max_size, trust=trust, wait=wait, read_only=read_only)
