"""Where a changed input came from: the computation that made it, and why that made another one than before.

The provenance of an entry tells what its run made, by digest. An input that has such a digest came from there, in all
likelihood: the entries that this process has read and written are asked first, then those of the runs in the ledger of
the store. What is met by chance (3, "adam") counts only where the value before came from the same computation as well.
All of it is read when somebody asks for a reason; no hit takes part in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from ..computation import is_below, readable
from ..model._entry import EntryStore
from ..model._identity import identity
from ..model._key import MARK, Part, PartKind
from ..model._outcome import Cause, Difference, Origin, Reason
from ..model._provenance import Provenance
from ..model.process._limits import make_room
from ..model.process._records import NamedTuple
from ._comparing import compare
from ._history import earlier, provenance_of
from ._ledger import ledger
from ._ledger_history import latest_runs

__all__ = ["Asked", "chain_of", "traced"]

_VALUES: Final = frozenset(PartKind) - {
    PartKind.CODE, PartKind.LIBRARY, PartKind.LISTING, PartKind.MEMO, PartKind.STREAM, PartKind.VERSION,
}  # fmt: skip
"""What may be the result of a computation."""
_DECLARED: Final = frozenset({PartKind.ARGUMENT, PartKind.WATCHED})
_AT_ONCE: Final = 1024
"""Entries that are read for one question."""
_KNOWN: Final = 8192
"""Entries of a store that are remembered."""
_NEAR: Final = 32
"""Earlier entries of one computation that are looked through for the value before."""
_LOOKS: Final = 256
"""Parts of the inputs that are looked up for one reason."""
_SHARE: Final = 20
"""The ledger is read again after so many times what reading it took."""
_MOST_STORES: Final = 64
_clock = time.monotonic


class Asked(NamedTuple):
    """Who asks for the origin of an input, and of whom.

    Attributes:
        name: of the computation that takes it.
        stores: where the entries lie.
        began: when it ran, seconds since the epoch: what was made later is no origin.
        explain: returns the reason of the run behind an entry, for the computations that lead to it.
        names: of the computations that lead here, so that a loop ends.
    """

    name: str
    stores: Sequence[EntryStore]
    began: float
    explain: Callable[[Provenance, frozenset[str]], Reason]
    names: frozenset[str] = frozenset()


class _Maker(NamedTuple):
    """An entry whose run made something, and what."""

    created: float
    name: str
    key: str
    path: str
    telling: bool


def traced(
    found: Sequence[Difference], old: Sequence[Part], new: Iterable[Part], asked: Asked
) -> tuple[Difference, ...]:
    """Return differences in which what another computation made is one, with its origin.

    Args:
        found: what differs, the most telling first.
        old: the inputs before.
        new: the inputs now.
        asked: who asks.
    """
    if asked.name in asked.names:
        return tuple(found)
    items = list(found)
    for was, now, origin in islice(_origins(_changed(old, new), asked), _LOOKS):
        within = [
            item for item in items if item.kind is now.kind and (item.path == now.path or is_below(item.path, now.path))
        ]
        if within:
            place = items.index(within[0])
            before = None if was is None else was.preview
            own = () if len(within) == 1 and within[0].path == now.path else tuple(within)
            items = [item for item in items if item not in within]
            items.insert(place, Difference(now.kind, now.path, before, now.preview, "", origin._replace(within=own)))
    return tuple(items)


def chain_of(item: Difference) -> tuple[list[str], Reason | None]:
    """Return the computations through which a change came, the nearest first, and what was the root of it."""
    names: list[str] = []
    reason, origin = None, item.origin
    while origin is not None:
        names += [origin.name] if not names or names[-1] != origin.name else []
        reason = origin.reason
        origin = reason.differences[0].origin if reason.differences else None
    return names, reason


def _changed(old: Iterable[Part], new: Iterable[Part]) -> list[tuple[Part | None, Part]]:
    """Return the values that are other ones than before, each with what it was."""
    before: dict[tuple[PartKind, str], list[Part]] = {}
    for part in old:
        before.setdefault((part.kind, part.path), []).append(part)
    found: list[tuple[Part | None, Part]] = []
    for part in new:
        others = before.get((part.kind, part.path), [])
        if part.kind in _VALUES and not any(other.equals(part) for other in others):
            found.append((others[0] if others else None, part))
    return found


def _origins(changed: Sequence[tuple[Part | None, Part]], asked: Asked) -> Iterator[tuple[Part | None, Part, Origin]]:
    """Yield what of some values was made by a computation: the whole, or else parts of it."""
    waiting = list(changed)[:_LOOKS]
    for was, now in waiting:
        origin = _origin(was, now, asked)
        if origin is not None:
            yield was, now, origin
        elif len(waiting) < _LOOKS and was is not None:
            waiting += _changed(was.parts, now.parts)


def _origin(was: Part | None, now: Part, asked: Asked) -> Origin | None:
    for store in asked.stores:
        maker = _index_of(store).maker_of(now, asked.began)
        entry = None if maker is None else provenance_of(store, maker.name, maker.key)
        if maker is None or entry is None:
            continue
        if not maker.telling and (maker.name == asked.name or now.kind not in _DECLARED):
            continue  # in a loop over numbers, and among constants of the code, chance has many chances
        other = None if was is None else _earlier_of(store, maker, entry, was)
        if other is not None or maker.telling:
            return Origin(maker.name, maker.key, _reason(other, entry, asked))
    return None


def _earlier_of(store: EntryStore, maker: _Maker, entry: Provenance, was: Part) -> Provenance | None:
    """Return the run of the same computation that made the value before, if it was made there."""
    wanted = _digests_of(was, store)
    for _, found in islice(earlier(store, maker.name, entry.where), _NEAR):
        if any(one.path == maker.path and one.digest in wanted for one in found.made):
            return found
    return None


def _reason(other: Provenance | None, entry: Provenance, asked: Asked) -> Reason:
    """Return why a run made another value than the one before: what differs between both, or why it ran at all."""
    names = asked.names | {asked.name}
    if other is not None and other.rules == entry.rules:
        found = compare(other.parts, entry.parts)
        if found:
            began = entry.created - entry.cost
            own = asked._replace(name=entry.name, began=began, names=names)
            return Reason(Cause.CHANGED, "", traced(found, other.parts, entry.parts, own))
    return asked.explain(entry, names)


def _digests_of(part: Part, store: EntryStore) -> tuple[bytes, ...]:
    """Return by what a value is known to whoever made it: its digest, or the mark that is kept in place of it."""
    if len(part.digest) == MARK:
        return (part.digest,)
    (veiled,) = readable([part._replace(parts=(), hidden=True)], store)
    return part.digest, veiled.digest


class _Index:
    """What the entries of one store have made, as far as they were read."""

    def __init__(self, store: EntryStore) -> None:
        self._store = store  # kept, so that its identity is its own
        self._makers: dict[bytes, list[_Maker]] = {}
        self._known: set[str] = set()
        self._due = 0.0

    def maker_of(self, part: Part, before: float) -> _Maker | None:
        """Return the newest entry that made a value before a moment."""
        self._learn((name, key) for key, name in [*ledger.used.items(), *reversed(ledger.before.items())])
        wanted = _digests_of(part, self._store)
        found = self._find(wanted, before)
        if found is None and _clock() >= self._due:
            start = _clock()
            files = getattr(self._store, "ledger", None)
            self._learn((run.name, run.key) for run in latest_runs(files) if run.key)
            self._due = _clock() + _SHARE * (_clock() - start)
            found = self._find(wanted, before)
        return found

    def _find(self, wanted: Iterable[bytes], before: float) -> _Maker | None:
        return max(
            (maker for value in wanted for maker in self._makers.get(value, ()) if maker.created < before), default=None
        )

    def _learn(self, entries: Iterable[tuple[str, str]]) -> None:
        if len(self._known) > _KNOWN:
            self._known.clear()
            self._makers.clear()
        new = ((name, key) for name, key in entries if key not in self._known)
        for name, key in islice(new, _AT_ONCE):
            self._known.add(key)
            entry = provenance_of(self._store, name, key)
            if entry is not None:
                for path, value, telling in entry.made:
                    maker = _Maker(entry.created, name, key, path, telling)
                    self._makers.setdefault(value, []).append(maker)


_indexes: Final[dict[int, _Index]] = {}


def _index_of(store: EntryStore) -> _Index:
    found = _indexes.get(identity(store))
    if found is None:
        make_room(_indexes, _MOST_STORES)
        found = _indexes[identity(store)] = _Index(store)
    return found
