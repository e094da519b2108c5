"""A reference to a kept result: small, picklable, and read when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

from xxhash import xxh3_128_hexdigest

from ...codec import UnresolvedError, decode, encode
from ...engine import Run
from ...model._entry import EntryStore, Stored
from ...model._errors import NotSavableError
from ...model._key import Absent
from ...model._outcome import Miss
from ...state._returned_value import is_project_module

__all__ = ["MemorizedResult", "read_only", "shelve"]

R = TypeVar("R")

_GONE: Final = "it was deleted"


class MemorizedResult(Generic[R]):
    """A reference to the result of a call: small, and can be pickled. `get()` of it is the result.

    Where nothing could be kept, it holds the result itself.

    Example:
        >>> @Memory("kept", verbose=0).cache
        ... def squares(count): return [n * n for n in range(count)]
        >>> squares.call_and_shelve(4).get()
        [0, 1, 4, 9]
    """

    __slots__ = ("_held", "_keys", "_name", "_sealed", "_stores")

    def __init__(
        self,
        name: str,
        stores: Sequence[EntryStore],
        keys: tuple[str, ...],
        held: object,
        sealed: bool,  # noqa: FBT001
    ) -> None:
        self._name = name
        self._stores = stores
        self._keys = keys
        self._held = held
        self._sealed = sealed

    def get(self) -> R:
        """Return the result; each time it is another object, as the result of each call is.

        Raises:
            KeyError: it was deleted since, or what it needs is not here.
        """
        why = _GONE
        if self._held is not Absent.ABSENT:
            return self._held  # type: ignore[return-value]  # what the function returned
        for store in self._stores if self._keys else ():
            found = store.get(self._name, self._keys[0])
            if isinstance(found, Miss):
                why = found.reason.detail or why
                continue
            try:
                payload: Any = decode(*found[1:3], plain=found.header.plain, read_only=self._sealed)
            except UnresolvedError as error:
                raise KeyError(f"the result of {self._name}: {error}") from error
            result: R = payload[0]
            return result
        raise KeyError(f"the result of {self._name} is not there any more: {why}")

    def clear(self) -> None:
        """Delete the result: the next call runs again. Harmless where it is gone already."""
        self._held = Absent.ABSENT
        for key in self._keys:
            self._stores[0].delete(self._name, key)

    def __repr__(self) -> str:
        return f"MemorizedResult({self._name!r}, {self._keys[0] if self._keys else 'not kept'})"

    def __fingerprint__(self) -> tuple[object, ...]:
        """What counts of it: which call it is the result of."""
        return self._name, self._keys, self._held


def shelve(name: str, stores: Sequence[EntryStore], key: str, result: Any, *, sealed: bool) -> MemorizedResult[Any]:
    """Return a reference to the result of a call.

    Args:
        name: of the computation.
        stores: where its entries are.
        key: of the entry; empty where the result was not kept.
        result: of the call.
        sealed: whether the arrays in it are to be read-only when they come back.
    """
    if key:
        with suppress(NotSavableError, OSError):
            keys = tuple(dict.fromkeys((_alone(name, stores, key, result), key)))
            return MemorizedResult(name, stores, keys, Absent.ABSENT, sealed)
    return MemorizedResult(name, stores, (), result, sealed)


def _alone(name: str, stores: Sequence[EntryStore], key: str, result: Any) -> str:
    """Return the key of an entry that can be read without the inputs of its run.

    A result that is or holds an input refers to it in its entry: then it is kept once more, by itself.

    Raises:
        NotSavableError, OSError: it cannot be.
    """
    found = next((found for store in stores if isinstance(found := store.get(name, key), Stored)), None)
    if found is None or not found.header.given:
        return key
    encoded = encode((result,), is_project=is_project_module)
    own = xxh3_128_hexdigest(f"alone {key}".encode())
    header = found.header._replace(given=0, plain=encoded.plain, files=0)
    stores[0].put(name, own, header, encoded.stream, encoded.buffers, stores[0].provenance(name, key) or b"")
    return own


def read_only(run: Run, result: Any) -> Any:
    """Return what a run has kept, with read-only arrays, as a hit does; arguments in it stay what they are.

    Args:
        run: that has ended.
        result: what it returned, for an entry that is gone already, or that fits these arguments no more.
    """
    found = run.computation.stores[0].get(run.computation.recipe.name, run.kept)
    if isinstance(found, Stored):
        header, stream, buffers, _ = found
        given = run.given if header.given else ()
        with suppress(UnresolvedError):  # it holds a view on an argument, which the run gave another shape
            find = run.computation.find
            payload: Any = decode(stream, buffers, given=given, resolve=find, plain=header.plain, read_only=True)
            return payload[0]
    return result
