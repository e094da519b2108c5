"""Segments of bytes back to values."""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..model._entry import Buffer
from ..model.process._interrupts import let_pass
from ._globals import Resolve, UndecodableError, UnresolvedError, find, found
from ._shared_memory import array_window

__all__ = ["decode"]

_loads = pickle.loads
_FOUND = (found.__module__, found.__qualname__)
_MAKE_ARRAYS = {
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.numeric", "_frombuffer"),  # numpy 1
    (array_window.__module__, array_window.__qualname__),
}


def decode(  # noqa: PLR0913  (what an entry tells of a value)
    stream: Buffer,
    buffers: Sequence[Buffer],
    *,
    given: Sequence[object] = (),
    resolve: Resolve | None = None,
    plain: bool,
    read_only: bool = False,
) -> object:
    """Return the value that `encode` was given. Arrays use the buffers' memory and are as writable as it is.

    Args:
        stream: from `Encoded.stream`; it must be known to be what was written, for it may run code.
        buffers: from `Encoded.buffers`.
        given: the given objects, if `Encoded.given` was not 0: as many, in the same order.
        resolve: looks for a class or function (module, qualified name) among what the computation reaches;
            returns None for what it does not know.
        plain: from `Encoded.plain`.
        read_only: whether numpy's arrays in it are to be read-only, but for those of objects and those of `given`.

    Raises:
        UnresolvedError: a class, function, module or device that the value needs is not here, or not as it
            was.
        UndecodableError: it cannot be made again from what its class had given to be stored.
    """
    try:
        if plain and not given and not read_only:
            return _loads(stream, buffers=buffers) if buffers else _loads(stream)
        kind = _ReadOnlyUnpickler if read_only else _Unpickler
        return kind(stream, buffers, given, resolve).load()
    except UnresolvedError:
        raise
    except Exception as error:
        let_pass(error)
        # The bytes are those that were written. What fails is the world they meet: another version of a
        # library, a class that lost an attribute.
        raise UndecodableError(f"what is kept cannot be made again: {type(error).__name__}: {error}") from error


class _Unpickler(pickle.Unpickler):
    def __init__(
        self, stream: Buffer, buffers: Sequence[Buffer], given: Sequence[object], resolve: Resolve | None
    ) -> None:
        self._given = given
        self._resolve = resolve
        data = io.BytesIO(b"".join([_numbering(len(given)), stream]) if given else stream)
        super().__init__(data, buffers=buffers)

    def persistent_load(self, index: Any) -> object:
        return self._given[index]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == _FOUND:
            return self._find
        return super().find_class(module, name)

    def _find(self, module: str, qualname: str) -> object:
        return find(module, qualname, self._resolve)


class _ReadOnlyUnpickler(_Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        made = super().find_class(module, name)
        return partial(_sealed, made) if (module, name) in _MAKE_ARRAYS else made


def _sealed(make: Callable[..., Any], *args: Any) -> Any:
    array = make(*args)
    array.flags.writeable = False
    return array


def _numbering(count: int) -> bytes:
    """Return instructions that put the given objects where the stream expects them in the reader's memo.

    For each: push its index, load what has this index, remember it, drop it.
    """
    return b"\x80\x05" + b"".join(b"J" + struct.pack("<i", index) + b"Q\x940" for index in range(count))
