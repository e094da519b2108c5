"""What a run changed in its inputs: a survey before it, a comparison after it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...fingerprint.kinds._consumables import left
from ...fingerprint.walk._digest import Teller
from ...integrations import known_of_bases
from ...model._errors import NotSavableError
from ...model._identity import identity
from ...model._key import Resolver
from ...model.process._asking import has
from ...model.process._interrupts import let_pass
from ...model.process._undo import Undo, all_or_nothing
from ._common_memory import overlapping, share
from ._in_place_rule import InPlaceRule, Way
from ._mutables import Survey, mutables
from ._object_states import place_of, restorable
from ._snapshots import Shots
from ._unopened import Gone, within
from ._unordered import is_value

__all__ = ["After", "Before", "restore"]


class After:
    """What a run changed, and can be brought back in place.

    Attributes:
        changed: the snapshots of each object that changed by itself, and its place among them, by identity.
        states: the state of each numbered object that changed by itself, by the first of its numbers. Whoever puts
            them back elsewhere has to see that the objects there are shared in the same way.
    """

    __slots__ = ("_names", "_numbers", "_survey", "changed", "states")

    def __init__(self, survey: Survey, names: Sequence[str], changed: Mapping[int, tuple[Shots, int]]) -> None:
        self._survey = survey
        self._names = names
        self.changed = changed
        numbered = enumerate(survey.numbered) if changed else ()
        self._numbers = [number for number, value in numbered if identity(value) in changed]
        self.states: dict[int, object] = {}
        met: set[int] = set()
        for number in self._numbers:
            key = identity(survey.numbered[number])
            if key not in met:
                met.add(key)
                shots, index = changed[key]
                self.states[number] = shots.take(index)

    def is_whole(self) -> bool:
        """Return whether something changed that is put back with parts of its own, which have no number."""
        whole = [shots.value(index) for shots, index in self.changed.values() if shots.place.whole]
        known = set(map(identity, self._survey.numbered)) if whole else ()
        return any(
            type(part) is not Gone and identity(part) not in known for value in whole for part in within([value])
        )

    @property
    def paths(self) -> dict[int, str]:
        """Return how a person writes the way to each object that changed."""
        return {number: self._survey.path(number) for number in self.states}

    def path_of(self, value: object) -> str:
        """Return how a person writes the way to an object that changed."""
        return self._survey.path(next(n for n, other in enumerate(self._survey.numbered) if other is value))

    def led_to(self, roots: Collection[str], leads: Callable[[object, Way], bool]) -> set[int]:
        """Return the identities of these roots, and of what ways lead to from there that are taken."""
        found: set[int] = set()
        for index, name in enumerate(self._names):
            if name in roots:
                found |= self._survey.led_to(index, leads)
        return found

    def below(self) -> dict[str, set[int]]:
        """Return the roots below which something changed, with the identities of that."""
        found: dict[str, set[int]] = {}
        for number in self._numbers:
            found.setdefault(self._names[self._survey.root(number)], set()).add(identity(self._survey.numbered[number]))
        return found

    def only_filled(self) -> set[str]:
        """Return the roots below which something changed, and all that did only gained."""
        below: dict[int, bool] = {}
        for number in self._numbers:
            root = self._survey.root(number)
            if below.get(root, True):
                shots, index = self.changed[identity(self._survey.numbered[number])]
                below[root] = shots.gained(index)
        return {self._names[root] for root, filled in below.items() if filled}


class Before:
    """The inputs as they were before a run.

    Costs one pass of the hash over arrays, tensors and frames, and a copy of the references of containers and
    objects; nothing where all roots are immutable. Made on a miss only. What becomes of the `ignored` paths is not
    looked at where it could not be put back.

    Attributes:
        numbered: the mutable objects below the roots, in the order of `mutables`.
    """

    __slots__ = ("_alike", "_names", "_opaque", "_shots", "_survey", "_teller", "_within", "numbered")

    def __init__(
        self, roots: Mapping[str, object], resolver_factory: Callable[[], Resolver], ignored: Sequence[str] = ()
    ) -> None:
        self._names = list(roots)
        self._survey = Survey(list(roots.values()), self._names)
        self.numbered: list[object] = self._survey.numbered
        self._alike = self._survey.alike
        self._within = {place: within(values, self._alike) for place, values in self._survey.whole.items()}
        self._teller = Teller(resolver_factory)
        digest = self._teller.digest
        self._shots = [Shots(group, digest) for _, group in self._survey.groups if not group.place.fixed]
        opaque = self._survey.opaque
        if opaque and ignored:
            opaque = Survey(list(roots.values()), self._names, ignored).opaque
        self._opaque = [(value, root, digest(value), left(value)) for value, root in opaque]

    def below(self, roots: Collection[str]) -> tuple[list[object], list[object]]:
        """Return the numbered objects below some of the roots, as `reachable` numbers those alone."""
        places = [place for place, name in enumerate(self._names) if name in roots]
        opened = [self.numbered[number] for place in places for number in self._survey.below(place)]
        return opened, [item for place in places for item in self._within.get(place, ())]

    def unnumbered(self) -> list[object]:
        """Return objects of the caller that no number leads to, so that no hit can hand them on.

        These are elements of sets that are equal to another, the dictionaries behind `vars(...)`, and attributes
        that an object leaves out of its state.
        """
        whole = [value for values in self._survey.whole.values() for value in values]
        held = [part for attributes in _attributes_of(whole) for part in attributes.values()]
        found = [*self._alike, *mutables(self._alike), *_attributes_of(self.numbered)]
        found += [part for part in held if place_of(part) is not None and not is_value(type(part))]
        known = {identity(part) for parts in (self.numbered, *self._within.values()) for part in parts} if found else ()
        return [part for part in found if identity(part) not in known]

    def after(self) -> After | NotSavableError:
        """Return what changed since, or why it cannot be brought back: the error names the path."""
        self._teller.begin()
        digest = self._teller.digest
        for value, root, before, much in self._opaque:
            what, why = type(value).__name__, ""
            if before is None:
                why = f"a run may use up a {what}, and nobody can tell how far it did"
            elif digest(value) != before and not any(known_of_bases(type(value), "DRAWN")):
                why = f"the run changed a {what}, which has no in-place rule"
            elif much is not None and (left(value) or 0) < much:
                why = f"the run took something out of a {what}"
            if why:
                return NotSavableError(self._survey.path_of(value, root), why)
        changed: dict[int, tuple[Shots, int]] = {}
        for shots in self._shots:
            for index in shots.changed(digest):
                changed[identity(shots.value(index))] = shots, index
        self._add_what_is_handed_on(changed)
        for value, why in self._refused(changed):
            number = next(number for number, other in enumerate(self.numbered) if other is value)
            return NotSavableError(self._survey.path(number), why)
        return After(self._survey, self._names, changed)

    def _add_what_is_handed_on(self, changed: dict[int, tuple[Shots, int]]) -> None:
        """Add the parts of an object to what changed, where putting that back may empty them on the way."""
        handing = [(shots.place, shots.value(index)) for shots, index in changed.values() if shots.place.hands_on]
        if not handing:
            return
        known = {identity(value): (shots, n) for shots in self._shots for n, value in enumerate(shots.values)}
        for part in [part for place, value in handing for _, part in place.children(value)]:
            if identity(part) in known:
                changed.setdefault(identity(part), known[identity(part)])

    def _refused(self, changed: Mapping[int, tuple[Shots, int]]) -> Iterator[tuple[object, str]]:
        """Yield what changed and cannot be restored, with the reason."""
        for shots, index in changed.values():
            why = shots.unrestorable(index)
            if why:
                yield shots.value(index), why
        if not any(has(shots.cls, "dtype") for shots, _ in changed.values()):
            return
        for group in overlapping(self.numbered):
            arrays = [self.numbered[number] for number in group]
            for array in arrays:
                if identity(array) in changed and any(share(array, other) for other in arrays if other is not array):
                    yield array, "the run changed an array whose memory another input shares"


def _attributes_of(values: Iterable[object]) -> Iterator[dict[str, object]]:
    """Yield the dictionaries of attributes that some objects have, and show."""
    for value in values:
        try:
            own = vars(value) if type(value).__dictoffset__ else None
        except Exception as error:  # noqa: BLE001 - the user's code: what cannot be seen cannot be handed on
            let_pass(error)
            continue
        if isinstance(own, dict):
            yield own


def restore(numbered: Sequence[object], states: Mapping[int, object], undo: Undo | None = None) -> None:
    """Bring the numbered objects to their states in place; all of them, or none.

    Args:
        numbered: the objects.
        states: by number.
        undo: takes what undoes it, where this is one of several changes; without, it is all there is.

    Raises:
        NotSavableError: one of them cannot take its state; then none has been touched.
        HalfRestoredError: one of them raised, and another could not be brought back.
    """
    for number, state in states.items():
        if number >= len(numbered):
            raise NotSavableError("", "the inputs hold other objects than they did")
        why = restorable(numbered[number], state)
        if why:
            raise NotSavableError("", why)
    known = [(place_of(numbered[number]), numbered[number], state) for number, state in states.items()]
    places = [(place, value, state) for place, value, state in known if place is not None]
    places.sort(key=lambda one: (one[0].whole_or_not, not one[0].hands_on))
    if undo is not None:
        _put_all(places, undo, last=False)
        return
    with all_or_nothing() as undo_here:
        _put_all(places, undo_here, last=True)


def _put_all(places: Sequence[tuple[InPlaceRule, Any, Any]], undo: Undo, *, last: bool) -> None:
    """Put states back. To undo a large array takes a copy of it: the last one needs none, as nothing follows it."""
    for number, (place, value, state) in enumerate(places, 1):
        if not (last and number == len(places) and place.whole_or_not):
            undo(partial(place.put, value, place.before(value)))
        place.put(value, state)
