"""Finding the part of a value that cannot be saved, so that an error can name the way to it."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from ..model.process._asking import of_class, of_object, own_dict
from ..model.process._interrupts import let_pass

__all__ = ["WholeError", "offender", "offenders"]

_MOST_TRIES = 2000
_DEEPEST = 50
_MOST_TOLD = 5
_SECONDS = 1.0  # for finding others than the first


class WholeError(TypeError):
    """What cannot be saved is an object as it is: none of its parts is to blame."""


def offender(
    named: Mapping[str, object], attempt: Callable[[object], Exception | None], error: Exception
) -> tuple[str, Exception]:
    """Return the way to the smallest part that cannot be saved, and why it cannot.

    Args:
        named: the parts of a value that could not be saved, by what they are called.
        attempt: tries to save a part; returns what it raised, or None.
        error: what saving the value raised.
    """
    path = next(iter(named)) if len(named) == 1 else ""
    way, steps = "", list(named.items())
    if isinstance(error, RecursionError | MemoryError):
        return path, error
    tries = itertools.count()
    seen: set[int] = set()
    for _ in range(_DEEPEST):
        for step, part in steps:
            if id(part) in seen:
                continue
            if next(tries) > _MOST_TRIES:
                return path, error
            failure = attempt(part)
            if isinstance(error, WholeError) and not isinstance(failure, WholeError):
                continue
            if failure is not None:
                path = way = way + step
                error, steps = failure, list(_parts(part))
                seen.add(id(part))
                break
        else:
            return path, error
    return path, error


def offenders(
    named: Mapping[str, object], attempt: Callable[[object], Exception | None], error: Exception
) -> list[tuple[str, Exception]]:
    """Return the way to the smallest part that cannot be saved, then those to others beside it, as far as it is told.

    The others are looked for among the named parts, and in the containers that hold the first.
    """
    found = [offender(named, attempt, error)]
    first = found[0][0]
    until = time.monotonic() + _SECONDS
    owner: Mapping[str, object] = named
    while owner and not isinstance(found[0][1], RecursionError | MemoryError):
        inside: Mapping[str, object] = {}
        for step, part in owner.items():
            if _leads(step, first):
                held = isinstance(part, dict | list | tuple) and step != first
                inside = {step + way: child for way, child in islice(_parts(part), _MOST_TRIES)} if held else {}
            elif time.monotonic() > until or len(found) == _MOST_TOLD:
                return found
            elif (failure := attempt(part)) is not None:
                found.append(offender({step: part}, attempt, failure))
        owner = inside
    return found


def _leads(step: str, path: str) -> bool:
    return path.startswith(step) and path[len(step) : len(step) + 1] in {"", ".", "[", ":"}


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """Yield the parts of a value, and how a person would write the way to each."""
    if isinstance(value, dict):
        yield from ((f"[{_short(key)}]", part) for key, part in value.items())
        yield from ((f".keys(): {_short(key)}", key) for key in value)
    elif isinstance(value, list | tuple):
        names = of_object(value, "_fields", ())
        yield from ((f".{names[index]}" if names else f"[{index}]", part) for index, part in enumerate(value))
    elif isinstance(value, set | frozenset):
        yield from ((f": {_short(part)}", part) for part in value)
    if not isinstance(value, type):
        yield from ((f".{name}", part) for name, part in _state(value).items())
        yield from _cells(value)


def _cells(value: object) -> Iterator[tuple[str, object]]:
    names = getattr(getattr(value, "__code__", None), "co_freevars", ())
    for name, cell in zip(names, getattr(value, "__closure__", None) or (), strict=False):
        # A cell may still be empty.
        with contextlib.suppress(ValueError):
            yield f": {name}", cell.cell_contents


def _state(value: object) -> dict[str, object]:
    state = dict(own_dict(value))
    names = list(of_class(type(value), "__dataclass_fields__", ()))
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    state.update({name: getattr(value, name) for name in names if hasattr(value, name)})
    return state


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001  # a class's own repr may fail; its type will do
        let_pass(error)
        text = type(value).__name__
    return text if len(text) <= 40 else text[:37] + "..."
