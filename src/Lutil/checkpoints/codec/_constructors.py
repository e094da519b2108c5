"""Objects that must be made again without asking their class.

The constructor of an exception would be called with what `args` happens to hold; that of some classes gives another
class; a `__getattr__` would be asked for `__setstate__` before there is anything that it could answer from; items and
attributes of a dictionary that has both in one would be apart.
"""

from __future__ import annotations

import copyreg
from types import FunctionType
from typing import Any

from ..model.process._asking import has, of_class

__all__ = [
    "answers_for_itself",
    "is_event",
    "its_attributes",
    "may_be_its_attributes",
    "reduce_event",
    "reduce_exception",
    "reduce_plainly",
    "reduce_silently",
    "reduce_with_attributes",
    "wants_constructor",
]


def wants_constructor(cls: type) -> bool:
    """Tell whether pickle would make an instance by a constructor that is written in Python."""
    return (
        issubclass(cls, BaseException)
        and type(cls.__init__) is FunctionType
        and type(cls.__reduce__) is not FunctionType
        and type(cls.__new__) is not FunctionType
    )


def reduce_exception(error: BaseException) -> Any:
    """Return how an exception is made again with its arguments and attributes, without its class's constructor."""
    reduced = error.__reduce__()
    if type(reduced) is not tuple or reduced[0] is not type(error):
        return NotImplemented
    return exception_again, reduced[:2], *reduced[2:]


def exception_again(cls: type[BaseException], arguments: tuple[object, ...]) -> BaseException:
    """Return an instance as the built-in class below it makes it; called by streams."""
    error = cls.__new__(cls, *arguments)
    built_in: Any = next(base for base in cls.__mro__ if type(base.__init__) is not FunctionType)  # type: ignore[misc]
    built_in.__init__(error, *arguments)
    return error


def reduce_plainly(value: object) -> Any:
    """Return how an object is made again from its state alone, without its class's constructor."""
    reduced = value.__reduce_ex__(4)
    if type(reduced) is not tuple or len(reduced[1]) != 1:
        return NotImplemented
    return copyreg._reconstructor, (type(value), object, None), *reduced[2:]  # type: ignore[attr-defined]  # noqa: SLF001 - what pickles of protocol 0 use


def answers_for_itself(cls: type) -> bool:
    """Tell whether pickle would ask an instance without attributes for one, and its class answers in Python."""
    plainly = all(of_class(cls, name) is getattr(object, name) for name in ("__reduce__", "__reduce_ex__"))
    return plainly and type(of_class(cls, "__getattr__")) is FunctionType and not has(cls, "__setstate__")


def reduce_silently(value: object) -> Any:
    """Return how an object is made again without its `__getattr__` being asked for `__setstate__`."""
    reduced = value.__reduce_ex__(4)
    if type(reduced) is not tuple:
        return NotImplemented
    function, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    return function, arguments, state, items, pairs, None if state is None else fill


def may_be_its_attributes(cls: type) -> bool:
    """Tell whether instances may be dictionaries whose attributes are their items."""
    plainly = all(of_class(cls, name) is getattr(dict, name) for name in ("__reduce__", "__reduce_ex__"))
    return plainly and issubclass(cls, dict) and bool(cls.__dictoffset__) and not has(cls, "__setstate__")


def reduce_with_attributes(value: dict[Any, Any]) -> Any:
    """Return how a dictionary whose attributes are its items is made again; pickle would leave them apart."""
    if vars(value) is not value:
        return NotImplemented
    return its_attributes, (type(value),), None, None, iter(dict.items(value))


def its_attributes(cls: Any) -> Any:
    """Return an empty dictionary whose attributes are its items; called by streams."""
    value = cls.__new__(cls)
    value.__dict__ = value
    return value


def is_event(cls: type) -> bool:
    """Tell whether instances are events of threads or tasks, which pickle cannot make again for their locks."""
    return cls.__name__ == "Event" and cls.__module__ in {"threading", "asyncio.locks"}


def reduce_event(value: Any) -> Any:
    """Return how an event is made again: nobody waits for it yet."""
    return event_again, (type(value), value.is_set())


def event_again(cls: Any, is_set: bool) -> Any:  # noqa: FBT001  (in streams)
    """Return an event that is set, or is not; called by streams."""
    event = cls()
    if is_set:
        event.set()
    return event


def fill(value: object, state: Any) -> None:
    """Give an object the attributes that it had, as pickle does without `__setstate__`; called by streams."""
    attributes, slots = state if type(state) is tuple else (state, None)
    if attributes:
        vars(value).update(attributes)
    for name, item in (slots or {}).items():
        setattr(value, name, item)
