"""`Store`: the folder of the entries as people ask for it. What it returns shows itself as a table."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from ..model._entry import EntryInfo
from ..model._errors import SettingError, SettingTypeError
from ..model._key import PartKind
from ..model._quantities import age, moment, size
from ..model._setting_values import bytes_of, flag_of
from ..model._settings import current, setting_of
from ..model.process._records import NamedTuple
from ..report._history import provenance_of
from ..report._history import superseded as _superseded
from ..report._ledger import spell
from ..report.tables._overview import Explained, Overview, more, overview, past_runs
from ..report.tables._tables import MOST_ROWS, Shown, Table
from ..store import CheckReport, FileStore

__all__ = ["Checked", "Entries", "Pruned", "Runs", "Store", "inputs_of", "not_deleted"]

_DIGITS = 8
"""Digits of a key that are shown: as many as a person has to type."""
_DECLARED = frozenset({PartKind.ARGUMENT, PartKind.WATCHED})


class Entries(Shown, tuple[EntryInfo, ...]):  # noqa: SLOT001  (a tuple has no slots of its own)
    """Entries of a store, newest first within a name: name, key, size in bytes, and when kept and last used."""

    store: FileStore

    def __new__(cls, found: Iterable[EntryInfo], store: FileStore) -> Self:
        made = super().__new__(cls, found)
        made.store = store
        return made

    def table(self) -> Table:
        """Return what is to be shown; only of the entries that are shown the readable part is read."""
        rows = [self._row(info) for info in self[:MOST_ROWS]]
        foot = f"{_entries(len(self))}, {size(sum(info.size for info in self))}"
        headings = ("key", "name", "size", "took", "kept", "last used", "inputs")
        return Table(headings, rows, (2, 3), [*more(len(self)), foot])

    def _row(self, info: EntryInfo) -> tuple[str, ...]:
        found = provenance_of(self.store, info.name, info.key)
        took, inputs = ("", "") if found is None else (spell(found.cost), inputs_of(found.parts))
        return info.key[:_DIGITS], info.name, size(info.size), took, age(info.created), age(info.used), inputs


def inputs_of(parts: Iterable[Any]) -> str:
    """Return the declared inputs of an entry on one line."""
    return ", ".join(f"{part.path}={part.preview}" for part in parts if part.kind in _DECLARED)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


class Runs(Shown, tuple[Explained, ...]):
    """The last runs of all processes, newest first, each with the reason why it ran."""

    __slots__ = ()

    def table(self) -> Table:
        """Return what is to be shown."""
        rows = [(moment(run.time), run.name, spell(run.cost), why) for run, why, _ in self[:MOST_ROWS]]
        return Table(
            ("when", "what", "took", "why"), rows, (2,), more(len(self)) or ([] if rows else ["no run is known"])
        )


class Checked(Shown, CheckReport):
    """What a check found: `entries` read, `damaged` and `foreign` ones, and leftover files `swept`."""

    __slots__ = ()

    def table(self) -> Table:
        """Return what is to be shown."""
        wrong = [("damaged", miss.reason.detail) for _, miss in self.damaged]
        wrong += [("foreign", path) for path in self.foreign]
        swept = f", {self.swept} leftover files removed" if self.swept else ""
        foot = f"{_entries(self.entries)} read, {len(self.damaged)} damaged, {len(self.foreign)} foreign{swept}"
        return Table(("", ""), wrong[:MOST_ROWS], (), [*more(len(wrong)), foot])


class _Pruned(NamedTuple):
    deleted: tuple[EntryInfo, ...]
    size: int
    dry_run: bool = False
    kept: tuple[tuple[EntryInfo, str], ...] = ()


class Pruned(Shown, _Pruned):
    """What was deleted, or would be: the entries `deleted`, and their `size` in bytes on disk.

    `kept` holds those that could not be deleted, each with what forbids it.
    """

    __slots__ = ()

    def table(self) -> Table:
        """Return what is to be shown."""
        shown = self.deleted[:MOST_ROWS]
        rows = [(info.key[:_DIGITS], info.name, size(info.size), age(info.used)) for info in shown]
        foot = f"{'would delete' if self.dry_run else 'deleted'} {_entries(len(self.deleted))}, {size(self.size)}"
        foot += f"; {not_deleted(self.kept)}" if self.kept else ""
        return Table(("key", "name", "size", "last used"), rows, (2,), [*more(len(self.deleted)), foot])


def not_deleted(kept: Sequence[tuple[EntryInfo, str]]) -> str:
    """Return how many entries could not be deleted, and why, on one line."""
    return f"{_entries(len(kept))} could not be deleted: {'; '.join(dict.fromkeys(why for _, why in kept))}"


class Store(FileStore):
    """A folder of results, to be looked at and cleaned; it may be deleted at any time, also while it is used.

    What its methods return is data, and shows itself as a table in a terminal and in a notebook. Each user writes to a
    tree of their own in it, and reads in addition those of the users in `trust`. No method unpickles a result.

    Args:
        folder: where they are, by default the store in use here; made with the first entry, for this user alone;
            a folder that exists keeps its mode.
        min_free: bytes, or text like `"1GB"`, that must stay free on the file system; nothing is written beyond.
        max_size: bytes, or text like `"20GB"`, that entries may take: when a save goes beyond, what is least worth
            keeping is deleted. Unset, nothing is ever deleted.
        trust: other users, by name, number or `"owner"` (of the folder), whose entries are read. A pickle can run
            code, so entries of anybody else are misses.
        wait: seconds, or text like `"5m"`, without CPU after which somebody else's computation is not waited for; None
            waits for as long as it runs.
        read_only: whether to write, touch and claim nothing.

    Raises:
        SettingError: one of these makes no sense.

    Example:
        >>> from Lutil.checkpoints import Store, checkpoint
        >>> @checkpoint(store="a-folder")
        ... def double(x): return 2 * x
        >>> double(1), double(4)
        (2, 8)
        >>> store = Store("a-folder")
        >>> [info.name for info in store.entries()], store.stats().entries, store.check().damaged
        (['double', 'double'], 2, ())
        >>> store.prune(max_size="0 B").size > 0
        True
    """

    def __init__(  # noqa: PLR0913  # the options of a store
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        min_free: int | str = 100_000_000,
        max_size: int | str | None = None,
        trust: Iterable[str | int] = (),
        wait: object = 300.0,
        read_only: bool = False,
    ) -> None:
        super().__init__(
            current().store if folder is None else setting_of("store", folder),
            min_free=setting_of("min_free", min_free),
            max_size=setting_of("max_size", max_size),
            trust=setting_of("trust", trust if isinstance(trust, str) else [*trust]),
            wait=setting_of("wait", wait),
            read_only=flag_of("read_only", read_only),
        )

    def entries(self, name: str | None = None) -> Entries:
        """Return the entries of a computation, or all; `list` yields the same one by one."""
        return Entries(self.list(name), self)

    def stats(self) -> Overview:  # type: ignore[override]  # the same fields, and more
        """Return what there is of ours, per computation and in all, and what that has saved in all processes."""
        return overview(self)

    def history(self, name: str | None = None, most: int = MOST_ROWS) -> Runs:
        """Return the last runs of all processes, newest first, and why they ran.

        Args:
            name: of the computation; all of them by default.
            most: how many runs.

        Raises:
            SettingError: no run is asked for.
        """
        if not isinstance(most, int) or most < 1:
            raise SettingError(f"history: most: a number of runs is expected, not {most!r}")
        return Runs(past_runs(self, name, most))

    def check(self, *, repair: bool = False) -> Checked:
        """Read every entry of ours and compare it with its digests.

        Args:
            repair: whether to set damaged entries aside and to remove what dead processes left behind.
                Files that are not ours are reported and never touched.
        """
        return Checked(*super().check(repair=repair))

    def prune(  # type: ignore[override]  # it takes more  # noqa: PLR0913  # the ways to say what may go
        self,
        *,
        max_size: int | str | None = None,
        older_than: object = None,
        superseded: bool = False,
        outdated: bool = False,
        distrusted: bool = False,
        which: Callable[[EntryInfo], bool] | None = None,
        dry_run: bool = False,
    ) -> Pruned:
        """Delete entries of ours, on request only; return which.

        Args:
            max_size: bytes that may stay, or text like `"20GB"`. What is cheapest to compute again for the room it
                takes goes first, among the half that was not used for longest.
            older_than: time since the last hit beyond which an entry goes: seconds, `"30d"` or a timedelta.
            superseded: whether entries go of code versions that no hit has used since a newer one came.
            outdated: whether entries go that earlier versions of this package wrote and this one never finds.
            distrusted: whether entries go that came from a shared store and were signed by somebody who is not
                trusted any more.
            which: is asked of each entry whether it goes.
            dry_run: whether only to say what would go.

        Raises:
            SettingError: a size or a length of time that makes no sense.
        """
        if which is not None and not callable(which):
            raise SettingTypeError(f"prune: which: a function of an entry is expected, not {which!r}")
        superseded, distrusted = flag_of("superseded", superseded), flag_of("distrusted", distrusted)
        outdated, dry_run = flag_of("outdated", outdated), flag_of("dry_run", dry_run)
        try:
            most = None if max_size is None else bytes_of(max_size)
        except ValueError as error:
            raise SettingError(f"prune: max_size: {max_size!r} is no size: write 20_000_000_000 or '20GB'") from error
        found = super().prune(
            max_size=most,
            older_than=older_than,
            outdated=outdated,
            which=self._any_of(which, superseded=superseded, distrusted=distrusted),
            dry_run=dry_run,
        )
        return Pruned(found.deleted, found.size, dry_run or self.read_only, found.kept)

    def _any_of(
        self, which: Callable[[EntryInfo], bool] | None, *, superseded: bool, distrusted: bool
    ) -> Callable[[EntryInfo], bool]:
        """Return what tells of an entry whether one of these says that it goes."""
        asked = [] if which is None else [which]
        if superseded:
            asked.append(_superseded(self))
        if distrusted:
            from ..store.shared import distrusted as _distrusted  # noqa: PLC0415  (an extra)

            asked.append(_distrusted(self))
        return lambda info: any(one(info) for one in asked)
