"""After-states: what a run changed in its inputs is saved with its outputs, and put back by a hit.

The roots are the mutable declared and reached values. Their mutable objects are numbered in an order that
depends on structure only, so that equal inputs of another process have the same numbers; outputs refer to
them by number, so that an input that is also part of the output stays the same object. A reached name that
was bound anew (`global n; n = f(n)`) is a further kind of change.

What a run only filled is a memo (see `_memo_registry`): neither saved nor put back.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import code, codec
from ..code import Slot
from ..codec import UnresolvedError
from ..computation import Computation, Reached, _memo_registry, fetch, joined, narrowed
from ..fingerprint import is_atom, is_handle
from ..model._entry import Buffer
from ..model._errors import NotSavableError
from ..model._identity import identity
from ..model._key import Absent, Note, NoteKind, PartKind
from ..model.process._asking import has
from ..model.process._records import NamedTuple
from ..model.process._undo import all_or_nothing
from ..observe import load_streams, restore_streams
from ..project._libraries import is_project_name
from ._changed_meanwhile import Meanwhile, about_to_put_back
from .objects._changes import After, Before, restore
from .objects._common_memory import overlapping
from .objects._mutables import mutables
from .objects._object_states import restorable
from .objects._unopened import kinds_of, reachable

if TYPE_CHECKING:
    from ..observe import Recorder

__all__ = [
    "MisfitError",
    "Touched",
    "Watcher",
    "given_of",
    "restored",
    "roots_of",
]

_NUMBERED = b"by order 2 "
"""What labels begin with: how objects are numbered. Numbers of another way would lead to other objects."""
_KINDS = 16
_NONE = bytes(_KINDS)


class MisfitError(UnresolvedError):
    """What a run changed cannot be put back in the inputs of now: they are equal, and made in another way."""


def _no_labels() -> bytes:
    return b""


class Touched(NamedTuple):
    """What a run did to its inputs.

    Attributes:
        given: the numbered objects of the roots, which a stream may refer to.
        labels: tells which roots those are; asked only where an entry refers to them.
        states: of the objects that changed, by number.
        bound: the reached names that were bound anew, by their place among the reached values.
        notes: what was taken for a memo.
        unnumbered: tells what the caller has as well, and no stream may hold.
    """

    given: Sequence[object] = ()
    labels: Callable[[], bytes] = _no_labels
    states: Mapping[int, object] = {}
    bound: Mapping[int, object] = {}
    notes: tuple[Note, ...] = ()
    unnumbered: Callable[[], Sequence[object]] = tuple


class Watcher:
    """The mutable inputs of a computation as they were before its run.

    Attributes:
        met: the mutable objects among them.
        filled: the places of the memos that the run filled; known once `touched` was asked.
    """

    __slots__ = ("_before", "_computation", "_meanwhile", "_roots", "_set", "filled", "met")

    def __init__(self, computation: Computation, run: Recorder) -> None:
        self._computation = computation
        self._roots = roots_of(computation)
        named = _named(computation, self._roots)
        self._before = Before(named, computation.resolver, _ignored(computation)) if named else None
        self.met: Sequence[object] = () if self._before is None else self._before.numbered
        self.filled: list[Slot] = []
        self._meanwhile = Meanwhile(computation, run, self.met)
        self._set = [(slot, fetch(slot)) for slot in computation.only_bound()]

    def end(self) -> None:
        """Take note that the run is over. Harmless when called twice."""
        self._meanwhile.end()

    def may_change(self, named: Mapping[str, object]) -> list[str]:
        """Return which values are, or hold, something that the inputs hold as well, so that a run may change them."""
        met = set(map(identity, self.met)) if named else set()
        return [name for name, value in named.items() if met and not met.isdisjoint(map(identity, mutables([value])))]

    def touched(self) -> Touched:
        """Return what the run changed.

        Raises:
            NotSavableError: a change could not be repeated in place; the error names the path.
        """
        after = self._before.after() if self._before is not None else None
        bound, memos = self._bound(after)
        if isinstance(after, NotSavableError):
            raise after
        if self._before is None or after is None:
            return Touched(bound=bound, notes=tuple(memos))
        self._meanwhile.look_at_states(after, self._slots)
        roots = dict(self._roots)
        filled = self._filled(after)
        for place in filled:
            memos.append(self._memo(place))
            del roots[place]
        # Numbered as before the run: by now the roots may hold objects that a hit does not find in them.
        names = zip(self._roots, _named(self._computation, self._roots), strict=True)
        given, within = self._before.below({name for place, name in names if place in roots})
        if after.is_whole():
            within = []  # what is put back with all that it holds brings parts of its own
        labels = partial(_packed, roots, given, within)
        if not filled:
            self._meanwhile.look_at_sharing(after, after.changed)
            return Touched([*given, *within], labels, after.states, bound, tuple(memos), self._before.unnumbered)
        first = {identity(value): number for number, value in reversed([*enumerate(given)])}
        moved = {identity(self._before.numbered[number]): state for number, state in after.states.items()}
        states = {first[key]: state for key, state in moved.items() if key in first}
        self._meanwhile.look_at_sharing(after, moved.keys() & first.keys())
        return Touched([*given, *within], labels, states, bound, tuple(memos), self._before.unnumbered)

    def _slots(self) -> dict[str, Slot | None]:
        """Return the mutable inputs by their names, with the place of each that is reached."""
        first = len(self._computation.values)
        places = [None] * first + [item.slot for item in self._computation.reached]
        named = zip(self._roots.items(), _named(self._computation, self._roots), strict=True)
        # Another kind of dictionary may fill itself as it is read.
        return {
            name: slot if slot is None or type(value) is dict else slot._replace(reads=frozenset())
            for (place, value), name in named
            for slot in (places[place],)
        }

    def _filled(self, after: After) -> list[int]:
        """Return the places of reached values that the run only filled.

        What is also below another root, and comes back with that, is none of them.
        """
        first = len(self._computation.values)
        only_filled = after.only_filled() if self._roots and max(self._roots) >= first else set()
        named = zip(self._roots, _named(self._computation, self._roots), strict=True)
        found = {
            root: place
            for place, root in named
            if place >= first
            and root in only_filled
            and not self._computation.is_own(place - first)
            and not _memo_registry.is_registry(self._roots[place], self._computation.plans())
            and not self._computation.is_set(self._computation.reached[place - first])
        }
        found = {root: place for root, place in found.items() if not self._is_made_more_of(root, after)}
        below = after.below() if found else {}
        while shared := [root for root in found if _meets(below, root, below.keys() - found.keys())]:
            for root in shared:
                del found[root]
        return [*found.values()]

    def _is_made_more_of(self, root: str, after: After) -> bool:
        """Tell whether a dict has changed there that is an attribute, and of whose items code makes more and reads."""
        paths = [path for path in after.paths.values() if "." in path and path.startswith(root)]
        grown = code.grown_attributes(self._computation.plans()) if paths else ()
        return any(path.rpartition(".")[2] in grown for path in paths)

    def _bound(self, after: After | NotSavableError | None) -> tuple[dict[int, object], list[Note]]:
        """Return the reached names that hold another object than before, and memos among them.

        One that holds an equal object counts where the former one was changed: a hit changes that, too.
        """
        bound: dict[int, object] = {}
        memos: list[Note] = []
        for place, item in enumerate(self._computation.reached):
            own = self._computation.is_own(place)
            if item.slot.kind is PartKind.ENVIRONMENT or (own and item.slot.name in self._computation.produced):
                continue  # what a block binds itself is what it produces
            now = item.present()
            if now is item.value:
                continue
            if self._computation.digest_of(item, now) == item.now and not self._changed(place, after):
                continue
            self._meanwhile.look_at_binding(item.slot)
            if item.value is None and (is_handle(now) or not self._computation.is_set(item)):
                memos.append(self._memo(place + len(self._computation.values)))
            elif own and not isinstance(item.slot.holder, type) and not hasattr(item.slot.holder, "__setitem__"):
                raise NotSavableError(
                    item.slot.path, "a function that the block calls binds it anew; let the block do that"
                )
            else:
                bound[place] = now
        bound.update(self._newly_set())
        return bound, memos

    def _newly_set(self) -> Iterator[tuple[int, object]]:
        """Yield what the run has set for others and does not read itself, as far as it has a stored form.

        Whether it was set to the value that it had cannot be seen.
        """
        for number, (slot, before) in enumerate(self._set):
            now = fetch(slot)
            if now is before or now is Absent.ABSENT or is_handle(now) or slot.name in self._computation.produced:
                continue
            self._meanwhile.look_at_binding(slot)
            if is_atom(now) or _is_storable(now):
                yield -1 - number, now

    def _changed(self, place: int, after: After | NotSavableError | None) -> bool:
        """Tell whether the value that a reached name had before was changed by the run."""
        named = dict(zip(self._roots, _named(self._computation, self._roots), strict=True))
        return isinstance(after, After) and named.get(place + len(self._computation.values)) in after.below()

    def _memo(self, place: int) -> Note:
        item: Reached = self._computation.reached[place - len(self._computation.values)]
        self.filled.append(item.slot)
        memo = self._computation.as_memo(item, self._computation.digest_of(item, item.present()))
        if memo is not None:  # a handle counts by its type, whoever sets it
            _memo_registry.remember(item.slot, memo)
        return Note(NoteKind.MEMO, item.slot.path, "only filled by the computation itself")


def _is_storable(value: object) -> bool:
    try:
        codec.encode(value, is_project=is_project_name)
    except NotSavableError:
        return False
    return True


def _meets(below: Mapping[str, set[int]], root: str, others: Iterable[str]) -> bool:
    """Tell whether something that changed below a root did so below one of the others as well."""
    return any(not below[root].isdisjoint(below[other]) for other in others)


def roots_of(computation: Computation) -> dict[int, object]:
    """Return the mutable declared and reached values by their place; a default counts where it is reached only."""
    defaults = computation.defaults
    values = [Absent.ABSENT if identity(value) in defaults else value for value in computation.values]
    values += [item.value if item.without else narrowed(item.value, item.slot) for item in computation.reached]
    return {place: value for place, value in enumerate(values) if not is_atom(value) and not _is_stateless(value)}


def _is_stateless(value: object) -> bool:
    """Tell whether a value has nothing to be put back: it is absent, or an object of this package."""
    return value is Absent.ABSENT or has(type(value), "__lutil_own__")


def _ignored(computation: Computation) -> list[str]:
    """Return the paths below the inputs that the user said do not count."""
    pairs = [(item.path, item.without) for item in computation.recipe.inputs]
    pairs += [(item.slot.path, item.without) for item in computation.reached]
    return [joined(path, part) for path, parts in pairs for part in parts]


def _named(computation: Computation, roots: Mapping[int, object]) -> dict[str, object]:
    paths = [item.path for item in computation.recipe.inputs] + [item.slot.path for item in computation.reached]
    named: dict[str, object] = {}
    for place, value in roots.items():
        path = paths[place]
        # One path may be declared and reached, or lead to two places of one name in different modules.
        named[path if path not in named else f"{path} (place {place})"] = value
    return named


def _packed(roots: Mapping[int, object], given: Sequence[object], within: Sequence[object]) -> bytes:
    """Return which roots were numbered, and how their objects share: equal inputs may share in another way."""
    pairs = [number for pair in _sharing([*given, *within]) for number in pair]
    numbers = struct.pack(f"<I{len(roots)}I{len(pairs)}I", len(roots), *roots, *pairs)
    return _NUMBERED + kinds_of(within) + numbers


def _sharing(numbered: Sequence[object]) -> list[tuple[int, int]]:
    """Return the pairs of numbers that are one object, or arrays on common memory."""
    first: dict[int, int] = {}
    pairs = [(first[identity(v)], n) for n, v in enumerate(numbered) if first.setdefault(identity(v), n) != n]
    return pairs + [(group[0], number) for group in overlapping(numbered) for number in group[1:]]


def given_of(computation: Computation, labels: Buffer, expected: int | None = None) -> list[object]:
    """Return the numbered objects of the roots that an entry names, as they are here and now.

    Args:
        computation: that is looked up.
        labels: which the entry keeps.
        expected: how many objects these were in the run, where that is known.

    Raises:
        MisfitError: they are not the objects that they were in the run, or share their parts in another way.
    """
    roots = roots_of(computation)
    start = len(_NUMBERED)
    if bytes(labels[:start]) != _NUMBERED:
        raise MisfitError("the objects in the inputs were numbered by an earlier version")
    kinds, rest = bytes(labels[start : start + _KINDS]), labels[start + _KINDS :]
    count, *numbers = struct.unpack(f"<{len(rest) // 4}I", rest)
    places, sharing = numbers[:count], numbers[count:]
    if missing := [place for place in places if place not in roots]:
        paths = [item.path for item in computation.recipe.inputs] + [item.slot.path for item in computation.reached]
        named = f"`{paths[missing[0]]}`" if missing[0] < len(paths) else "an input"
        raise MisfitError(f"{named} is no object of its own that a change could be put back in, as it was in the run")
    values = [roots[place] for place in places]
    given, within = (mutables(values), []) if kinds == _NONE else reachable(values)
    if kinds_of(within) != kinds:
        raise MisfitError("an input holds other objects than in the run, although it is equal")
    given += within
    if expected not in {None, len(given)}:
        raise MisfitError("the inputs are made of other objects than in the run, though they are equal")
    if [number for pair in _sharing(given) for number in pair] != sharing:
        raise MisfitError("the inputs share their parts in another way than they did in the run")
    return given


def restored(
    computation: Computation, payload: tuple[Any, ...], given: Sequence[object]
) -> tuple[object, Callable[[], None] | None]:
    """Return the outputs, and what puts back in place what the run changed.

    Raises:
        MisfitError: an input of this process cannot take the state that it had after the run.
        UnresolvedError: the library of a random stream is not here.
    """
    outputs, labels, states, bound, streams = payload
    numbered = given or (given_of(computation, labels) if states else ())
    for number, state in states.items():
        why = "the inputs hold other objects" if number >= len(numbered) else restorable(numbered[number], state)
        if why:
            raise MisfitError(f"a change cannot be put back: {why}")

    try:
        places = [*zip(computation.slots_of(bound), bound.values(), strict=True)]
    except LookupError as error:
        raise MisfitError("a name that the run has set is not there") from error
    if states:
        about_to_put_back(numbered[number] for number in states)
    try:
        load_streams(streams)
    except ImportError as error:
        raise UnresolvedError(f"a random stream cannot be put back: {error}") from error

    def put_back() -> None:
        if not bound and not streams:
            restore(numbered, states)
            return
        with all_or_nothing() as undo:
            restore(numbered, states, undo)
            for slot, value in places:
                undo(partial(_bind, slot, fetch(slot)))
                _bind(slot, value)
            if streams:
                restore_streams(streams, undo)

    return outputs, put_back


def _bind(slot: Slot, value: object) -> None:
    if value is Absent.ABSENT:
        slot.clear()
    else:
        slot.store(value)
