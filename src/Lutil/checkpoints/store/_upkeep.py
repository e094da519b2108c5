"""Looking after a file store: listing, counting, checking, deleting. All of it on request, none by a lookup."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..model._entry import Buffer, EntryInfo, Header, Stored
from ..model._errors import SettingError
from ..model._key import FORMAT_VERSION
from ..model._outcome import Cause, Miss, Reason
from ..model._setting_values import seconds_of
from ..model.process._records import NamedTuple
from .entries._disk import read_small
from .entries._file_names import FULL_NAME, name_of
from .entries._folders import Folder
from .entries._tree import Tree

__all__ = [
    "CheckReport",
    "NameStats",
    "PruneReport",
    "StoreStats",
    "check",
    "entries",
    "forget",
    "prune",
    "survey",
]

_ENTRY = ".entry"
_K2 = re.compile(r"[0-9a-f]{2}")
_OURS = re.compile(r"[0-9a-f]+(\.entry|\.trace|\.[0-9a-f]+\.corrupt)")


class NameStats(NamedTuple):
    """What a store holds of one computation: sizes in bytes, times in seconds since the epoch."""

    name: str
    entries: int
    size: int
    oldest: float
    newest: float
    used: float


class StoreStats(NamedTuple):
    """What a store holds: sizes in bytes. `damaged` counts the entries that were set aside."""

    names: tuple[NameStats, ...]
    entries: int
    size: int
    traces: int
    damaged: int


class CheckReport(NamedTuple):
    """What a check found.

    Attributes:
        entries: how many were read.
        damaged: the misses of those that could not be used, with their reasons.
        foreign: paths of files in our folders that are not ours; never touched.
        swept: how many partial files of dead writers were removed.
    """

    entries: int
    damaged: tuple[tuple[EntryInfo, Miss], ...]
    foreign: tuple[str, ...]
    swept: int


class PruneReport(NamedTuple):
    """What was deleted, or would be: the entries, and their bytes on disk; and those that could not be, with why."""

    deleted: tuple[EntryInfo, ...]
    size: int
    kept: tuple[tuple[EntryInfo, str], ...] = ()


class _PrunedStore(Protocol):
    def list(self, name: str | None = None) -> Iterator[EntryInfo]: ...
    def get(self, name: str, key: str) -> Stored | Miss: ...
    def contents(self, name: str, key: str) -> Sequence[Buffer] | None: ...
    def header(self, name: str, key: str) -> Header | None: ...
    def fault(self, name: str, key: str) -> str: ...
    def set_aside(self, name: str, key: str, what: str) -> Miss: ...
    def keep_used(self, info: EntryInfo) -> None: ...
    def remove(self, name: str, key: str) -> str: ...


def entries(tree: Tree, folder: str | None) -> Iterator[EntryInfo]:
    """Yield the entries of one folder or of all, newest first within a name."""
    for place in _name_folders(tree.home) if folder is None else [folder]:
        name = _name_in(tree, place)
        found = []
        for file in _files(place):
            if file.name.endswith(_ENTRY) and file.is_file(follow_symlinks=False):
                # An entry that was deleted meanwhile is none.
                with contextlib.suppress(OSError):
                    stat = file.stat(follow_symlinks=False)
                    key = file.name.removesuffix(_ENTRY)
                    found.append(EntryInfo(name, key, stat.st_size, stat.st_mtime, stat.st_atime))
        yield from sorted(found, key=lambda entry: -entry.created)


def forget(tree: Tree, folder: str | None, key: str | None, failed: list[OSError] | None = None) -> int:
    """Delete one entry, all of a folder, or all, with their traces; return how many entries went.

    Only files of ours go, by name, owner and place: no link is followed, and what somebody else put there stays.
    What kept the others is added to `failed`.
    """
    count = 0
    failed = [] if failed is None else failed
    for place in _name_folders(tree.home) if folder is None else [folder]:
        # It may be gone already, or be somebody else's.
        with _noted(failed), tree.folder(place) as outer:
            for name in outer.names() if key is None else [key[:2]]:
                if _K2.fullmatch(name):
                    count += _forgotten(outer, name, key, failed)
            if key is None:
                _remove_if_empty(tree, outer)
    return count


def _forgotten(outer: Folder, name: str, key: str | None, failed: list[OSError]) -> int:
    count = 0
    with _noted(failed), outer.inner(name) as inner:
        for file in inner.names():
            if _OURS.fullmatch(file) and (key is None or file.startswith(f"{key}.")):
                # Somebody else may be deleting the same ones.
                with _noted(failed):
                    if not inner.owns(inner.look(file)):
                        raise PermissionError(errno.EPERM, f"{inner.path}/{file} is not yours")
                    inner.remove(file)
                    count += file.endswith(_ENTRY)
    return count


@contextlib.contextmanager
def _noted(failed: list[OSError]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        failed.append(error)


def survey(tree: Tree) -> StoreStats:
    """Count what is there, per name."""
    names = []
    traces = damaged = 0
    for place in _name_folders(tree.home):
        sizes, made, used = [], [], []
        for file in _files(place):
            traces += file.name.endswith(".trace")
            damaged += file.name.endswith(".corrupt")
            if file.name.endswith(_ENTRY):
                with contextlib.suppress(OSError):
                    stat = file.stat(follow_symlinks=False)
                    sizes.append(stat.st_size)
                    made.append(stat.st_mtime)
                    used.append(stat.st_atime)
        if sizes:
            names.append(NameStats(_name_in(tree, place), len(sizes), sum(sizes), min(made), max(made), max(used)))
    names.sort()
    return StoreStats(
        tuple(names), sum(name.entries for name in names), sum(name.size for name in names), traces, damaged
    )


def check(store: _PrunedStore, tree: Tree, sweep: Callable[[], int]) -> CheckReport:
    """Read every entry; report what is damaged, and what is not ours."""
    count = 0
    damaged = []
    foreign = []
    for place in _name_folders(tree.home):
        foreign += [
            file.path for file in _files(place) if not _OURS.fullmatch(file.name) and not file.name.startswith(".")
        ]
    for entry in list(store.list()):
        found = store.get(entry.name, entry.key)
        if isinstance(found, Miss) and found.reason.cause is Cause.FIRST_RUN:  # deleted meanwhile
            continue
        count += 1
        if isinstance(found, Stored) and found.header.files and store.contents(entry.name, entry.key) is None:
            found = Miss(Reason(Cause.CORRUPT, "what is kept of the files that the run wrote is not what was written"))
        if not isinstance(found, Miss) and (fault := store.fault(entry.name, entry.key)):
            found = store.set_aside(entry.name, entry.key, fault)
        if isinstance(found, Miss):
            damaged.append((entry, found))
        else:
            store.keep_used(entry)
    return CheckReport(count, tuple(damaged), tuple(sorted(foreign)), sweep())


def prune(  # noqa: PLR0913  # the ways to say what may go
    store: _PrunedStore,
    *,
    max_size: int | None,
    older_than: object,
    which: Callable[[EntryInfo], bool] | None,
    outdated: bool,
    dry_run: bool,
) -> PruneReport:
    """Delete what is too old, outdated or asked for, then what is cheapest per byte until the rest fits."""
    if isinstance(max_size, str):
        raise SettingError("prune: max_size is a number of bytes")
    age = None if older_than is None else seconds_of(older_than)
    now = time.time()
    going: list[EntryInfo] = []
    staying: list[EntryInfo] = []
    for entry in store.list():
        old = age is not None and now - entry.used > age
        old = old or (which is not None and which(entry)) or (outdated and _is_outdated(store, entry))
        (going if old else staying).append(entry)
    if max_size is not None:
        going += _over_budget(store, staying, max_size)
    tried = [(entry, "" if dry_run else store.remove(entry.name, entry.key)) for entry in going]
    deleted = [entry for entry, why in tried if not why]
    kept = [(entry, why) for entry, why in tried if why]
    return PruneReport(tuple(deleted), sum(entry.size for entry in deleted), tuple(kept))


def _is_outdated(store: _PrunedStore, entry: EntryInfo) -> bool:
    """Tell whether an entry is of an earlier version: its key was made by other rules, or its format is older."""
    header = store.header(entry.name, entry.key)
    return header is not None and header.rules < FORMAT_VERSION


def _over_budget(store: _PrunedStore, staying: list[EntryInfo], max_size: int) -> Iterator[EntryInfo]:
    excess = sum(entry.size for entry in staying) - max_size
    if excess <= 0:
        return
    by_use = sorted(staying, key=lambda entry: entry.used)
    middle = (len(by_use) + 1) // 2

    def seconds_per_byte(entry: EntryInfo) -> float:
        header = store.header(entry.name, entry.key)
        return (header.cost if header else 0.0) / max(entry.size, 1)

    # The recently used half is sorted only if the older one was not enough: each look opens a file.
    for half in (by_use[:middle], by_use[middle:]):
        for entry in sorted(half, key=seconds_per_byte):
            if excess <= 0:
                return
            excess -= entry.size
            yield entry


def _name_folders(home: str) -> list[str]:
    try:
        with os.scandir(home) as places:
            return sorted(
                place.path for place in places if place.name[0] not in "_." and place.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []


def _files(place: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files two levels down; a folder that vanishes meanwhile holds none."""
    try:
        with os.scandir(place) as folders:
            inner = [folder.path for folder in folders if folder.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for path in sorted(inner):
        try:
            with os.scandir(path) as files:
                found = list(files)
        except OSError:
            continue
        yield from found


def _name_in(tree: Tree, place: str) -> str:
    folder = os.path.basename(place)  # noqa: PTH119  # strings, for speed
    name = name_of(folder)
    if name is None:
        data = read_small(tree, f"{place}/{FULL_NAME}")
        return folder if data is None else data.decode("utf-8", "surrogatepass")
    return name


def _remove_if_empty(tree: Tree, folder: Folder) -> None:
    # A folder that got a new entry meanwhile is not empty, and stays.
    for name in folder.names():
        with contextlib.suppress(OSError):
            if _K2.fullmatch(name):
                folder.remove_folder(name)
    with contextlib.suppress(OSError):
        if set(folder.names()) <= {FULL_NAME}:
            if folder.names() and folder.owns(folder.look(FULL_NAME)):
                folder.remove(FULL_NAME)
            with tree.folder(os.path.dirname(folder.path)) as home:  # noqa: PTH120  # strings, for speed
                home.remove_folder(os.path.basename(folder.path))  # noqa: PTH119  # the same
