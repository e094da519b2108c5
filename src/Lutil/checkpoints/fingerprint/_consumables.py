"""What is used up by being read: iterators, generators, open files.

As a declared input it is refused, since it cannot be read without being used up. Where it is merely reached, it
counts by what it still holds and by where it stands, if it tells; a run that moved it then shows. What does not
tell is noted as `untold`: nobody knows whether a run moved it, so that a run which reaches it cannot be kept. So
it is with everything of a library that has a next element: its attributes need not be all of its state.
"""

from __future__ import annotations

import itertools
import os
import warnings
from typing import Any

from .._interrupts import let_pass, suppressed
from ._nodes import Context, Node, named, silent_label

__all__ = ["consumed", "is_standard_stream", "iterator", "left", "open_file"]

_STANDARD = frozenset({"<stdin>", "<stdout>", "<stderr>"})
_BY_TEXT = (itertools.count, itertools.repeat)


def consumed(cls: type) -> bool:
    """Return whether instances of a class are used up by being read."""
    return hasattr(cls, "__next__") or hasattr(cls, "__anext__") or hasattr(cls, "__await__")


def left(value: Any) -> int | None:
    """Return how much is left in a queue; None where it does not tell."""
    if not hasattr(type(value), "qsize"):
        return None
    try:
        return int(value.qsize())
    except Exception as error:  # noqa: BLE001 - some systems cannot count what is between processes
        let_pass(error)
        return None


def iterator(value: Any, context: Context) -> bytes | Node:
    """Take an iterator for what it was made from and how far it has come."""
    cls = type(value)
    if context.lenient:
        standing = _standing(value)
        if standing is not None:
            return Node(b"q" + context.type_code(cls), standing, silent_label, temporary=True)
    name = f"{cls.__module__}.{cls.__qualname__}"
    return context.refuse(value, f"{name}: an iterator cannot be read without being used up")


def _standing(value: Any) -> tuple[object, ...] | None:
    """Return what is left of an iterator, found without moving it; None where it does not tell."""
    if isinstance(value, _BY_TEXT):
        return (repr(value),)
    # What a callable will give next is nobody's to know, and other tools of itertools tell less with each version.
    if type(value).__module__ == "itertools" or type(value).__name__ == "callable_iterator":
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return tuple(value.__reduce_ex__(4))
        except Exception as error:  # noqa: BLE001 - what it was made from may have changed under it, or does not say
            let_pass(error)
            return None


def open_file(value: Any, context: Context) -> bytes | Node:
    """Take an open file, if it can be read, for its place and state on disk and how far it has been read."""
    name = getattr(value, "name", None)
    if not context.lenient:
        return context.refuse(value, f"an open file ({name!r}); pass its path or its content instead")
    try:
        if value.closed or not value.readable():
            return named("file", b"closed" if value.closed else b"to be written")
        place = value.tell()  # raises within `for line in file`, and on pipes
    except Exception as error:  # noqa: BLE001 - what it reads from may be anybody's
        let_pass(error)
        return context.refuse(value)
    about: tuple[object, ...] = ()
    with suppressed():
        state = os.fstat(value.fileno())
        about = (state.st_size, state.st_mtime_ns)
    return Node(b"q" + context.type_code(type(value)), (place, about), silent_label, temporary=True)


def is_standard_stream(value: object) -> bool:
    """Return whether a value is one of the three streams that every process has."""
    return getattr(value, "name", None) in _STANDARD
