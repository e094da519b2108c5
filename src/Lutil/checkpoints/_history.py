"""Earlier entries of a computation: those under its name that are not a namesake's.

Functions of one qualified name share a folder, in whatever module they stand. Whose an entry is, its provenance
tells: it is a namesake's if it was made in another file, and a function of that name is defined there still. A
function that has moved, or whose file was renamed, finds its own.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ._entry import EntryInfo, Store
from ._key import Note
from ._limits import make_room
from ._provenance import Provenance

__all__ = ["clear", "earlier", "last_cost", "met_block", "notes_of", "superseded"]

_blocks: Final[dict[str, str]] = {}
"""Where the blocks stand that this process has entered, by the salt of their recipe."""
_MOST: Final = 4096


def met_block(salt: bytes, where: str) -> None:
    """Take note of where a block stands: other blocks of that file which produce the same name are not earlier ones."""
    make_room(_blocks, _MOST)
    _blocks[salt.hex()] = where


def earlier(store: Store, name: str, where: str) -> Iterator[tuple[EntryInfo, Provenance]]:
    """Yield the entries of a computation, newest first, but for those that cannot be read.

    Args:
        store: where they are.
        name: of the computation.
        where: file and line of its code, as in its recipe.
    """
    namesakes: dict[str, bool] = {}
    with contextlib.suppress(OSError):  # what is told of earlier times must never cost a run
        for info in store.list(name):
            found = _provenance(store, info)
            if found is not None and not _is_namesakes(found, where, namesakes):
                yield info, found


def last_cost(store: Store, name: str, where: str) -> float:
    """Return the seconds that the last run of a computation took; 0 where none is known."""
    return next((found.cost for _, found in earlier(store, name, where)), 0.0)


def clear(store: Store, name: str, where: str) -> int:
    """Delete the entries of a computation, and those that nobody can read; return how many there were."""
    namesakes: dict[str, bool] = {}
    mine, all_ = [], 0
    for info in store.list(name):
        found = _provenance(store, info)
        all_ += 1
        if found is None or not _is_namesakes(found, where, namesakes):
            mine.append(info.key)
    if len(mine) == all_:
        return store.delete(name)
    return sum(store.delete(name, key) for key in mine)


def superseded(store: Store) -> Callable[[EntryInfo], bool]:
    """Return what tells of an entry whether a newer version of its code has taken its place.

    That is so where no hit has used the entry, nor any other of its version, since the newer one came.
    """
    judged: dict[str, frozenset[str]] = {}

    def is_superseded(info: EntryInfo) -> bool:
        if info.name not in judged:
            judged[info.name] = _superseded(store, info.name)
        return info.key in judged[info.name]

    return is_superseded


def _superseded(store: Store, name: str) -> frozenset[str]:
    versions: dict[tuple[str, str], list[EntryInfo]] = {}
    for info in store.list(name):
        found = _provenance(store, info)
        if found is not None:
            versions.setdefault((_file(found.where), found.salt), []).append(info)
    keys: set[str] = set()
    for (file, _), entries in versions.items():
        used = max(max(info.used, info.created) for info in entries)
        others = [other for (place, _), other in versions.items() if place == file and other is not entries]
        if any(min(info.created for info in other) > used for other in others):
            keys.update(info.key for info in entries)
    return frozenset(keys)


def notes_of(stores: Sequence[Store], name: str, key: str) -> tuple[Note, ...]:
    """Return what the run behind an entry met that does not count, and what a hit does not repeat."""
    for store in stores:
        data = store.provenance(name, key)
        if data is not None:
            with contextlib.suppress(ValueError):  # of another version: nothing to be told
                return Provenance.from_bytes(data).notes
    return ()


def _provenance(store: Store, info: EntryInfo) -> Provenance | None:
    data = store.provenance(info.name, info.key)
    try:
        return Provenance.from_bytes(data) if data else None
    except ValueError:  # of another version of this package
        return None


def _is_namesakes(found: Provenance, where: str, known: dict[str, bool]) -> bool:
    stands = _blocks.get(found.salt, where)
    if stands != where and _file(stands) == _file(where):
        return True
    place, mine = _file(found.where), _file(where)
    if place not in known:
        known[place] = place != mine and _defines(place, found.name)
    return known[place]


def _file(where: str) -> str:
    return os.path.realpath(where.rpartition(":")[0])


def _defines(path: str, name: str) -> bool:
    """Tell whether a file defines a function, or another name, that ends like this one."""
    last = re.escape(name.rpartition(".")[2])
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:  # it is gone: what was made there is ours, under a new name
        return False
    return re.search(rf"^\s*(async\s+)?(def\s+{last}\b|{last}\s*=)", text, re.MULTILINE) is not None
