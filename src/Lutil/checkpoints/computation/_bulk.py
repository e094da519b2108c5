"""Keys of many calls that differ in a few inputs: what they have in common is fingerprinted once.

The first call makes its key as any other does. A later one shares all of that but the digests of its own values, as
long as these meet the same classes, functions and libraries: then the walk that leads to the key would be the same
from there on. What cannot share makes its key as any other does: how a key was made does not show in it.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from typing import Final

import xxhash

from ..fingerprint import digest, is_atom
from ..model._identity import identity
from ..model.process._limits import make_room
from ..model.process._records import NamedTuple
from ..observe import marker_digest
from ._computation import Computation, versions_bytes
from ._recipe import Recipe

__all__ = ["Bulk", "Keyed"]

_MOST: Final = 16
"""Kinds of calls of one bulk that are known at a time."""


class Keyed(Computation):
    """A computation whose key may have been made already; asked for it a second time, it makes it anew.

    Attributes:
        is_keyed: whether the next `make_key` has nothing to do.
        codes_declared: how many functions and classes its declared values met.
    """

    __slots__ = ("codes_declared", "is_keyed")

    def make_key(self) -> None:
        """Make the key, unless that has just been done."""
        if getattr(self, "is_keyed", False):
            self.is_keyed = False
            return
        self.codes_declared = 0
        super().make_key()

    def _reach(self, pieces: list[bytes]) -> None:
        self.codes_declared = len(self.codes)
        super()._reach(pieces)

    def share(self, first: Keyed, digests: Collection[tuple[int, bytes]], libraries: bytes) -> None:
        """Take over the key of another computation, but for the digests of its own values, by their place."""
        self.walk, self.met, self.notes, self.codes = first.walk, first.met, first.notes, first.codes
        self.reached, self.codes_declared = first.reached, first.codes_declared
        pieces = self._pieces = first._pieces.copy()
        for place, piece in digests:
            pieces[place + 1] = piece  # the salt comes first
        self.key = self.claimed = xxhash.xxh3_128_hexdigest(b"".join(pieces) + libraries)
        self.is_keyed = True

    def is_as_it_was(self, places: Collection[int]) -> bool:
        """Tell whether what it reaches, and its declared values at these places, are as when its key was made."""
        for place in places:
            item, value = self.recipe.inputs[place], self.values[place]
            if item.marker:
                now = marker_digest(value, self.stores[0])  # type: ignore[arg-type]  # checked by the face
            else:
                now = digest(value, self.resolver(), path=item.path, without=item.without)
            if now != self._pieces[place + 1]:
                return False
        return all(self.digest_of(item, item.present()) == item.now for item in self.reached)


class _Own(NamedTuple):
    """What the own values of a computation come to: their digests by place; how much code and what kind they met."""

    digests: list[tuple[int, bytes]]
    codes: int
    kind: tuple[object, ...]


class Bulk:
    """Makes the keys of computations of one function.

    Args:
        own: names of the parameters that differ from one call to the next.
        fixed: names of those that do not, by the caller's word: they are fingerprinted once. Of all else that the
            calls have in common, `renew` looks whether it is as it was.
    """

    def __init__(self, own: Collection[str], fixed: Collection[str]) -> None:
        self._own = own
        self._given = {*own, *fixed}
        self._recipe: Recipe | None = None
        self._places: tuple[list[int], list[int]] = [], []
        self._first: dict[tuple[object, ...], tuple[Keyed, bytes]] = {}

    def forget(self) -> None:
        """From here on, nothing is taken to be as it was."""
        self._first.clear()

    def renew(self) -> None:
        """Look whether what the calls have in common is as it was: code of the user's may have run since."""
        for kind, (first, _) in list(self._first.items()):
            inputs = first.recipe.inputs
            others = [place for place in self._places[1] if inputs[place].path not in self._given]
            if not first.is_as_it_was([place for place in others if not is_atom(first.values[place])]):
                del self._first[kind]

    def make_key(self, computation: Keyed) -> None:
        """Make the key of a computation; its next `make_key` has nothing to do.

        Raises:
            UnfingerprintableError: a declared input has no state that could be compared.
            SettingError: `ignore` names something that the computation does not have.
        """
        if computation.recipe is not self._recipe:
            self._begin(computation.recipe)
        own = self._look(computation)
        known = None if own is None else self._first.get(own.kind)
        if own is not None and known is not None and self._are_same(computation.values, known[0].values):
            computation.share(known[0], own.digests, known[1])
            return
        computation.make_key()
        computation.is_keyed = True
        if own is not None and own.codes in {0, computation.codes_declared}:
            make_room(self._first, _MOST)
            self._first[own.kind] = computation, versions_bytes(computation.versions())

    def _begin(self, recipe: Recipe) -> None:
        self._first.clear()
        self._recipe = recipe
        own = [place for place, item in enumerate(recipe.inputs) if item.path in self._own and not item.marker]
        self._places = own, [place for place in range(len(recipe.inputs)) if place not in own]

    def _are_same(self, values: Sequence[object], others: Sequence[object]) -> bool:
        """Tell whether the values that calls have in common are the same objects."""
        for place in self._places[1]:  # noqa: SIM110  (a generator would cost more than the rest)
            if not _is_same(values[place], others[place]):
                return False
        return True

    def _look(self, computation: Keyed) -> _Own | None:
        """Fingerprint the own values by themselves; None where they are not the call's alone."""
        inputs, digests = computation.recipe.inputs, []
        computation.start()
        for place in self._places[0]:
            item, value = inputs[place], computation.values[place]
            if computation.defaults and identity(value) in computation.defaults:
                return None
            digests.append((place, digest(value, computation, path=item.path, without=item.without)))
        if computation.walk is None and not computation.met:
            return _Own(digests, 0, ())
        plans = computation.plans()[1:]
        return _Own(digests, len(computation.codes), (frozenset(computation.met), *map(identity, plans)))


def _is_same(one: object, other: object) -> bool:
    """Tell whether two values are one object; `*args` and `**kwargs` are made anew for each call."""
    if one is other:
        return True
    if type(one) is dict and type(other) is dict:
        return [*one] == [*other] and all(map(operator.is_, one.values(), other.values()))
    if type(one) is tuple and type(other) is tuple:
        return len(one) == len(other) and all(map(operator.is_, one, other))
    return False
