"""From a value to its digest: the shortest way for what is flat, a walk for the rest."""

from __future__ import annotations

from collections.abc import Callable

from xxhash import xxh3_128_digest

from ...model._errors import UnfingerprintableError
from ...model._key import Resolver
from ...model.process._interrupts import let_pass
from ..kinds._containers import flat_code
from ._scalars import LEAVES
from ._walker import Walker

__all__ = ["Teller", "digest", "leaf_digest"]


def digest(
    value: object, resolver: Resolver, *, path: str = "value", lenient: bool = False, without: tuple[str, ...] = ()
) -> bytes:
    """Return the 16 bytes that stand for a value: equal for equal values, in every process.

    Args:
        value: anything.
        resolver: answers for functions, classes and modules, and takes the notes.
        path: how a person writes the way to the value.
        lenient: whether a part without comparable state counts by its type instead of raising.
        without: parts below the value that do not count: `"num_workers"`, `"optim.lr"`, `"['b']"`.

    Returns:
        xxh3-128 over the canonical bytes of the value.

    Raises:
        UnfingerprintableError: a part has no comparable state, and `lenient` is not set.
    """
    found = leaf_digest(value)
    if found is not None:
        return found
    try:
        flat = None if without else flat_code(value)
    except Exception as error:  # noqa: BLE001 - a metaclass of the user's: the walk tells where
        let_pass(error)
        flat = None
    if flat is not None:
        return flat[1:]
    walker = Walker(resolver, path, lenient=lenient)
    if without:
        walker.leave_out(value, without)
    try:
        return walker.digest(value)
    except UnfingerprintableError as error:
        if "[*]" not in error.path:
            raise
    single = Walker(resolver, path, columnar=False)  # one by one, so that the path names the element
    if without:
        single.leave_out(value, without)
    return single.digest(value)


def leaf_digest(value: object) -> bytes | None:
    """Return the digest of a number, a text and the like; None for anything that has parts."""
    try:
        leaf = LEAVES.get(type(value))
    except Exception as error:  # noqa: BLE001 - a metaclass of the user's: the walk tells where
        let_pass(error)
        return None
    return None if leaf is None else xxh3_128_digest(leaf(value))


class Teller:
    """Digests of reached values, one after the other, as long as none of them changes meanwhile.

    Code that is met keeps its number over all of it, so that what is asked again is answered alike.
    """

    __slots__ = ("_make", "_resolver", "_walker")

    def __init__(self, make: Callable[[], Resolver]) -> None:
        self._make = make
        self._resolver: Resolver | None = None
        self._walker: Walker | None = None

    def begin(self) -> None:
        """Forget the values: any of them may have changed."""
        self._walker = None

    def digest(self, value: object) -> bytes | None:
        """Return the digest, or None where nobody can tell whether a run has used some of the value up."""
        self._resolver = self._resolver or self._make()
        walker = self._walker = self._walker or Walker(self._resolver, lenient=True)
        found = walker.digest(value)
        return None if walker.untold else found
