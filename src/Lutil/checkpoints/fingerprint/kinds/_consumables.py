"""What is used up by being read: iterators, generators, open files.

As a declared input it is refused, since it cannot be read without being used up; but for counters and their like of
`itertools`, which say where they stand. Where it is merely reached, it counts by what it still holds and by where it
stands, if it tells; a run that moved it then shows. What does not tell is noted as `untold`: nobody knows whether a
run moved it, so that a run which reaches it cannot be kept. So it is with every iterator of a library: its attributes
need not be all of its state.

Only an iterator is one: with a next element, and itself where it is iterated; or a coroutine. Something that may be
awaited may have a state like any other (a collection of dask), and something with a next element may be pickled in
a way of its own (a filter of statsmodels): these count by that.
"""

from __future__ import annotations

import gc
import itertools
import operator
import os
import warnings
from typing import Any

from ...model.process._asking import has
from ...model.process._interrupts import let_pass, suppressed
from ..walk._class_state import module_name, type_name
from ..walk._nodes import Context, Node, named, silent_label
from ..walk._scalars import LEAVES

__all__ = ["consumed", "is_standard_stream", "iterator", "left", "open_file"]

_STANDARD = frozenset({"<stdin>", "<stdout>", "<stderr>"})
_BY_TEXT = (itertools.count, itertools.repeat)
_BY_STANDING = (*_BY_TEXT, itertools.cycle)


def consumed(cls: type) -> bool:
    """Return whether instances of a class are used up by being read."""
    pairs = (("__next__", "__iter__"), ("__anext__", "__aiter__"), ("__await__", "send"))
    return any(has(cls, one) and has(cls, other) for one, other in pairs)


def left(value: Any) -> int | None:
    """Return how much is left in a queue; None where it does not tell."""
    if not has(type(value), "qsize"):
        return None
    try:
        return int(value.qsize())
    except Exception as error:  # noqa: BLE001 - some systems cannot count what is between processes
        let_pass(error)
        return None


def iterator(value: Any, context: Context) -> bytes | Node:
    """Take an iterator for what it was made from and how far it has come."""
    cls = type(value)
    if context.lenient or cls in _BY_STANDING:
        standing = _standing(value)
        if standing is not None:
            return Node(b"q" + context.type_code(cls), standing, silent_label, temporary=True)
    name = type_name(cls)
    return context.refuse(value, f"{name}: an iterator cannot be read without being used up")


def _standing(value: Any) -> tuple[object, ...] | None:
    """Return what is left of an iterator, found without moving it; None where it does not tell."""
    cls = type(value)
    if issubclass(cls, _BY_TEXT):
        return _of_counter(value)
    # What a callable will give next is nobody's to know, and other tools of itertools tell less with each version.
    if (module_name(cls) == "itertools" and cls is not itertools.cycle) or cls.__name__ == "callable_iterator":
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            told = tuple(value.__reduce_ex__(4))
        except Exception as error:  # noqa: BLE001 - what it was made from may have changed under it, or does not say
            let_pass(error)
            return None
    if cls is not itertools.cycle:
        return told
    rest = [_standing(item) for item in told[1]]
    return None if None in rest else (rest, told[2])


def _of_counter(value: Any) -> tuple[object, ...]:
    """Return where a counter stands, or what is repeated and how often: as text, but for objects."""
    held = [item for item in gc.get_referents(value) if item is not type(value)]
    if LEAVES.keys() >= set(map(type, held)):
        return (repr(value),)
    return (*held, operator.length_hint(value, -1))


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
