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
from typing import TYPE_CHECKING, TypeVar

from xxhash import xxh3_64_hexdigest

from ..model._entry import Buffer, Claim, EntryInfo, Header, Stored
from ..model._outcome import Miss
from ..model._urls import local_folder
from ..model.process._late import loading, made_once
from ._ledger_files import LedgerFiles
from .entries._disk import Disk, read_small
from .entries._file_names import FULL_NAME, folder_of
from .entries._format import label_of, pack, sealed, unsealed
from .entries._glance import Glance
from .entries._reader import ABSENT, TreeReader
from .entries._tree import Tree

if TYPE_CHECKING:
    from types import ModuleType

    from ._budget import Budget
    from .claims._claims import Claims
    from .claims._locks import Locks

__all__ = ["EntryFiles"]

T = TypeVar("T")

_SYNC_FROM = 1.0
"""Seconds of computing from which it is worth waiting for the disk."""


class EntryFiles(TreeReader):
    """What a computation needs of the store: reading and writing entries, traces, claims and notes.

    The arguments are those of `FileStore`.
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
        self._max_size = max_size
        self.grown = 0
        self.ledger = LedgerFiles(self._tree, self._disk, read_only=read_only)
        self._wait = wait
        self._alone_here = _tree is not None
        self._friends: dict[int, TreeReader] | None = None

    # What only a run and a person need is loaded when one does.

    @made_once
    def _budget(self) -> Budget:
        with loading:
            from ._budget import Budget  # noqa: PLC0415

        return Budget(self._tree, self._max_size)

    @made_once
    def _locks(self) -> Locks | None:
        with loading:
            from .claims._locks import Locks  # noqa: PLC0415

        return None if self.read_only else Locks(f"{self._home}/_claims", self._tree.folder)

    @made_once
    def _claims(self) -> Claims:
        with loading:
            from .claims._claims import Claims  # noqa: PLC0415

        return Claims(self._locks, self._wait)

    @property
    def _upkeep(self) -> ModuleType:
        with loading:
            from . import _upkeep  # noqa: PLC0415

        return _upkeep

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.folder)!r})"

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
        if self._max_size is not None:
            self._keep_to_the_budget(size)
        else:
            self.grown = self._budget.grown(size, lambda: self._upkeep.entries(self._tree, None)) or self.grown

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
        if self._max_size is not None:
            self._keep_to_the_budget(size)

    def delete(self, name: str | None = None, key: str | None = None) -> int:
        """Delete one entry of ours, all of a name, or all; return how many."""
        self._prepare_to_write()
        folder = None if name is None else self._folder(name)
        self._folders.clear()
        count: int = self._upkeep.forget(self._tree, folder, key)
        return count

    def list(self, name: str | None = None) -> Iterator[EntryInfo]:
        """Yield what is there, newest first within a name."""
        self._renew()
        trees = [self, *self._others()]
        found = (self._upkeep.entries(store._tree, None if name is None else store._folder(name)) for store in trees)  # noqa: SLF001  # one of our own kind
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
        locks: Locks | None = self.__dict__.get("_locks")
        if locks is not None:
            locks.folder = f"{self._home}/_claims"
        if self._friends is not None and not self._alone_here:
            friends = self._tree.others()
            if friends != tuple(self._friends):
                root = self._tree.root
                self._friends = {uid: TreeReader(Tree(root, self._trust, uid, probe=False)) for uid in friends}

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
