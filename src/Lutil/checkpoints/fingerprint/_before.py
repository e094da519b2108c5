"""What a run changed in its inputs: a survey before it, a comparison after it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, NamedTuple

from .._errors import NotSavableError
from .._key import Resolver
from ._digest import told
from ._mutables import Survey
from ._places import Whole
from ._states import place_of, restorable

__all__ = ["After", "Before", "restore"]


class After(NamedTuple):
    """What a run changed, and can be brought back in place.

    Attributes:
        states: the state of each numbered object that changed by itself, by the first of its numbers. Whoever puts
            them back elsewhere has to see that the objects there are shared in the same way.
        paths: how a person writes the way to each of them.
        roots: by number, the name of the root below which it changed.
        filled: the numbers of those that only gained: a dict kept its items, None became a value.
    """

    states: dict[int, object]
    paths: dict[int, str]
    roots: dict[int, str]
    filled: frozenset[int]


class Before:
    """The inputs as they were before a run.

    Costs one pass of the hash over arrays, tensors and frames, and a copy of the references of containers and
    objects; nothing where all roots are immutable. Made on a miss only. What becomes of the `ignored` paths is not
    looked at where it could not be put back.

    Attributes:
        numbered: the mutable objects below the roots, in the order of `mutables`.
    """

    __slots__ = ("_opaque", "_resolver", "_shapes", "_shots", "_survey", "numbered")

    def __init__(
        self, roots: Mapping[str, object], resolver_factory: Callable[[], Resolver], ignored: Sequence[str] = ()
    ) -> None:
        self._survey = Survey(list(roots.values()), list(roots))
        self.numbered: list[object] = self._survey.numbered
        self._resolver = resolver_factory
        self._shots: dict[int, object] = {}
        self._shapes: dict[int, tuple[type, object]] = {}
        for value, place in zip(self.numbered, self._survey.places, strict=True):
            if id(value) not in self._shots:
                self._shots[id(value)] = self._shot(value, place)
                self._shapes[id(value)] = (type(value), place.shape(value))
        below = tuple(path + mark for path in ignored for mark in ".[")
        self._opaque = {
            id(value): self._digest(value)
            for value, spot in self._survey.opaque
            if self._survey.path_of(spot) not in ignored and not self._survey.path_of(spot).startswith(below)
        }

    def below(self, roots: Container[str]) -> list[object]:
        """Return the numbered objects below some of the roots, as `mutables` numbers those alone."""
        return [value for number, value in enumerate(self.numbered) if self._survey.root(number) in roots]

    def _shot(self, value: object, place: Any) -> object:
        return Whole(self._digest(value)) if place.whole else place.shot(value)

    def _digest(self, value: object) -> bytes | None:
        return told(value, self._resolver())

    def after(self) -> After | NotSavableError:
        """Return what changed since, or why it cannot be brought back: the error names the path."""
        survey = self._survey
        for value, spot in survey.opaque:
            if id(value) not in self._opaque:
                continue
            if self._opaque[id(value)] is None:
                why = f"a run may use up a {_what(value)}, and nobody can tell how far it did"
                return NotSavableError(survey.path_of(spot), why)
            if self._digest(value) != self._opaque[id(value)]:
                return NotSavableError(
                    survey.path_of(spot), f"the run changed a {_what(value)}, which has no in-place rule"
                )
        changed = self._changed()
        for number in changed:
            why = self._unrestorable(number)
            if why:
                return NotSavableError(survey.path(number), why)
        first = {id(self.numbered[number]): number for number in reversed(changed)}.values()
        states = {number: survey.places[number].take(self.numbered[number]) for number in sorted(first)}
        filled = frozenset(number for number in changed if self._only_gained(number))
        roots = {number: survey.root(number) for number in changed}
        return After(states, {number: survey.path(number) for number in changed}, roots, filled)

    def _only_gained(self, number: int) -> bool:
        value, place = self.numbered[number], self._survey.places[number]
        before = self._shots[id(value)]
        return not isinstance(before, Whole) and place.gained(before, place.shot(value))

    def _changed(self) -> list[int]:
        """Return the numbers of the objects that changed by themselves, one for each time they were met."""
        verdicts: dict[int, bool] = {}
        changed = []
        for number, value in enumerate(self.numbered):
            verdict = verdicts.get(id(value))
            if verdict is None:
                place = self._survey.places[number]
                verdict = type(value) is not self._shapes[id(value)][0] or self._differs(value, place)
                verdicts[id(value)] = verdict
            if verdict:
                changed.append(number)
        return changed

    def _differs(self, value: object, place: Any) -> bool:
        before = self._shots[id(value)]
        if isinstance(before, Whole):
            return before.digest is None or before.digest != self._digest(value)
        return not place.same(before, place.shot(value))

    def _unrestorable(self, number: int) -> str:
        value = self.numbered[number]
        place = self._survey.places[number]
        cls, shape = self._shapes[id(value)]
        if type(value) is not cls:
            return f"the run turned a {cls.__name__} into a {_what(value)}"
        if shape != place.shape(value):
            return f"the run gave a {_what(value)} another shape or type"
        why = place.refuses(value)
        return why or self._overlapping(value)

    def _overlapping(self, value: Any) -> str:
        """Return why a changed array cannot be restored alone: another input is a view of the same memory."""
        numpy = sys.modules.get("numpy")
        if numpy is None or not isinstance(value, numpy.ndarray):
            return ""
        for other in self.numbered:
            if other is not value and isinstance(other, numpy.ndarray) and _share(numpy, value, other):
                return "the run changed an array whose memory another input shares"
        return ""


def _share(numpy: Any, one: Any, other: Any) -> bool:
    if not numpy.may_share_memory(one, other):
        return False
    try:
        return bool(numpy.shares_memory(one, other, max_work=10_000))
    except numpy.exceptions.TooHardError:
        return True


def _what(value: object) -> str:
    return type(value).__name__


def restore(numbered: Sequence[object], states: Mapping[int, object]) -> None:
    """Bring the numbered objects to their states in place; all of them, or none.

    Raises:
        NotSavableError: one of them cannot take its state; then none has been touched.
    """
    for number, state in states.items():
        if number >= len(numbered):
            raise NotSavableError("", "the inputs hold other objects than they did")
        why = restorable(numbered[number], state)
        if why:
            raise NotSavableError("", why)
    for number, state in states.items():
        place = place_of(numbered[number])
        if place is not None:
            place.put(numbered[number], state)
