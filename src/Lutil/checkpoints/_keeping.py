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
from typing import Any, Final, NamedTuple

import xxhash

from ._after import roots_of
from ._computation import Computation
from ._identity import identity
from ._key import PartKind
from .code import Keeper, Slot, results
from .fingerprint import digest, mutables
from .observe import Mode, Observation, Observed, Recorder, Trace

__all__ = ["Keeping", "inputs_of", "kept_digest"]

Inputs = dict[Observed, bytes]


class _Kept:
    """What is known of one thing that keeps results.

    Attributes:
        held: keeps its identity its own: the thing, or a weak reference to it.
        inputs: of the runs that filled it, as far as they were read for it.
        fills: how often runs did.
    """

    __slots__ = ("fills", "held", "inputs")

    def __init__(self, held: object) -> None:
        self.held = held
        self.inputs: Inputs = {}
        self.fills = 0


_known: Final[dict[object, _Kept]] = {}


def _of(key: object, thing: object = None) -> _Kept:
    found = _known.get(key)
    if found is None:
        try:
            held: object = None if thing is None else weakref.ref(thing, functools.partial(_known.pop, key))
        except TypeError:
            held = thing
        found = _known[key] = _Kept(held)
    return found


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
    """

    __slots__ = ("_caches", "_computation", "_modules", "_properties", "_unseen")

    def __init__(self, computation: Computation, met: Iterable[object]) -> None:
        self._computation = computation
        keepers = _keepers_of(computation)
        self._caches = [_Cache(k, *_counts(k.target)) for k in keepers if _is_cache(k)]
        self._modules = [(k, k.target in sys.modules) for k in keepers if isinstance(k.target, str)]
        self._properties = list(_properties(keepers, met))
        self._unseen = {name: kept_digest(computation, name) for name in dict.fromkeys(self._filled_unseen())}

    def _filled_unseen(self) -> Iterator[str]:
        """Yield the names of what the program has filled that may read something."""
        for keeper, _, fills, size in self._caches:
            known = _known.get(identity(keeper.target))
            if size and not keeper.pure and fills != (0 if known is None else known.fills):
                yield keeper.label
        for owner, name, keeper, filled in self._properties:
            if filled and not keeper.pure and (identity(owner), name) not in _known:
                yield keeper.label

    def stop(self, recorder: Recorder) -> Observation:
        """End the run and return what it read, with what was read for the results that it took."""
        self._count(recorder)
        observation = recorder.stop()
        self._leave(observation)
        return observation

    def _count(self, recorder: Recorder) -> None:
        taken = [_of(key).inputs for key in self._memos()]
        for keeper, hits, _, size in self._caches:
            if size and (_counts(keeper.target)[0] > hits or keeper.label in recorder.kept):
                taken.append(_of(identity(keeper.target), keeper.target).inputs)
                self._count_unseen(recorder, keeper.label)
        for owner, name, keeper, filled in self._properties:
            if filled:
                taken += [known.inputs for known in [_known.get((identity(owner), name))] if known is not None]
                self._count_unseen(recorder, keeper.label)
        taken += [_of(keeper.target).inputs for keeper, loaded in self._modules if loaded]
        for inputs in filter(None, taken):
            trace = Trace(inputs)
            recorder.add(trace, [inputs[observed] for observed in trace.names])

    def _count_unseen(self, recorder: Recorder, label: str) -> None:
        if label in self._unseen:
            recorder.count(Observed(PartKind.MEMO, label, Mode.RESULTS), self._unseen[label])

    def _memos(self) -> Iterator[tuple[int, str | int]]:
        """Yield the hand-made memos that other runs have filled."""
        for item in self._computation.reached:
            if item.now != item.digest:
                yield identity(item.slot.holder), item.slot.name

    def _leave(self, observation: Observation) -> None:
        for keeper, _, fills, _ in self._caches:
            more = _counts(keeper.target)[1] - fills
            if more > 0:
                known = _of(identity(keeper.target), keeper.target)
                known.fills += more
                known.inputs.update(inputs_of(observation, keeper.codes))
        for owner, name, keeper, filled in self._properties:
            if not filled and name in vars(owner):
                _of((identity(owner), name), owner).inputs.update(inputs_of(observation, keeper.codes))
        for keeper, loaded in self._modules:
            if not loaded and keeper.target in sys.modules:
                _of(keeper.target).inputs.update(inputs_of(observation, keeper.codes))

    def leave_memos(self, observation: Observation, slots: Iterable[Slot]) -> None:
        """Take note of the hand-made memos that the run has filled."""
        for slot in slots:
            known = _of((identity(slot.holder), slot.name))
            known.held = slot.holder
            known.inputs.update(inputs_of(observation, self._codes(slot)))

    def _codes(self, slot: Slot) -> frozenset[int | str]:
        """Return the code that may have filled a place; nothing where that is not known."""
        found: set[int | str] = set()
        for plan in self._computation.plans():
            numbers = {number for number, one in enumerate(plan.slots) if one.path == slot.path}
            for node in plan.nodes:
                if not numbers.isdisjoint(node.slots):
                    if node.code is None:
                        return frozenset()
                    found.add(identity(node.code))
        return frozenset(found)


def inputs_of(observation: Observation, codes: Collection[int | str]) -> Inputs:
    """Return what a run read while one of these was being run; all where that is not known."""
    found: Inputs = {}
    for observed, part in zip(observation.trace.names, observation.parts, strict=True):
        by = observation.readers.get(observed.name)
        if observed.kind in {PartKind.STREAM, PartKind.MEMO}:
            continue
        if not codes or by is None or not by.isdisjoint(codes):
            found[observed] = part.digest
    return found


def kept_digest(computation: Computation, name: str) -> bytes:
    """Return the digest of all that is kept under a name, as it is now."""
    keepers = [keeper for keeper in _keepers_of(computation) if keeper.label == name]
    caches = [keeper.target for keeper in keepers if _is_cache(keeper)]
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


def _is_cache(keeper: Keeper) -> bool:
    return hasattr(keeper.target, "cache_info")


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
            yield _Property(owner, name, keeper, name in vars(owner))
