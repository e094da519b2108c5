"""What one run did to files: opened, listed, tested, made, wrote. Settled into inputs when it ends."""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH112, PTH118, PTH119, PTH120

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from ...model._key import PartKind
from ...model.process._interrupts import let_pass
from .._trace import Mode, Observed
from ._file_digests import (
    ABSENT,
    Identity,
    Notes,
    content,
    digest_of_names,
    existence,
    identity,
    link_digest,
    look,
    names,
    size_digest,
    stat_digest,
    stats_digest,
)
from ._settled import Settled

if TYPE_CHECKING:
    from ._path_names import Places

__all__ = ["MOST_FILES", "FileLog"]

MOST_FILES: Final = 10_000
_CROWDED: Final = 100  # files read in one folder from which, of too many, the folder counts instead

_stat = os.stat
_lexists = os.path.lexists


class FileLog:
    """Everything by absolute path. Filled from any thread; each step is one dictionary operation."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.opened: dict[str, Identity | None] = {}
        """By path, what a stat gave before the first read."""
        self.listed: dict[str, frozenset[str] | bytes] = {}
        self.tested: dict[tuple[str, str], bytes] = {}
        self.own: dict[str, None] = {}
        """Files and folders that the run itself made, emptied or removed: no inputs from then on."""
        self._passing: dict[str, None] = {}
        """Those of its own that were not there before, or are not there any more: they count in no listing."""
        self.written: dict[str, None] = {}
        self.left: dict[str, None] = {}
        """Files, folders and links that may be outputs: made, emptied or replaced by the run."""
        self.wanted: dict[str, None] = {}
        """Folders that the run saw to: it would have made them."""
        self.moved: dict[str, str] = {}
        """Files and folders of its own that it gave another name: from where, to where."""
        self.aside: dict[str, None] = {}
        """Files that were only appended to, or written by loggers and trackers: effects."""
        self.temporary: dict[str, None] = {}
        """Files and folders that `tempfile` made."""
        self._before_write: dict[str, Identity | None] = {}
        self._raced: dict[str, None] = {}
        """Files that were seen in two states."""
        self._missed: dict[str, None] = {}
        """What was looked for and not there. If the run then makes it, a later one takes what it finds there."""

    def tables(self) -> tuple[dict[Any, Any], ...]:
        """Return all that is known. Each table only grows, and keeps the order in which it grew."""
        return (
            self.opened,
            self.listed,
            self.tested,
            self.own,
            self._passing,
            self.written,
            self._before_write,
            self._raced,
            self._missed,
            self.left,
            self.wanted,
            self.moved,
            self.aside,
            self.temporary,
        )

    @classmethod
    def of(cls, places: Places, tables: tuple[dict[Any, Any], ...]) -> FileLog:
        """Return a log that knows what `tables` gave, or a part of it."""
        log = cls(places)
        for mine, given in zip(log.tables(), tables, strict=True):
            mine.update(given)
        return log

    def read(self, path: str) -> None:
        """Take note that a file is about to be read."""
        if path in self.opened or not self.places.verdict(path) or self.is_own(path):
            return
        if path in self._before_write:
            self.opened.setdefault(path, self._before_write[path])
            return
        found, is_file = look(path)
        if found is None:
            self.missed(path)
        if is_file:  # no pipe, device or directory
            self.opened.setdefault(path, found)

    def write(
        self, path: str, *, keeps: bool, new: bool = False, appends: bool = False, may_empty: bool = False
    ) -> None:
        """Take note that a file is about to be written.

        Args:
            path: where it lies.
            keeps: whether what it holds by now stays in it.
            new: whether it must not be there yet.
            appends: whether all that is written goes to its end.
            may_empty: whether it is emptied, if it is this file at all: a descriptor of another folder may be meant.
        """
        if not self.places.verdict(path) or os.path.isdir(path):
            return
        existed = _lexists(path)
        if existed and new:
            self.test(path, _stat(path), Mode.EXISTING)
            return
        self.written.setdefault(path)
        if appends and not self.is_own(path):
            self.aside.setdefault(path)
        elif not (existed and keeps) or may_empty:
            self.left.setdefault(path)
        if existed and keeps:
            self._before_write.setdefault(path, identity(path))
        else:
            self._take(path, passing=not existed)

    def may_change(self, path: str) -> None:
        """Take note that a file may be changed in place by who reads it, such as a database."""
        if self.places.verdict(path):
            self.written.setdefault(path)
            self._before_write.setdefault(path, identity(path))

    def put(self, path: str, *, existed: bool) -> None:
        """Take note that an inner hit stands for writing this: to the run it is as if the inner one had run."""
        self.written.setdefault(path)
        self.left.setdefault(path)
        self._take(path, passing=not existed)

    def put_aside(self, path: str) -> None:
        """Take note that a file is written which is an effect, such as a log."""
        if self.places.verdict(path):
            self.aside.setdefault(path)

    def made(self, path: str) -> None:
        """Take note that a file or folder is about to be made by other means than opening."""
        if not _lexists(path):
            self._take(path, passing=True)
            self.left.setdefault(path)
        else:
            self.wanted.setdefault(path)

    def removed(self, path: str) -> None:
        """Take note that a file or folder is about to go away."""
        if _lexists(path):
            self._take(path, passing=True)
        else:
            self.test(path, None, Mode.EXISTING)

    def renamed(self, source: str, target: str) -> None:
        """Take note that a file or folder is about to get another name; what is the run's own stays so."""
        if not _lexists(source):
            self.test(source, None, Mode.EXISTING)
            return
        if self.is_own(source):
            self.own[target] = None
            self.moved[source] = target
            self.left.setdefault(target)
        else:  # read from its new place it is an input all the same, and one that will be found moved
            self._before_write.setdefault(target, identity(source))
        if not _lexists(target):
            self._passing[target] = None
        if self.places.verdict(target):
            self.written.setdefault(target)
        self._take(source, passing=True)

    def linked(self, path: str, same: str | None) -> None:
        """Take note that a link is about to be made: counted in no listing, but what it leads to need not be ours.

        A hard link is another name for the `same` file.
        """
        if not _lexists(path):
            self._passing[path] = None
            if same is not None and self.is_own(same):
                self.own[path] = None
            self.left.setdefault(path)

    def _take(self, path: str, *, passing: bool) -> None:
        self.own[path] = None
        if passing:
            self._passing[path] = None

    def list(self, path: str) -> None:
        """Take note that the names in a folder are about to be read."""
        if path in self.listed or self.is_own(path) or not self.places.verdict(os.path.join(path, "x")):
            return
        for one in self.left:
            if one in self.own and os.path.dirname(one) == path:
                self._passing.setdefault(one)  # written before anything is listed: there by the run's own doing
        self.listed.setdefault(path, names(path))

    def test(self, path: str, st: os.stat_result | None, mode: str) -> None:
        """Take note of what a question for a file's existence, size or time has answered."""
        if (
            (path, mode) in self.tested
            or self.places.holds_project(path)
            or self.is_own(path)
            or not self.places.verdict(path)
        ):
            return
        if mode == Mode.EXISTING and path in self._passing:
            return  # there, or gone, by the run's own doing
        if mode != Mode.EXISTING and path in self._before_write:
            self.opened.setdefault(path, self._before_write[path])  # what it is now comes of what it was before
            return
        digest = {Mode.EXISTING: existence, Mode.SIZE: size_digest, Mode.STAT: stat_digest}[mode](st)
        self.tested.setdefault((path, mode), digest)

    def missed(self, path: str) -> None:
        """Take note that the run has looked for a file that is not there: if it makes it, that is why."""
        if self.places.verdict(path):
            self._missed.setdefault(path)

    def followed(self, path: str) -> None:
        """Take note that the run has asked where a link leads to; what is no link says nothing."""
        digest = link_digest(path)
        if digest == ABSENT or self.places.holds_project(path) or self.is_own(path) or path in self._passing:
            return
        if self.places.verdict(path):
            self.tested.setdefault((path, Mode.LINK), digest)

    def raced(self, path: str) -> None:
        """Take note that a file was seen in two states."""
        self._raced[path] = None

    def is_own(self, path: str) -> bool:
        """Return whether a file or folder, or one that holds it, is of the run's own making."""
        own = self.own
        if not own:
            return False
        if path in own:
            return True
        folder = path
        while (above := os.path.dirname(folder)) != folder:
            if above in own:
                return True
            folder = above
        return False

    def is_untouched(self, path: str) -> bool:
        """Return whether a file that may have been emptied is as it was before."""
        return path in self._before_write and path not in self.own and identity(path) == self._before_write[path]

    def _own_names(self, folder: str) -> frozenset[str]:
        """Return the names in a folder that came or went by the run itself, and the store's."""
        ours = [*self._passing, self.places.exclude]
        return frozenset(os.path.basename(path) for path in ours if os.path.dirname(path) == folder)

    def merge(self, inner: FileLog) -> None:
        """Add what an inner run did; the earlier look at a file counts."""
        for path, found in inner.opened.items():
            if not self.is_own(path) and self.opened.setdefault(path, self._before_write.get(path, found)) != found:
                self.raced(path)
        for folder, names_then in inner.listed.items():
            if not self.is_own(folder):
                self.listed.setdefault(folder, names_then)
        for (path, mode), digest in inner.tested.items():
            if not self.is_own(path):
                self.tested.setdefault((path, mode), digest)
        self.own |= inner.own
        self._passing |= inner._passing
        self.written |= inner.written
        self._raced |= inner._raced
        self._missed |= inner._missed
        self.left |= inner.left
        self.wanted |= inner.wanted
        self.moved |= inner.moved
        self.aside |= inner.aside
        self.temporary |= inner.temporary
        for path, found in inner._before_write.items():
            self._before_write.setdefault(path, found)

    def settle(self, notes: Notes | None, added: dict[Observed, bytes]) -> Settled:
        """Digest what was read, as it is now, and see that it is still what it was."""
        done = Settled()
        for observed, digest in added.items():
            done.add(observed, digest)
        self._settle_listings(done)
        opened = {path: found for path, found in self.opened.items() if not (found is None and self.is_own(path))}
        if len(opened) > MOST_FILES:
            opened = self._settle_crowds(done, opened)
        for path, found in opened.items():
            if done.unstable is None:
                self._settle_file(done, path, found, notes)
        for (path, mode), digest in self.tested.items():
            if not self._has_made(path, mode) and (mode in (Mode.STAT, Mode.LINK) or path not in self.opened):
                done.add(Observed(PartKind.FILE, self.places.name(path), mode), digest)
        for path in self._missed:
            if path in self.own:
                self._settle_made(done, path, notes)
        for path in self._raced:
            done.unstable = done.unstable or self.places.name(path)
        return done

    def _has_made(self, path: str, mode: str) -> bool:
        """Return whether what was asked of a path is by now of the run's own making: then it is an output."""
        return path in self.own or (mode == Mode.EXISTING and path in self.left and path in self._passing)

    def _settle_file(self, done: Settled, path: str, found: Identity | None, notes: Notes | None) -> None:
        name = self.places.name(path)
        if found is None:  # looked for and not there when it was
            done.add(Observed(PartKind.FILE, name, Mode.EXISTING), ABSENT)
            return
        if self.places.verdict(path) == Mode.STAT:
            now, mode, digest = identity(path), Mode.STAT, stat_digest(found)
        else:
            mode = Mode.CONTENT
            try:
                now, digest = content(path, notes)
            except OSError as error:
                let_pass(error)
                now, digest = None, ABSENT
            if now is None and identity(path) == found:
                now = found  # there, but not ours to read: that is what the run saw as well
        done.add(Observed(PartKind.FILE, name, mode), digest)
        if now != found:
            done.unstable = name

    def _settle_made(self, done: Settled, path: str, notes: Notes | None) -> None:
        """Count what a run has made because it was not there, such as a download: gone or the same, it is no news."""
        try:
            found, digest = content(path, notes)
        except OSError as error:
            let_pass(error)
            return
        if found is not None:
            done.add(Observed(PartKind.FILE, self.places.name(path), Mode.MADE + digest.hex()), digest)

    def _settle_listings(self, done: Settled) -> None:
        for folder, found in self.listed.items():
            own = self._own_names(folder)
            name = self.places.name(folder)
            digest = digest_of_names(found, own)
            done.add(Observed(PartKind.LISTING, name, _without(Mode.NAMES, own)), digest)
            try:
                if digest_of_names(names(folder), own) != digest:
                    done.unstable = name
            except OSError:
                done.unstable = name

    def _settle_crowds(self, done: Settled, opened: dict[str, Identity | None]) -> dict[str, Identity | None]:
        """Let folders of which very many files were read count as such; return the files outside of them."""
        done.crowded = len(opened)
        count = Counter(os.path.dirname(path) for path, found in opened.items() if found is not None)
        crowded = {folder for folder, files in count.items() if files >= _CROWDED}
        rest = {}
        for path, found in opened.items():
            if found is None or os.path.dirname(path) not in crowded:
                rest[path] = found
            elif identity(path) != found:
                done.unstable = self.places.name(path)
        for folder in crowded:
            own = self._own_names(folder)
            mode = _without(Mode.STATS, own)
            try:
                done.add(Observed(PartKind.LISTING, self.places.name(folder), mode), stats_digest(folder, own))
            except OSError:
                done.unstable = self.places.name(folder)
        return rest


def _without(mode: str, names: frozenset[str]) -> str:
    return f"{mode} without {'/'.join(sorted(names))}" if names else mode
