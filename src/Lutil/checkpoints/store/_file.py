"""The store that is a folder of files.

    .Lutil-checkpoint/
      .gitignore  CACHEDIR.TAG                    written once, so that no one has to
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
import operator
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from pathlib import Path

from xxhash import xxh3_64_hexdigest

from .._entry import Buffer, Claim, EntryInfo, Header, Stored
from .._outcome import Cause, Miss, Reason
from .._trust import RefusedError
from ._claims import Claims
from ._disk import Disk, read_small
from ._format import DamagedError, ForeignFormatError, label_of, pack, sealed, unsealed
from ._glance import Glance, glance
from ._locks import Locks
from ._names import FULL_NAME, folder_of, name_of
from ._segments import fetch, is_local, whole_layout

from ._traces import Traces
from ._tree import READ, Tree, Trusted
from ._upkeep import CheckReport, PruneReport, StoreStats, check, entries, forget, prune, survey

__all__ = ["FileStore"]

_FIRST_READ = 1 << 15
"""Bytes of the one read that has to do for small entries."""
_TOUCH_AFTER = 60.0
_SYNC_FROM = 1.0
"""Seconds of computing from which it is worth waiting for the disk."""
_SMALL = 1 << 10
_REMEMBERED = 4096
"""Entries of at most `_SMALL` bytes that are kept in memory: 4 MB in all."""
_SETTLED = 0.1
"""Seconds after which another change of a file has another time: file systems tell the time in steps."""
_ABSENT = Miss(Reason(Cause.FIRST_RUN))
_REGULAR = 0o100000
"""The mode of a file that others cannot write to, as far as it matters."""
_TOUCH_BY_DESCRIPTOR = os.utime in os.supports_fd
_open, _read, _close, _stat, _fstat, _clock = os.open, os.read, os.close, os.stat, os.fstat, time.monotonic

_Mark = tuple[int, int, int, int, int, int]
_mark: Callable[[os.stat_result], _Mark] = operator.attrgetter(
    "st_dev", "st_ino", "st_size", "st_mtime_ns", "st_uid", "st_mode"
)
"""What tells a file from another, and from itself when it was still somebody else's."""


class FileStore:
    """Entries as files in a folder, which may be deleted at any time, also while it is used.

    Each user writes to a tree of their own in it, and reads in addition those of the users in `trust`.

    Args:
        folder: where they are; made with the first entry, for this user alone. A folder that exists keeps its mode.
        min_free: bytes that must stay free on the file system; nothing is written beyond.
        trust: other users, by name, number or `"owner"` (of the folder), whose entries are read. A pickle can run
            code, so entries of anybody else are misses.
        wait: seconds that a claim waits for somebody else's computation; None waits for as long as it runs.
        read_only: whether to write, touch and claim nothing.

    Example:
        >>> from Lutil.checkpoints import Store
        >>> from Lutil.checkpoints._entry import Header
        >>> store = Store("a-folder")
        >>> store.put("f", "0" * 32, Header(created=0.0, cost=0.1), b"stream", [], b"readable")
        >>> [info.name for info in store.list()], bytes(store.get("f", "0" * 32).stream)
        (['f'], b'stream')
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        min_free: int = 100_000_000,
        trust: Collection[str | int] = (),
        wait: float | None = None,
        read_only: bool = False,
        _tree: Tree | None = None,
    ) -> None:
        root = os.path.abspath(os.path.expanduser(folder))  # noqa: PTH100, PTH111  # a string, for speed
        self.folder = Path(root)
        self.read_only = read_only
        self._trust = tuple(trust)
        self._tree = _tree or Tree(root, self._trust, of_owner=read_only, probe=not read_only)
        self._home = self._tree.home
        self._disk = Disk(self._tree, min_free)
        self._folders: dict[str, str] = {}
        self._shortened: set[str] = set()
        self._kept: dict[str, tuple[float, _Mark, Stored]] = {}
        self._local: bool | None = None
        self._wait = wait
        self._locks = None if read_only else Locks(f"{self._home}/_claims", self._tree.folder)
        self._claims = Claims(self._locks, wait)
        self._traces = Traces(self._disk)
        self._friends: dict[int, FileStore] | None = None if _tree is None else {}

    def __repr__(self) -> str:
        return f"FileStore({str(self.folder)!r})"

    def __reduce__(self) -> tuple[Callable[..., FileStore], tuple[object, ...]]:
        return _reopened, (str(self.folder), self._disk.min_free, self._trust, self._wait, self.read_only)

    def get(self, name: str, key: str) -> Stored | Miss:
        """Return the entry, every segment checked, or why there is none to use. Never raises OSError."""
        tree, now = self._tree, _clock()
        if tree.until < now:
            self._renew()
        folder = f"{self._folders.get(name) or self._folder(name)}/{key[:2]}"
        path = f"{folder}/{key}.entry"
        try:
            kept = self._kept.get(path)
            if kept is not None and kept[0] > now and _mark(_stat(path)) == kept[1]:
                return kept[2]
            if folder not in tree.checked and (what := tree.why_not(folder)):
                return self._elsewhere(name, key, Miss(Reason(Cause.UNTRUSTED, what)))
            descriptor = tree.read_at(path) if tree.exposed else _open(path, READ)
        except FileNotFoundError:
            return self._elsewhere(name, key, _ABSENT)
        except OSError as error:
            return self._elsewhere(name, key, _unreadable(path, error))
        try:
            found = self._look(descriptor, path, label_of(name, key))
        except OSError as error:
            found = _unreadable(path, error)
        finally:
            _close(descriptor)
        return self._elsewhere(name, key, found) if type(found) is Miss else found

    def provenance(self, name: str, key: str) -> bytes | None:
        """Return the readable segment of an entry, or None where it cannot be read."""
        for store in (self, *self._others()):
            if found := store._opened(name, key):  # noqa: SLF001  # one of our own kind
                with found:
                    return found.provenance()
        return None

    def header(self, name: str, key: str) -> Header | None:
        """Return the fixed facts of an entry, or None where it cannot be read."""
        for store in (self, *self._others()):
            if found := store._opened(name, key):  # noqa: SLF001  # one of our own kind
                with found:
                    return found.layout.header
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
        self._disk.write(path, pieces, size, sync=header.cost > _SYNC_FROM, draft=self._claims.draft(key))
        if name in self._shortened:
            self._write_full_name(name)
        self._claims.done(key)

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
            return _unreadable(path, error)
        return self._aside(path, what, stat)

    def delete(self, name: str | None = None, key: str | None = None) -> int:
        """Delete one entry of ours, all of a name, or all; return how many."""
        self._prepare_to_write()
        folder = None if name is None else self._folder(name)
        self._folders.clear()
        return forget(self._tree, folder, key)

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
        found = self._traces.get(f"{self._folders.get(name) or self._folder(name)}/{key[:2]}", name, key)
        if self._friends == {}:
            return found
        known = [trace for store in self._others() for trace in store.traces(name, key)]
        return builtins.list(dict.fromkeys([*found, *known])) if known else found

    def put_trace(self, name: str, key: str, trace: bytes) -> None:
        """Add a trace under a key, whole or not at all; raises OSError like `put`."""
        self._prepare_to_write()
        self._traces.put(f"{self._folder(name)}/{key[:2]}", name, key, trace)

    def claim(self, key: str) -> Claim:
        """Return the claim on a final key, not yet acquired."""
        self._renew()
        return self._claims.claim(key)

    def get_note(self, kind: str, key: str) -> bytes | None:
        """Return an advisory note, or None: it was never taken, got lost, or is not what was written."""
        data = read_small(self._tree, self._note(kind, key))
        return None if data is None else unsealed(data, label_of(kind, key))

    def put_note(self, kind: str, key: str, note: bytes) -> None:
        """Take an advisory note. Never raises OSError: a note that is lost costs some time, later."""
        if not self.read_only:
            with contextlib.suppress(OSError):
                self._disk.write(self._note(kind, key), [sealed(note, label_of(kind, key))], len(note) + 16)

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

    def trusted(self) -> Trusted:
        """Return whose entries are read, to which folder this user writes, and what the file system keeps of that."""
        self._renew()
        return self._tree.trusted()

    def prune(
        self,
        *,
        max_size: int | None = None,
        older_than: object = None,
        superseded: Callable[[EntryInfo], bool] | None = None,
        outdated: bool = False,
        dry_run: bool = False,
    ) -> PruneReport:
        """Delete entries of ours by budget, on request only; say which.

        Args:
            max_size: bytes that may stay. What is cheapest to compute again for the room it takes goes first,
                among the half that was not used for longest.
            older_than: time since the last hit beyond which an entry goes: seconds, `"30d"` or a timedelta.
            superseded: says of an entry whether a newer one has taken its place.
            outdated: whether entries go that earlier versions of this package wrote and this one never finds.
            dry_run: whether only to say what would go.
        """
        return prune(
            self._alone(read_only=self.read_only),
            max_size=max_size,
            older_than=older_than,
            superseded=superseded,
            outdated=outdated,
            dry_run=dry_run or self.read_only,
        )

    def _folder(self, name: str) -> str:
        folder = folder_of(name)
        if name_of(folder) is None:
            self._shortened.add(name)
        self._folders[name] = path = f"{self._home}/{folder}"
        return path

    def _path(self, name: str, key: str) -> str:
        return f"{self._folders.get(name) or self._folder(name)}/{key[:2]}/{key}.entry"

    def _note(self, kind: str, key: str) -> str:
        encoded = folder_of(key)
        return f"{self._home}/_notes/{folder_of(kind)}/{xxh3_64_hexdigest(encoded.encode())[:2]}/{encoded}"

    def _renew(self) -> None:
        """Look again whose the folder is: it may have been removed, and somebody else may have made it anew."""
        self._tree.settle()
        if self._tree.home != self._home:
            self._home = self._tree.home
            self._folders.clear()
            self._kept.clear()
            if self._locks is not None:
                self._locks.folder = f"{self._home}/_claims"
        if self._friends is not None:
            friends = self._tree.others()
            if friends != tuple(self._friends):
                self._friends = {uid: self._of(uid) for uid in friends}

    def _of(self, uid: int) -> FileStore:
        tree = Tree(self._tree.root, self._trust, uid, probe=False)
        return FileStore(self.folder, trust=self._trust, read_only=True, _tree=tree)

    def _alone(self, *, read_only: bool) -> FileStore:
        """Return a store that has our tree only."""
        self._renew()
        return FileStore(self.folder, min_free=0, trust=self._trust, read_only=read_only, _tree=self._tree)

    def _others(self) -> Collection[FileStore]:
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
            miss = found if miss is _ABSENT else miss
        return miss

    def _look(self, descriptor: int, path: str, label: bytes) -> Stored | Miss:
        """Return the entry in an open file, or what is wrong with it; take note of the hit."""
        stat, tree = _fstat(descriptor), self._tree
        owners = tree.owners
        usual = stat.st_mode & tree.bits == _REGULAR and (owners is None or stat.st_uid in owners)
        if not usual and (what := tree.why_no_file(path, stat)):
            return Miss(Reason(Cause.UNTRUSTED, what))
        try:
            layout, head = whole_layout(descriptor, _read(descriptor, _FIRST_READ), stat.st_size)
            if layout.label != label:
                raise DamagedError("it is the entry of another name or key")
            if self._local is None:
                self._local = is_local(self._home)
            stream, buffers = fetch(descriptor, layout, head, stat, local=self._local)
        except DamagedError as error:
            return self._aside(path, str(error), stat)
        except ForeignFormatError as error:
            return Miss(Reason(Cause.FORMAT, f"{path}: {error}"))
        if abs(time.time() - stat.st_atime) > _TOUCH_AFTER:
            self._touch(descriptor, path, stat)
        stored = Stored(layout.header, stream, buffers)
        if not buffers and len(stream) <= _SMALL and abs(time.time() - stat.st_mtime) > _SETTLED:
            self._keep(path, _mark(stat), stored)
        return stored

    def _keep(self, path: str, mark: _Mark, stored: Stored) -> None:
        """Keep a small entry that was checked: for a minute, hits ask only whether its file is still the same.

        Whoever replaces an entry makes another file. Bytes that rot in place meanwhile do no harm: they are not read.
        """
        if len(self._kept) >= _REMEMBERED:
            self._kept.clear()
        self._kept[path] = _clock() + _TOUCH_AFTER, mark, stored

    def _opened(self, name: str, key: str) -> Glance | None:
        return glance(self._tree, self._path(name, key), label_of(name, key))

    def _touch(self, descriptor: int, path: str, stat: os.stat_result) -> None:
        """Note the hit in the time of access alone: a new time of change would void the verification."""
        if not self.read_only:
            # A read-only file system: recency is a convenience.
            with contextlib.suppress(OSError):
                os.utime(descriptor if _TOUCH_BY_DESCRIPTOR else path, ns=(time.time_ns(), stat.st_mtime_ns))

    def _aside(self, path: str, what: str, stat: os.stat_result) -> Miss:
        said = f"{path}: {what}"
        if self.read_only:
            return Miss(Reason(Cause.CORRUPT, said))
        where, _, name = path.rpartition("/")
        new = f"{name.removesuffix('.entry')}.{time.time_ns():x}.corrupt"
        try:
            with self._tree.folder(where) as folder:
                now = folder.look(name)
                if (now.st_ino, now.st_mtime_ns) != (stat.st_ino, stat.st_mtime_ns):
                    # Somebody has put a good one there since: the next look finds it.
                    return Miss(Reason(Cause.CORRUPT, f"{said}; it has been replaced since"))
                folder.rename(name, folder, new)
        except OSError as error:
            return Miss(Reason(Cause.CORRUPT, f"{said}; it stays where it is ({error.strerror})"))
        return Miss(Reason(Cause.CORRUPT, f"{said}; it was set aside as {where}/{new}"))

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


def _reopened(
    folder: str,
    min_free: int,
    trust: tuple[str | int, ...],
    wait: float | None,
    read_only: bool,  # noqa: FBT001  # called by pickle, by position
) -> FileStore:
    return FileStore(folder, min_free=min_free, trust=trust, wait=wait, read_only=read_only)


def _unreadable(path: str, error: OSError) -> Miss:
    if error.errno == errno.ENOTDIR:
        return _ABSENT
    if isinstance(error, RefusedError):
        return Miss(Reason(Cause.UNTRUSTED, error.strerror))
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return Miss(Reason(Cause.UNTRUSTED, f"{path} is a link, and links in a store are not followed: remove it"))
    return Miss(Reason(Cause.UNREADABLE, f"{path}: {error.strerror or error}"))
