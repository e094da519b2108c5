"""Objects that are stored by the name under which a module holds them: sentinels and the streams of the process.

A copy would be another thing: `x is MISSING` fails for it, and it draws whatever seed the program has set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..integrations import known_of_bases
from ..model._identity import identity
from ..model._sentinels import held_objects, name_of_bare
from ._globals import held, named

__all__ = ["held_rule"]

Rule = Callable[[Any], Any]


def held_rule(cls: type, refer: Callable[[str, str], Any]) -> Rule | None:
    """Return how the pickler writes instances of a class of which a module may hold some, or None.

    Args:
        cls: the class.
        refer: returns how an object is found again by its module and name.
    """
    if cls is object:
        return lambda value: _referred(name_of_bare(value), refer)
    names = held_objects(cls)
    if names:
        return lambda value: _referred(_place(cls, names.get(identity(value))), refer)
    texts = [text for some in known_of_bases(cls, "IDENTICAL") for text in some]
    return (lambda value: _with_identical(value, texts)) if texts else None


def _place(cls: type, name: str | None) -> tuple[str, str] | None:
    return None if name is None else (cls.__module__, name)


def _referred(place: tuple[str, str] | None, refer: Callable[[str, str], Any]) -> Any:
    return NotImplemented if place is None else refer(*place)


class _Mark:
    """Stands for an object that a module holds under a name."""

    __slots__ = ("place",)

    def __init__(self, place: Sequence[str]) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, tuple[str, ...]]:
        return held, tuple(self.place)


def _with_identical(value: Any, texts: list[str]) -> Any:
    """Return how an object is made again whose attributes hold texts that it compares by identity."""
    reduced = value.__reduce_ex__(5)
    if type(reduced) is not tuple or len(reduced) < 3 or type(reduced[2]) is not dict:
        return NotImplemented
    marks = {identity(named(*text.rsplit(".", 1))): text.rsplit(".", 1) for text in texts}
    state = {name: _marked(item, marks) for name, item in reduced[2].items()}
    return *reduced[:2], state, *reduced[3:]


def _marked(item: object, marks: dict[int, list[str]]) -> object:
    if type(item) is dict and any(identity(part) in marks for part in item.values()):
        return {name: _marked(part, marks) for name, part in item.items()}
    place = marks.get(identity(item))
    return item if place is None else _Mark(place)
