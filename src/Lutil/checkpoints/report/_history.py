"""Earlier entries of a computation: those under its name that are not a namesake's.

Computations of one name share a folder, in whatever module they stand. Whose an entry is, its provenance tells: it is
a namesake's if it was made in another file, and something of that name is defined there still; or if the code that made
it still stands somewhere else than where the computation does. A function that has moved, or whose file was renamed,
finds its own.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ..model._entry import EntryInfo, EntryStore
from ..model._key import Note, PartKind
from ..model._provenance import Provenance
from ..model.process._limits import make_room
from ..model.process._records import NamedTuple

__all__ = ["clear", "earlier", "last_cost", "met_block", "notes_of", "provenance_of", "superseded"]

_blocks: Final[dict[str, str]] = {}
"""Where the blocks stand that this process has entered, by the salt of their recipe."""
_MOST: Final = 4096


def met_block(salt: bytes, where: str) -> None:
    """Take note of where a block stands: other blocks of that file which produce the same name are not earlier ones."""
    make_room(_blocks, _MOST)
    _blocks[salt.hex()] = where


def earlier(store: EntryStore, name: str, where: str) -> Iterator[tuple[EntryInfo, Provenance]]:
    """Yield the entries of a computation, newest first, but for those that cannot be read.

    Args:
        store: where they are.
        name: of the computation.
        where: file and line of its code, as in its recipe.
    """
    files: dict[str, _File] = {}
    with contextlib.suppress(OSError):  # what is told of earlier times must never cost a run
        for info in store.list(name):
            found = provenance_of(store, info.name, info.key)
            if found is not None and not _is_namesakes(found, where, files):
                yield info, found


def last_cost(store: EntryStore, name: str, where: str) -> float:
    """Return the seconds that the last run of a computation took; 0 where none is known."""
    return next((found.cost for _, found in earlier(store, name, where)), 0.0)


def clear(store: EntryStore, name: str, where: str) -> int:
    """Delete the entries of a computation, and those that nobody can read; return how many there were."""
    files: dict[str, _File] = {}
    mine, all_ = [], 0
    for info in store.list(name):
        found = provenance_of(store, info.name, info.key)
        all_ += 1
        if found is None or not _is_namesakes(found, where, files):
            mine.append(info.key)
    if len(mine) == all_:
        return store.delete(name)
    return sum(store.delete(name, key) for key in mine)


def superseded(store: EntryStore) -> Callable[[EntryInfo], bool]:
    """Return what tells of an entry whether a newer version of its code has taken its place.

    That is so where no hit has used the entry, nor any other of its version, since the newer one came.
    """
    judged: dict[str, frozenset[str]] = {}

    def is_superseded(info: EntryInfo) -> bool:
        if info.name not in judged:
            judged[info.name] = _superseded(store, info.name)
        return info.key in judged[info.name]

    return is_superseded


def _superseded(store: EntryStore, name: str) -> frozenset[str]:
    versions: dict[tuple[str, str], list[EntryInfo]] = {}
    for info in store.list(name):
        found = provenance_of(store, info.name, info.key)
        if found is not None:
            versions.setdefault((_file(found.where), found.salt), []).append(info)
    keys: set[str] = set()
    for (file, _), entries in versions.items():
        used = max(max(info.used, info.created) for info in entries)
        others = [other for (place, _), other in versions.items() if place == file and other is not entries]
        if any(min(info.created for info in other) > used for other in others):
            keys.update(info.key for info in entries)
    return frozenset(keys)


def notes_of(stores: Sequence[EntryStore], name: str, key: str) -> tuple[Note, ...]:
    """Return what the run behind an entry met that does not count, and what a hit does not repeat."""
    found = (provenance_of(store, name, key) for store in stores)
    return next((one.notes for one in found if one is not None), ())


def provenance_of(store: EntryStore, name: str, key: str) -> Provenance | None:
    """Return what is known of an entry; None where it is gone, or of another version of this package."""
    data = store.provenance(name, key)
    try:
        return Provenance.from_bytes(data) if data else None
    except ValueError:
        return None


class _File(NamedTuple):
    """A source file as it is now.

    Attributes:
        text: of it; None where it is gone.
        lines: without what stands around them, as code may be indented by now.
    """

    text: str | None
    lines: list[str]

    @classmethod
    def of(cls, path: str) -> _File:
        try:
            text = Path(path).read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            return cls(None, [])
        return cls(text, [line.strip() for line in text.splitlines()])

    def defines(self, name: str) -> bool:
        """Tell whether a function, or another name, that ends like this one is defined here."""
        last = re.escape(name.rpartition(".")[2])
        target = r"[\w.\[\]'\"]+\s*,\s*"
        bound = rf"(?:{target})*{last}\s*(?:[,:][^=\n]*)?=(?!=)"
        return re.search(rf"^\s*((async\s+)?def\s+{last}\b|{bound})", self.text or "", re.MULTILINE) is not None

    def places(self, code: str) -> list[range]:
        """Return the lines, counted from 1, where a piece of code stands."""
        wanted = [line.strip() for line in code.strip().splitlines()]
        if not wanted or not wanted[0]:
            return []
        count = len(wanted)
        starts = (n for n, line in enumerate(self.lines) if line == wanted[0] and self.lines[n : n + count] == wanted)
        return [range(n + 1, n + count + 1) for n in starts]

    def begins(self, line: int) -> bool:
        """Tell whether a block begins in a line."""
        return re.match(r"(async\s+)?with\b", "".join(self.lines[max(line, 1) - 1 : line])) is not None

    def leads(self, line: int, body: int) -> bool:
        """Tell whether a block that begins in a line has its body at another."""
        between = self.lines[max(line, 1) - 1 : body - 1]
        return len([one for one in between if re.match(r"(async\s+)?with\b", one)]) == 1


def _is_namesakes(found: Provenance, where: str, known: dict[str, _File]) -> bool:
    stands = _blocks.get(found.salt, where)
    if stands != where and _file(stands) == _file(where):
        return True
    place, mine = _file(found.where), _file(where)
    if place not in known:
        known[place] = _File.of(place)
    file = known[place]
    if file.text is None:  # it is gone: what was made there is ours, under a new name
        return False
    if place != mine and file.defines(found.name):
        return True
    root = next((part for part in found.parts if part.kind is PartKind.CODE), None)
    text = root.kept.decode("utf-8", "replace") if root is not None else ""
    spots = file.places(text)
    line = _line(where)
    if not spots or (place == mine and _is_function(text) and not file.begins(line)):
        return False  # a function that is defined anew in its file takes the place of the one before
    return place != mine or not any(line in spot or file.leads(line, spot.start) for spot in spots)


def _is_function(text: str) -> bool:
    first = next((line for line in text.splitlines() if not line.startswith(("@", " ", "\t", ")"))), "")
    return re.match(r"(async\s+)?def\b", first) is not None


def _file(where: str) -> str:
    return os.path.realpath(where.rpartition(":")[0])


def _line(where: str) -> int:
    number = where.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0
