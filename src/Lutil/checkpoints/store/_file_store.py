"""The store that is a folder of files.

    .Lutil-checkpoint/
      .gitignore  CACHEDIR.TAG                    written once; in v1/ where not all is ours
      v1/<name>/<k2>/<key>.entry                  k2 = the first two digits of the key
      v1/<name>/<k2>/<key>.trace                  the sets of observed names, at most 16
      v1/<name>/<k2>/<key>.<moment>.corrupt       what failed its digests, set aside
      v1/_notes/                                  advisory
      v1/_claims/<key>                            locked by who computes it, and becomes the entry
      v1/_partial/                                swept when their owner is gone
      v1@<uid>/                                   the same of another user than the owner of the folder

No file but the entry is ever the truth; all else may be lost at any time. What is damaged, foreign or not to be
trusted (`_tree`) is a miss, and no byte of it gets to a caller.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

from xxhash import xxh3_64_hexdigest

from ..model._entry import Buffer, Claim, EntryInfo, Header, Stored
from ..model._outcome import Miss
from ..model._urls import local_folder
from ._budget import Budget
from ._ledger_files import LedgerFiles
from ._upkeep import CheckReport, PruneReport, StoreStats, check, entries, forget, prune, survey
from .claims._claims import Claims
from .claims._locks import Locks
from .entries._disk import Disk, read_small
from .entries._file_names import FULL_NAME, folder_of
from .entries._format import label_of, pack, sealed, unsealed
from .entries._glance import Glance
from .entries._reader import ABSENT, TreeReader, unreadable
from .entries._tree import Tree, Trusted
from .entries._unusable import why_unusable

__all__ = ["FileStore"]

T = TypeVar("T")

_SYNC_FROM = 1.0
"""Seconds of computing from which it is worth waiting for the disk."""


class FileStore(TreeReader):
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

    def __init__(  # noqa: PLR0913  # the options of a store
        self,
        folder: str | Path,
        *,
        min_free: int = 100_000_000,
        max_size: int | None = None,
        trust: Collection[str | int] = (),
        wait: float | None = 300.0,
        read_only: bool = False,
        _tree: Tree | None = None,
    ) -> None:
        root = os.path.abspath(local_folder(folder))  # noqa: PTH100  # a string, for speed
        self.folder = Path(root)
        self._trust = tuple(trust)
        tree = _tree or Tree(root, self._trust, of_owner=read_only, probe=not read_only)
        super().__init__(tree, read_only=read_only)
        self._disk = Disk(self._tree, min_free)
        self._budget = Budget(self._tree, max_size)
        self.grown = 0
        self.ledger = LedgerFiles(self._tree, self._disk, read_only=read_only)
        self._wait = wait
        self._locks = None if read_only else Locks(f"{self._home}/_claims", self._tree.folder)
        self._claims = Claims(self._locks, wait)
        self._alone_here = _tree is not None
        self._friends: dict[int, TreeReader] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.folder)!r})"

    def __reduce__(self) -> tuple[Callable[..., FileStore], tuple[object, ...]]:
        most, kind = self._budget.limit, type(self)
        return _reopened, (str(self.folder), self._disk.min_free, most, self._trust, self._wait, self.read_only, kind)

    def contents(self, name: str, key: str) -> builtins.list[Buffer] | None:
        """Return the contents of the files that a run wrote, or None where the entry cannot be read."""
        return self.glanced(name, key, Glance.contents)

    def provenance(self, name: str, key: str) -> bytes | None:
        """Return the readable segment of an entry, or None where it cannot be read."""
        return self.glanced(name, key, Glance.provenance)

    def header(self, name: str, key: str) -> Header | None:
        """Return the fixed facts of an entry, or None where it cannot be read."""
        return self.glanced(name, key, lambda found: found.layout.header)

    def glanced(self, name: str, key: str, look: Callable[[Glance], T | None]) -> T | None:
        """Return what a look at an entry tells, in the first tree that has it."""
        for store in (self, *self._others()):
            if found := store.glance(name, key):
                with found:
                    return look(found)
        return None

    def fault(self, name: str, key: str) -> str:
        """Return what is wrong with the bytes of an entry that no hit reads; an empty text where nothing is."""
        label = label_of(name, key)
        if found := self.glance(name, key):
            with found:
                return found.fault(label)
        return ""

    def put(  # noqa: PLR0913, PLR0917  # the fields of an entry
        self, name: str, key: str, header: Header, stream: Buffer, buffers: Sequence[Buffer], provenance: bytes
    ) -> None:
        """Write an entry, whole or not at all.

        Raises:
            OSError: it could not be written: disk full, read-only folder, not enough space left, or a folder on the
                way that is a link or belongs to somebody else.
        """
        self._prepare_to_write()
        flat = [memoryview(buffer).cast("B") if len(buffer) else b"" for buffer in buffers]
        folder = self._folder(name)
        pieces = list(pack(label_of(name, key), header, stream, flat, provenance))
        path, size = f"{folder}/{key[:2]}/{key}.entry", sum(map(len, pieces))
        self._budget.refuse_what_never_fits(size)
        self._disk.write(path, pieces, size, sync=header.cost > _SYNC_FROM, draft=self._claims.draft(key))
        if name in self._shortened:
            self._write_full_name(name)
        self._claims.done(key)
        if self._budget.limit is not None:
            self._keep_to_the_budget(size)
        else:
            self.grown = self._budget.grown(size, lambda: entries(self._tree, None)) or self.grown

    def receive(self, name: str, key: str, pieces: Iterable[Buffer], size: int) -> None:
        """Write an entry whose bytes come from elsewhere, whole or not at all.

        Args:
            name: of the computation.
            key: the final key.
            pieces: its bytes, made as they are written; whoever makes them raises if they are not to be kept.
            size: how many there are.

        Raises:
            OSError: it could not be written; nothing is left behind.
        """
        self._prepare_to_write()
        folder = self._folder(name)
        self._budget.refuse_what_never_fits(size)
        self._disk.receive(f"{folder}/{key[:2]}/{key}.entry", pieces, size)
        if name in self._shortened:
            self._write_full_name(name)
        if self._budget.limit is not None:
            self._keep_to_the_budget(size)

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

    def delete(self, name: str | None = None, key: str | None = None) -> int:
        """Delete one entry of ours, all of a name, or all; return how many."""
        self._prepare_to_write()
        folder = None if name is None else self._folder(name)
        self._folders.clear()
        return forget(self._tree, folder, key)

    def remove(self, name: str, key: str) -> str:
        """Delete one entry of ours; return why it is there still, empty where it is not."""
        self._prepare_to_write()
        failed: builtins.list[OSError] = []
        if forget(self._tree, self._folder(name), key, failed):
            return ""
        said = next((str(error.strerror) for error in failed if not isinstance(error, FileNotFoundError)), "")
        return said or ("it is in the tree of another user" if self.header(name, key) else "")

    def list(self, name: str | None = None) -> Iterator[EntryInfo]:
        """Yield what is there, newest first within a name."""
        self._renew()
        trees = [self, *self._others()]
        found = (entries(store._tree, None if name is None else store._folder(name)) for store in trees)  # noqa: SLF001  # one of our own kind
        if len(trees) == 1:
            return next(found)
        return iter(sorted(chain.from_iterable(found), key=lambda entry: (entry.name, -entry.created)))

    def traces(self, name: str, key: str) -> builtins.list[bytes]:
        """Return the traces known under a key, newest first, at most 16."""
        found = super().traces(name, key)
        known = [trace for store in self._others() for trace in store.traces(name, key)]
        return builtins.list(dict.fromkeys([*found, *known])) if known else found

    def put_trace(self, name: str, key: str, trace: bytes) -> None:
        """Add a trace under a key, whole or not at all; raises OSError like `put`."""
        self._prepare_to_write()
        self._traces.put(self._disk, f"{self._folder(name)}/{key[:2]}", name, key, trace)

    def claim(self, key: str, name: str = "", usual: Callable[[], float] | None = None) -> Claim:
        """Return the claim on a final key, not yet acquired; see `Store.claim`."""
        self._renew()
        return self._claims.claim(key, name, usual)

    def get_note(self, kind: str, key: str) -> bytes | None:
        """Return an advisory note, or None: it was never taken, got lost, or is not what was written."""
        data = read_small(self._tree, self._note(kind, key))
        return None if data is None else unsealed(data, label_of(kind, key))

    def put_note(self, kind: str, key: str, note: bytes) -> None:
        """Take an advisory note. Never raises OSError: a note that is lost costs some time, later."""
        if not self.read_only:
            with contextlib.suppress(OSError):
                self._disk.write(self._note(kind, key), [sealed(note, label_of(kind, key))], len(note) + 16)

    def drop_note(self, kind: str, key: str) -> None:
        """Remove an advisory note. Harmless where there is none, or where it cannot be removed."""
        place, _, name = self._note(kind, key).rpartition("/")
        with contextlib.suppress(OSError), self._tree.folder(place) as folder:
            folder.remove(name)

    def check(self, *, repair: bool = False) -> CheckReport:
        """Read every entry of ours and compare it with its digests.

        Args:
            repair: whether to set damaged entries aside and to remove what dead processes left behind.
                Files that are not ours are reported and never touched.
        """
        repair = repair and not self.read_only
        return check(self._alone(read_only=not repair), self._tree, self._disk.sweep if repair else lambda: 0)

    def stats(self) -> StoreStats:
        """Return what there is of ours, per name: how many entries, how many bytes, since when, last used when."""
        self._renew()
        return survey(self._tree)

    def why_unusable(self) -> str:
        """Return why nothing here can be read, with the way out; empty where something can, or nothing is there."""
        self._renew()
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
        return prune(
            self._alone(read_only=self.read_only),
            max_size=max_size,
            older_than=older_than,
            which=which,
            outdated=outdated,
            dry_run=dry_run or self.read_only,
        )

    def _keep_to_the_budget(self, size: int) -> None:
        self._budget.saved(size)
        if self._budget.exceeded:
            self._budget.make_room(self, self._claimed, self.recent())

    def _claimed(self) -> Collection[str]:
        return () if self._locks is None else self._locks.keys()

    def _note(self, kind: str, key: str) -> str:
        encoded = folder_of(key)
        return f"{self._home}/_notes/{folder_of(kind)}/{xxh3_64_hexdigest(encoded.encode())[:2]}/{encoded}"

    def _renew(self) -> None:
        super()._renew()
        if self._locks is not None:
            self._locks.folder = f"{self._home}/_claims"
        if self._friends is not None and not self._alone_here:
            friends = self._tree.others()
            if friends != tuple(self._friends):
                root = self._tree.root
                self._friends = {uid: TreeReader(Tree(root, self._trust, uid, probe=False)) for uid in friends}

    def _alone(self, *, read_only: bool) -> FileStore:
        """Return a store that has our tree only."""
        self._renew()
        return FileStore(self.folder, min_free=0, trust=self._trust, read_only=read_only, _tree=self._tree)

    def _others(self) -> Collection[TreeReader]:
        """Return the trees of the users whom this one trusts."""
        if self._friends is None:
            self._friends = {}
            self._renew()
        return self._friends.values()

    def _elsewhere(self, name: str, key: str, miss: Miss) -> Stored | Miss:
        """Look in the trees of those whom this user trusts."""
        for store in self._others():
            found = store.get(name, key)
            if type(found) is not Miss:
                return found
            miss = found if miss is ABSENT else miss
        return miss

    def _write_full_name(self, name: str) -> None:
        # `list` can do with the shortened name, should this fail.
        with contextlib.suppress(OSError):
            data = name.encode("utf-8", "surrogatepass")
            self._disk.write(f"{self._folder(name)}/{FULL_NAME}", [data], len(data))
            self._shortened.discard(name)

    def _prepare_to_write(self) -> None:
        if self.read_only:
            raise OSError(errno.EROFS, "this store is only read from", str(self.folder))
        self._renew()


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
