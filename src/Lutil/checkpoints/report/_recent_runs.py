"""The last runs of a computation, remembered to tell its user when caching does him no good.

Two things are owed to whoever gets no benefit, beside what `_not_kept` remembers: a run for the version of a library
alone is announced before it starts, and a computation that misses three times in a row for one and the same undeclared
input names it, with the way out. They are kept per computation, for the 16 declared inputs that ran last, in the
process and as an advisory note beside the entries.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import xxhash

from ..computation import Computation
from ..model._errors import CheckpointWarning, UnstableInputWarning
from ..model._key import Part, PartKind
from ..model.process._notices import notice, notice_after
from ._note_tables import NoteTables
from ._reasons import way_out

__all__ = ["announce_library", "remember"]

_KEPT: Final = 16
_TIMES: Final = 3
_PROCESS: Final = os.urandom(8).hex()
_WORTH: Final = 0.05  # seconds; a shorter run is not worth a note on disk
_DECLARED: Final = frozenset({PartKind.ARGUMENT, PartKind.WATCHED, PartKind.CODE, PartKind.VERSION})

_tables: Final = NoteTables("recent", {"parts": dict, "culprit": str, "count": int}, _KEPT)


def announce_library(computation: Computation, parts: Sequence[Part]) -> None:
    """Say, before it runs, that nothing but the version of a library has changed since the last run."""
    known = _tables.of(computation.stores[0], computation.recipe.name).get(_declared(parts))
    if known is None:
        return
    changed = _changed(known["parts"], _undeclared(parts))
    changed = [path for path in changed if not path.startswith(("file ", "listing ", "stream "))]
    if changed and all(path.startswith("library ") for path in changed):
        names = ", ".join(path.removeprefix("library ") for path in changed)
        name = computation.recipe.name
        notice(
            CheckpointWarning,
            name,
            f"library {names}",
            f"{name} runs again for another version of {names} alone; if that does not matter: "
            f"{way_out(PartKind.LIBRARY, names.split(', ')[0])}",
        )


def remember(computation: Computation, parts: Sequence[Part], cost: float, moved: Collection[str]) -> None:
    """Take note of a run; warn if it is the third in a row for the same undeclared input alone.

    Args:
        computation: that was run.
        parts: its inputs, as they were before.
        cost: seconds that it took.
        moved: the random streams that it moved.
    """
    found = _undeclared(parts)
    if not found:
        return
    store, name, declared = computation.stores[0], computation.recipe.name, _declared(parts)
    known = _tables.of(store, name).get(declared)
    changed = _changed(known["parts"], found) if known else []
    culprit = changed[0] if len(changed) == 1 else ""
    if culprit and known and known.get("process") == _PROCESS and _moves(computation, culprit, moved):
        culprit = ""  # each run of a loop finds it where the last one has left it: so will the next process
    count = known["count"] + 1 if known and culprit and culprit == known["culprit"] else int(bool(culprit))
    row = {"parts": found, "culprit": culprit, "count": count, "process": _PROCESS}
    _tables.put(store, name, declared, row)
    if count >= _TIMES:
        _warn(computation, culprit)
    if cost >= _WORTH:
        _tables.write(store, name)


def _moves(computation: Computation, culprit: str, moved: Collection[str]) -> bool:
    """Tell whether a run has itself changed an undeclared input."""
    kind, _, path = culprit.partition(" ")
    if kind == PartKind.STREAM:
        return path in moved
    reached = [item for item in computation.reached if f"{item.slot.kind} {item.slot.path}" == culprit]
    return any(computation.digest_of(item, item.present()) != item.now for item in reached)


def _warn(computation: Computation, culprit: str) -> None:
    name = computation.recipe.name
    kind, _, path = culprit.partition(" ")
    notice_after(
        UnstableInputWarning,
        name,
        culprit,
        f"{name} ran {_TIMES} times in a row because {kind} `{path}` was another each time, and nothing else; "
        f"{way_out(PartKind(kind), path)}",
    )


def _declared(parts: Iterable[Part]) -> str:
    text = b"".join(part.digest for part in parts if part.kind in _DECLARED)
    return xxhash.xxh3_64_hexdigest(text)


def _undeclared(parts: Iterable[Part]) -> dict[str, str]:
    return {f"{part.kind} {part.path}": part.digest.hex()[-16:] for part in parts if part.kind not in _DECLARED}


def _changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return [path for path in {**before, **now} if before.get(path) != now.get(path)]
