"""The store that is a folder of files.

    .Lutil-checkpoint/
      .gitignore  CACHEDIR.TAG                    written once, so that no one has to
      v1/<name>/<k2>/<key>.entry                  k2 = the first two digits of the key
      v1/<name>/<k2>/<key>.trace                  the sets of observed names, at most 16
      v1/<name>/<k2>/<key>.<moment>.corrupt       what failed its digests, set aside
      v1/_notes/                                  advisory
      v1/_claims/<key>                            locked by who computes it, and becomes the entry
      v1/_partial/                                swept when their owner is gone

No file but the entry is ever the truth; all else may be lost at any time. What is damaged, foreign or of an
owner who is not trusted is a miss, and no byte of it gets to a caller.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import operator
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from xxhash import xxh3_64_hexdigest

from .._entry import Buffer, Claim, EntryInfo, Header, Stored
from .._outcome import Cause, Miss, Reason
from ._claims import Claims
from ._disk import READ, Disk, owners_of, read_small
from ._format import FIXED, DamagedError, ForeignFormatError, Layout, pack, parse, sealed, unsealed
from ._names import FULL_NAME, folder_of, name_of
from ._segments import fetch, fetch_contents, is_local, read_at
from ._traces import Traces
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
_NO_ATIME = getattr(os, "O_NOATIME", 0)
"""Looking at an entry is no hit, and must not make it look used."""
_ABSENT = Miss(Reason(Cause.FIRST_RUN))
_TOUCH_BY_DESCRIPTOR = os.utime in os.supports_fd
_open, _read, _close, _stat, _clock = os.open, os.read, os.close, os.stat, time.monotonic

_Mark = tuple[int, int, int, int, int]
_mark: Callable[[os.stat_result], _Mark] = operator.attrgetter("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_uid")
"""What tells a file from another."""


class FileStore:
    """Entries as files in a folder, which may be deleted at any time, also while it is used.

    Args:
        folder: where they are; made with the first entry.
        min_free: bytes that must stay free on the file system; nothing is written beyond.
        trust: other owners, by user name or number, whose entries may be read. A pickle can run code, so
            entries of anybody else are misses.
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
    ) -> None:
        root = os.path.abspath(os.path.expanduser(folder))  # noqa: PTH100, PTH111  # a string, for speed
        self.folder = Path(root)
        self.read_only = read_only
        self._trust = tuple(trust)
        self._disk = Disk(root, min_free)
        self._home = self._disk.home
        self._owners = owners_of(trust)
        self._folders: dict[str, str] = {}
        self._shortened: set[str] = set()
        self._kept: dict[str, tuple[float, _Mark, Stored]] = {}
        self._local: bool | None = None
        self._wait = wait
        self._claims = Claims(None if read_only else f"{self._home}/_claims", wait)
        self._traces = Traces(self._disk, self._owners)

    def __repr__(self) -> str:
        return f"FileStore({str(self.folder)!r})"

    def __reduce__(self) -> tuple[Callable[..., FileStore], tuple[object, ...]]:
        return _reopened, (str(self.folder), self._disk.min_free, self._trust, self._wait, self.read_only)

    def get(self, name: str, key: str) -> Stored | Miss:
        """Return the entry, every segment checked, or why there is none to use. Never raises OSError."""
        path = f"{self._folders.get(name) or self._folder(name)}/{key[:2]}/{key}.entry"
        try:
            kept = self._kept.get(path)
            if kept is not None and kept[0] > _clock() and _mark(_stat(path)) == kept[1]:
                return kept[2]
            descriptor = _open(path, READ)
        except FileNotFoundError:
            return _ABSENT
        except OSError as error:
            return _unreadable(path, error)
        try:
            return self._look(descriptor, path, _read(descriptor, _FIRST_READ))
        except OSError as error:
            return _unreadable(path, error)
        finally:
            _close(descriptor)

    def contents(self, name: str, key: str) -> builtins.list[Buffer] | None:
        """Return the contents of the files that a run wrote, or None where the entry cannot be read."""
        found = self._open(name, key)
        if found is None:
            return None
        try:
            return fetch_contents(*found, local=is_local(self._home))
        except (OSError, DamagedError):
            return None
        finally:
            os.close(found[0])

    def provenance(self, name: str, key: str) -> bytes | None:
        """Return the readable segment of an entry, or None where it cannot be read."""
        found = self._open(name, key)
        if found is None:
            return None
        descriptor, layout = found
        start, length, digest = layout.provenance
        try:
            data = sealed(bytes(read_at(descriptor, start, length)))
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return data[16:] if data[:16] == digest else None

    def header(self, name: str, key: str) -> Header | None:
        """Return the fixed facts of an entry, or None where it cannot be read."""
        found = self._open(name, key)
        if found is None:
            return None
        os.close(found[0])
        return found[1].header

    def put(  # noqa: PLR0913, PLR0917  # the fields of an entry
        self, name: str, key: str, header: Header, stream: Buffer, buffers: Sequence[Buffer], provenance: bytes
    ) -> None:
        """Write an entry, whole or not at all.

        Raises:
            OSError: it could not be written: disk full, read-only folder, not enough space left.
        """
        self._refuse_if_read_only()
        flat = [memoryview(buffer).cast("B") if len(buffer) else b"" for buffer in buffers]
        folder = self._folder(name)
        pieces = list(pack(header, stream, flat, provenance))
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
            stat = os.stat(path)  # noqa: PTH116  # strings, for speed
        except OSError as error:
            return _unreadable(path, error)
        return self._aside(path, what, stat)

    def delete(self, name: str | None = None, key: str | None = None) -> int:
        """Delete one entry, all of a name, or all; return how many."""
        self._refuse_if_read_only()
        folder = None if name is None else self._folder(name)
        self._folders.clear()
        return forget(self._home, folder, key)

    def list(self, name: str | None = None) -> Iterator[EntryInfo]:
        """Yield what is there, newest first within a name."""
        return entries(self._home, None if name is None else self._folder(name))

    def traces(self, name: str, key: str) -> builtins.list[bytes]:
        """Return the traces known under a key, newest first, at most 16."""
        return self._traces.get(f"{self._folders.get(name) or self._folder(name)}/{key[:2]}", key)

    def put_trace(self, name: str, key: str, trace: bytes) -> None:
        """Add a trace under a key, whole or not at all; raises OSError like `put`."""
        self._refuse_if_read_only()
        self._traces.put(f"{self._folder(name)}/{key[:2]}", key, trace)

    def claim(self, key: str) -> Claim:
        """Return the claim on a final key, not yet acquired."""
        return self._claims.claim(key)

    def get_note(self, kind: str, key: str) -> bytes | None:
        """Return an advisory note, or None: it was never taken, got lost, or is not what was written."""
        data = read_small(self._note(kind, key), self._owners)
        return None if data is None else unsealed(data)

    def put_note(self, kind: str, key: str, note: bytes) -> None:
        """Take an advisory note. Never raises OSError: a note that is lost costs some time, later."""
        if not self.read_only:
            with contextlib.suppress(OSError):
                self._disk.write(self._note(kind, key), [sealed(note)], len(note) + 16)

    def check(self, *, repair: bool = False) -> CheckReport:
        """Read every entry and compare it with its digests.

        Args:
            repair: whether to set damaged entries aside and to remove what dead processes left behind.
                Files that are not ours are reported and never touched.
        """
        if repair and not self.read_only:
            return check(self, self._home, self._disk.sweep)
        looker = FileStore(self.folder, trust=self._trust, read_only=True)
        return check(looker, self._home, lambda: 0)

    def stats(self) -> StoreStats:
        """Return what is there, per name: how many entries, how many bytes, since when, last used when."""
        return survey(self._home)

    def prune(
        self,
        *,
        max_size: int | None = None,
        older_than: object = None,
        superseded: Callable[[EntryInfo], bool] | None = None,
        dry_run: bool = False,
    ) -> PruneReport:
        """Delete entries by budget, on request only; say which.

        Args:
            max_size: bytes that may stay. What is cheapest to compute again for the room it takes goes first,
                among the half that was not used for longest.
            older_than: time since the last hit beyond which an entry goes: seconds, `"30d"` or a timedelta.
            superseded: says of an entry whether a newer one has taken its place.
            dry_run: whether only to say what would go.
        """
        dry_run = dry_run or self.read_only
        return prune(self, max_size=max_size, older_than=older_than, superseded=superseded, dry_run=dry_run)

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

    def _look(self, descriptor: int, path: str, head: bytes) -> Stored | Miss:
        """Return the entry in an open file, or what is wrong with it; take note of the hit."""
        stat = os.fstat(descriptor)
        if self._owners is not None and stat.st_uid not in self._owners:
            return Miss(Reason(Cause.UNTRUSTED, f"{path} belongs to user {stat.st_uid}"))
        try:
            layout, head = _whole_layout(descriptor, head, stat.st_size)
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

    def _open(self, name: str, key: str) -> tuple[int, Layout] | None:
        path = self._path(name, key)
        try:
            try:
                descriptor = os.open(path, READ | _NO_ATIME)
            except PermissionError:
                # Looking without being noticed is for owners.
                descriptor = os.open(path, READ)
        except OSError:
            return None
        try:
            stat = os.fstat(descriptor)
            layout, _ = _whole_layout(descriptor, bytes(read_at(descriptor, 0, FIXED.size)), stat.st_size)
            if self._owners is None or stat.st_uid in self._owners:
                descriptor, kept = -1, descriptor
                return kept, layout
        except (OSError, DamagedError, ForeignFormatError):
            return None
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        return None

    def _touch(self, descriptor: int, path: str, stat: os.stat_result) -> None:
        """Note the hit in the time of access alone: a new time of change would void the verification."""
        if not self.read_only:
            # A colleague's entry, or a read-only file system: recency is a convenience.
            with contextlib.suppress(OSError):
                os.utime(descriptor if _TOUCH_BY_DESCRIPTOR else path, ns=(time.time_ns(), stat.st_mtime_ns))

    def _aside(self, path: str, what: str, stat: os.stat_result) -> Miss:
        if self.read_only:
            return Miss(Reason(Cause.CORRUPT, f"{path}: {what}"))
        place = f"{path.removesuffix('.entry')}.{time.time_ns():x}.corrupt"
        try:
            now = os.stat(path)  # noqa: PTH116  # strings, for speed
            if (now.st_ino, now.st_mtime_ns) != (stat.st_ino, stat.st_mtime_ns):
                # Somebody has put a good one there since: the next look finds it.
                return Miss(Reason(Cause.CORRUPT, f"{path}: {what}; it has been replaced since"))
            os.rename(path, place)  # noqa: PTH104  # the same
        except OSError as error:
            return Miss(Reason(Cause.CORRUPT, f"{path}: {what}; it stays where it is ({error.strerror})"))
        return Miss(Reason(Cause.CORRUPT, f"{path}: {what}; it was set aside as {place}"))

    def _write_full_name(self, name: str) -> None:
        # `list` can do with the shortened name, should this fail.
        with contextlib.suppress(OSError):
            data = name.encode("utf-8", "surrogatepass")
            self._disk.write(f"{self._folder(name)}/{FULL_NAME}", [data], len(data))
            self._shortened.discard(name)

    def _refuse_if_read_only(self) -> None:
        if self.read_only:
            raise OSError(errno.EROFS, "this store is only read from", str(self.folder))


def _whole_layout(descriptor: int, head: bytes, size: int) -> tuple[Layout, bytes]:
    """Return where the segments are, and the head, which is read on if the table of buffers is a long one."""
    layout = parse(head, size)
    if isinstance(layout, int):
        head = bytes(read_at(descriptor, 0, layout))
        layout = parse(head, size)
    if isinstance(layout, int):
        raise DamagedError("its head is cut short")
    return layout, head


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
    return Miss(Reason(Cause.UNREADABLE, f"{path}: {error.strerror or error}"))
