"""What outlives the run that filled it, and what was read for it.

A reader with a memory (`functools.lru_cache`, `cached_property`, a hand-made memo, a module that is imported only when
a function runs) reads its file once in a process. Each later run that takes what was kept depends on that file, though
it is not seen to read it; so it is given the inputs of the run that filled it, as it is given those of an inner hit.

Where the program itself filled it, nobody has seen what was read for it. Then what it keeps is an input like a file,
unless its code is seen to read nothing.
"""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

import xxhash

from ..code import Keeper, Slot, is_cache, may_read, results
from ..computation import Computation, Reached, _memo_registry, fetch
from ..fingerprint import digest
from ..model._identity import identity, place_of
from ..model._key import PartKind
from ..model.process._interrupts import let_pass, suppressed
from ..model.process._records import NamedTuple
from ..observe import Mode, Observation, Observed, Recorder, Trace
from ._after_states import roots_of
from .objects._mutables import mutables

__all__ = ["Keeping", "kept_digest"]

Inputs = dict[Observed, bytes]


class _Kept:
    """What is known of one thing that keeps results.

    Attributes:
        held: keeps its identity its own: the thing, or a weak reference to it.
        inputs: of the runs that filled it, as far as they were read for it.
        fills: of a cache, up to which of its fills all were by runs.
    """

    __slots__ = ("fills", "held", "inputs")

    def __init__(self, held: object) -> None:
        self.held = held
        self.inputs: Inputs = {}
        self.fills = 0


_WORKERS: Final = "workers"
_MOST: Final = 4096
_known: Final[dict[object, _Kept]] = {}
_running: Final[weakref.WeakValueDictionary[int, Keeping]] = weakref.WeakValueDictionary()
"""Those of runs that are on: what they have read so far, others may take by now."""


def _of(key: object, thing: object = None) -> _Kept:
    found = _known.get(key)
    if found is None:
        if len(_known) >= _limit[0]:
            _make_room()
        try:
            held: object = None if thing is None else weakref.ref(thing, functools.partial(_known.pop, key))
        except TypeError:
            held = thing
        found = _known[key] = _Kept(held)
    return found


def _make_room() -> None:
    """Forget the places that do not go by themselves, but for those that still count as memos.

    Cells and dictionaries of closures take no weak reference. Where a memo is known, so are the inputs of what filled
    it; what is known as none counts as what it holds.
    """
    for key, known in list(_known.items()):
        place = key[1] if isinstance(key, tuple) and key[0] == _WORKERS else key
        lasts = known.held is None or isinstance(known.held, weakref.ref)
        if not lasts and not _memo_registry.is_filled(place):
            _known.pop(key, None)
    _limit[0] = max(_MOST, 2 * len(_known))


_limit: Final = [_MOST]


class _Cache(NamedTuple):
    """A cache of `functools` as it was before a run."""

    keeper: Keeper
    hits: int
    fills: int
    size: int


class _Property(NamedTuple):
    """A `cached_property` of one object, and whether it was filled before a run."""

    owner: object
    name: str
    keeper: Keeper
    filled: bool


class Keeping:
    """What a run finds kept, and what it keeps itself.

    Args:
        computation: whose code says what may be kept.
        met: the objects among its inputs.
        recorder: of the run.

    Attributes:
        recorder: of the run.
    """

    __slots__ = (
        "__weakref__",
        "_caches",
        "_computation",
        "_fillings",
        "_fills",
        "_modules",
        "_properties",
        "_unseen",
        "_worked",
        "recorder",
    )

    def __init__(self, computation: Computation, met: Iterable[object], recorder: Recorder) -> None:
        self._computation = computation
        self.recorder = recorder
        self._worked = False
        keepers = _keepers_of(computation)
        self._caches = [_Cache(k, *_counts(k.target)) for k in keepers if is_cache(k.target)]
        self._modules = [(k, k.target in sys.modules) for k in keepers if isinstance(k.target, str)]
        self._properties = list(_properties(keepers, met))
        reached = [one for one in computation.reached if one.now != one.digest or _may_be_filled(one.value)]
        self._fills = [(item, self._size_before(item)) for item in reached]
        self._fillings = [*map(self._filling, reached)]
        self._unseen = {name: kept_digest(computation, name) for name in dict.fromkeys(self._filled_unseen())}
        try:
            for one in self._fillings:
                _memo_registry.filling(one)
            _running[identity(self)] = self
        except BaseException:
            self.drop()
            raise

    def _size_before(self, item: Reached) -> int | None:
        """Return the size that a place had when the key was made; None if others have filled it since."""
        unchanged = type(item.value) is not dict or self._computation.digest_of(item, item.present()) == item.now
        return _size(item.value) if unchanged else None

    def _filling(self, item: Reached) -> _memo_registry.Filling:
        counts = functools.partial(self._computation.as_memo, item)
        return _memo_registry.Filling(item.slot, item.value, _size(item.value), item.now, counts)

    def _filled_unseen(self) -> Iterator[str]:
        """Yield the names of what the program has filled that may read something."""
        for cache in self._caches:
            if not self._is_seen(cache) and _reads(cache.keeper, results(cache.keeper.target)):
                yield cache.keeper.label
        for owner, name, keeper, filled in self._properties:
            if filled and not _is_from_a_run((identity(owner), name)) and _reads(keeper, [owner]):
                yield keeper.label

    def _is_seen(self, cache: _Cache) -> bool:
        """Tell whether all that a cache holds was put there by runs."""
        key, fills = identity(cache.keeper.target), cache.fills
        known = _of(key, cache.keeper.target)
        if not cache.size:  # also after it was cleared
            known.fills, known.inputs = fills, {}
        elif fills < known.fills:
            known.fills = -1  # cleared and filled by whoever
        elif any(other.fills <= known.fills for run in _others() for other in run.caches_of(key)):
            known.fills = fills
        return known.fills == fills

    def may_fill(self, key: tuple[int, str]) -> bool:
        """Return whether the property of an object was not filled before this run."""
        return any(key == (identity(one.owner), one.name) for one in self._properties if not one.filled)

    def caches_of(self, key: int) -> list[_Cache]:
        """Return a cache as it was before this run, if it may fill it."""
        return [cache for cache in self._caches if identity(cache.keeper.target) == key]

    def stop(self) -> Observation:
        """End the run and return what it read, with what was read for the results that it took."""
        self._count()
        observation = self.recorder.stop()
        self._leave(observation)
        return observation

    def fail(self) -> None:
        """End a run that failed. What it has filled and imported stays, so what it read for that is remembered."""
        if self._caches or self._properties or self._modules or self._fills:
            # Whatever the failure leaves unreadable: the failure itself is what the caller has to hear of.
            with suppressed():
                observation = self.recorder.stop()
                self._leave(observation)
                filled = [item.slot for item, size in self._fills if _size(item.present()) != size]
                self.leave_memos(observation, filled)
        self.recorder.drop()
        self.drop()

    def drop(self) -> None:
        """End the run for others. Harmless when called twice."""
        _running.pop(identity(self), None)
        for one in self._fillings:
            _memo_registry.left(one)

    def _count(self) -> None:
        # A process that works for the run has memos of its own: those of this one, if it is a fork of it, and what it
        # has filled for earlier runs.
        worked = self._worked = self.recorder.has_workers
        for keeper, hits, _, _ in self._caches:
            if worked or _counts(keeper.target)[0] > hits or keeper.label in self.recorder.kept:
                self._take(identity(keeper.target), keeper.codes)
                self._count_unseen(keeper.label)
        for owner, name, keeper, filled in self._properties:
            if worked or name in getattr(owner, "__dict__", ()):
                self._take((identity(owner), name), keeper.codes)
            if filled:
                self._count_unseen(keeper.label)
        for keeper, _ in self._modules:
            if worked or keeper.target in sys.modules:
                self._take(keeper.target, keeper.codes)
        for item, size in self._fills:
            if worked or item.now != item.digest or _size(item.present()) != size:
                self._take((identity(item.slot.holder), item.slot.name), self._codes(item.slot))

    def _take(self, key: object, codes: frozenset[int | str]) -> None:
        """Count what runs have read to fill something, this one or others, some of which may be on still."""
        for run in _others():
            if run is not self:
                self.recorder.borrow(run.recorder, codes)
        for known in (_known.get(key), _known.get((_WORKERS, key)) if self._worked else None):
            if known is not None and known.inputs:
                trace = Trace(known.inputs)
                self.recorder.add(trace, [known.inputs[observed] for observed in trace.names])

    def _count_unseen(self, label: str) -> None:
        if label in self._unseen:
            self.recorder.count(Observed(PartKind.MEMO, label, Mode.RESULTS), self._unseen[label])

    def _leave(self, observation: Observation) -> None:
        for keeper, _, fills, _ in self._caches:
            now = _counts(keeper.target)[1]
            if now != fills:
                known = _of(identity(keeper.target), keeper.target)
                if known.fills >= fills:
                    known.fills = now
                known.inputs.update(_inputs_of(observation, keeper.codes))
        for owner, name, keeper, filled in self._properties:
            if not filled and name in getattr(owner, "__dict__", ()):
                _of((identity(owner), name), owner).inputs.update(_inputs_of(observation, keeper.codes))
        for keeper, loaded in self._modules:
            if not loaded and keeper.target in sys.modules:
                _of(keeper.target).inputs.update(_inputs_of(observation, keeper.codes))
        if self._worked:
            self._leave_to_workers(observation)

    def _leave_to_workers(self, observation: Observation) -> None:
        """Take note of what other processes have read to fill something that they have as well."""
        filled: list[tuple[object, object, frozenset[int | str]]] = [
            *((identity(one.keeper.target), one.keeper.target, one.keeper.codes) for one in self._caches),
            *(((identity(one.owner), one.name), one.owner, one.keeper.codes) for one in self._properties),
            *((keeper.target, None, keeper.codes) for keeper, _ in self._modules),
        ]
        for item, _ in self._fills:
            slot = item.slot
            filled.append(((identity(slot.holder), slot.name), slot.holder, self._codes(slot)))
        for key, thing, codes in filled:
            if found := _inputs_of(observation, codes, sure=True):
                _of((_WORKERS, key), thing).inputs.update(found)

    def leave_memos(self, observation: Observation, slots: Iterable[Slot]) -> None:
        """Take note of the hand-made memos that the run has filled."""
        for slot in slots:
            known = _of((identity(slot.holder), slot.name), slot.holder)
            known.inputs.update(_inputs_of(observation, self._codes(slot)))

    def _codes(self, slot: Slot) -> frozenset[int | str]:
        """Return the code that may have filled a place; nothing where that is not known."""
        found: set[int | str] = set()
        for plan in self._computation.plans():
            numbers = {number for number, one in enumerate(plan.slots) if one.path == slot.path}
            for node in plan.nodes:
                if not numbers.isdisjoint(node.slots):
                    if node.code is None:
                        return frozenset()
                    found |= {identity(node.code), place_of(node.code)}
        return frozenset(found)


def _others() -> list[Keeping]:
    return [run for run in (ref() for ref in list(_running.valuerefs())) if run is not None]


def _is_from_a_run(key: tuple[int, str]) -> bool:
    """Return whether a run has filled the property of an object, one that is still on included."""
    return any(run.may_fill(key) for run in _others()) or key in _known  # in this order: a run leaves, then it ends


def _may_be_filled(value: object) -> bool:
    return value is None or type(value) is dict


def _size(value: object) -> int:
    return len(value) if type(value) is dict else -1 if value is None else -2


def _reads(keeper: Keeper, given: Iterable[object]) -> bool:
    """Return whether what fills a memo may read something, by itself or by an object that it is given or uses."""
    try:
        return not keeper.pure or any(map(may_read, (*given, *map(fetch, keeper.slots))))
    except Exception as error:  # noqa: BLE001 - objects raise what they like when they are looked at
        let_pass(error)
        return True


def _inputs_of(observation: Observation, codes: Collection[int | str], *, sure: bool = False) -> Inputs:
    """Return what a run read while one of these was being run; unless sure, also that of which this is not known."""
    found: Inputs = {}
    for observed, part in zip(observation.trace.names, observation.parts, strict=True):
        if observed.kind in {PartKind.STREAM, PartKind.MEMO}:
            continue
        by = observation.readers.get(observed.name)
        counts = not sure if by is None or not codes else not by.isdisjoint(codes)
        if counts:
            found[observed] = part.digest
    return found


def kept_digest(computation: Computation, name: str) -> bytes:
    """Return the digest of all that is kept under a name, as it is now."""
    keepers = [keeper for keeper in _keepers_of(computation) if keeper.label == name]
    caches = [keeper.target for keeper in keepers if is_cache(keeper.target)]
    found = [value for cache in caches for value in sorted(_digest(computation, pair) for pair in results(cache))]
    if len(keepers) > len(caches):
        properties = _properties(keepers, mutables([*roots_of(computation).values()]))
        found += [_digest(computation, vars(owner)[attribute]) for owner, attribute, _, filled in properties if filled]
    return xxhash.xxh3_128_digest(b"".join(found))


def _digest(computation: Computation, value: object) -> bytes:
    return digest(value, computation.resolver(), lenient=True)


def _keepers_of(computation: Computation) -> list[Keeper]:
    found = {identity(k.target): k for plan in computation.plans() for k in plan.keepers}
    return list(found.values())


def _counts(cache: Any) -> tuple[int, int, int]:
    """Return how often a cache gave what it keeps, how often it was filled, and how much it holds."""
    info = cache.cache_info()
    return info.hits, info.misses, info.currsize


def _properties(keepers: Sequence[Keeper], met: Iterable[object]) -> Iterator[_Property]:
    """Yield the properties that keep their results in objects."""
    by_target = {identity(k.target): k for k in keepers if isinstance(k.target, functools.cached_property)}
    if not by_target:
        return
    names: dict[type, list[tuple[str, Keeper]]] = {}
    for owner in met:
        cls = type(owner)
        if cls not in names:
            members = {name: item for base in reversed(cls.__mro__) for name, item in base.__dict__.items()}
            names[cls] = [(n, by_target[identity(i)]) for n, i in members.items() if identity(i) in by_target]
        for name, keeper in names[cls]:
            yield _Property(owner, name, keeper, name in getattr(owner, "__dict__", ()))
