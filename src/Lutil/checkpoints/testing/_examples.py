"""Classes and ways of making values that the table of the conformance suite uses."""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections.abc import Callable
from typing import Any

from ..model.process._records import NamedTuple

__all__ = [
    "B",
    "Bits",
    "Colour",
    "Couple",
    "D",
    "F",
    "I",
    "L",
    "Number",
    "Other",
    "Own",
    "Plain",
    "Point",
    "Reduced",
    "S",
    "Slots",
    "State",
    "T",
    "Z",
    "added",
    "cached",
    "crowd",
    "cycle",
    "deep",
    "dirty",
    "f",
    "g",
    "looked_at",
    "readonly",
    "ring",
    "set_late",
    "shared",
    "under_mask",
    "used",
    "with_attrs",
]

shared = [1, 2]


class Colour(enum.Enum):
    """An enumeration."""

    RED = 1
    BLUE = 2


class Number(enum.IntEnum):
    """An enumeration of numbers."""

    ONE = 1


class Bits(enum.Flag):
    """A set of flags."""

    A = 1
    B = 2


class S(str):
    """A kind of text."""

    __slots__ = ()


class I(int):  # noqa: E742 - one letter per base
    """A kind of number."""


class F(float):
    """A kind of number."""


class B(bytes):
    """A kind of bytes."""


class L(list[Any]):
    """A kind of list, with attributes."""

    def __init__(self, items: list[Any], **attributes: object) -> None:
        super().__init__(items)
        vars(self).update(attributes)


class D(dict[str, Any]):
    """A kind of dictionary."""


class T(tuple[Any, ...]):
    """A kind of tuple."""

    __slots__ = ()


class Z(set[Any]):
    """A kind of set."""


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: object
    y: object


@dataclasses.dataclass
class Other:
    """A dataclass with the same fields."""

    x: object
    y: object


class Couple(NamedTuple):
    """A named tuple."""

    x: object
    y: object


class Plain:
    """An ordinary class."""

    def __init__(self, value: object = None) -> None:
        self.value = value
        self.other = 0

    def method(self) -> None:
        """Do nothing."""


class Slots:
    """A class with slots."""

    __slots__ = ("unset", "value")

    def __init__(self, value: object) -> None:
        self.value = value


class Own:
    """A class that says what stands for it."""

    def __init__(self, value: object, cache: object) -> None:
        self.value = value
        self.cache = cache

    def __fingerprint__(self) -> object:
        """Return what counts."""
        return self.value


class State:
    """A class that says what its state is."""

    def __init__(self, value: object) -> None:
        self.value = value
        self.opened = object()

    def __getstate__(self) -> object:
        return (self.value,)

    def __setstate__(self, state: tuple[object]) -> None:
        (self.value,) = state


class Reduced:
    """A class that says how it is rebuilt."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __reduce__(self) -> tuple[type[Reduced], tuple[object]]:
        return type(self), (self.value,)


def f(*_: object, **__: object) -> None:
    """Do nothing."""


def g(*_: object, **__: object) -> None:
    """Do nothing."""


def cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function with a cache."""
    return functools.lru_cache(function)


def used(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose cache has been filled."""
    function(1)
    return function


def set_late(value: object) -> Plain:
    """Return an object whose attributes were set in another order."""
    made = Plain.__new__(Plain)
    made.other = 0
    made.value = value
    return made


def cycle() -> list[Any]:
    """Return a list that holds itself."""
    made: list[Any] = [1]
    made.append(made)
    return made


def ring(count: int) -> Plain:
    """Return objects that each know the next and the one before."""
    nodes = [Plain(index) for index in range(count)]
    for index, node in enumerate(nodes):
        node.other = nodes[index - 1], nodes[(index + 1) % count]  # type: ignore[assignment]
    return nodes[0]


def crowd(count: int) -> list[Plain]:
    """Return objects that all know each other."""
    nodes = [Plain(index) for index in range(count)]
    for node in nodes:
        node.other = [other for other in nodes if other is not node]  # type: ignore[assignment]
    return nodes


def deep(levels: int) -> list[Any]:
    """Return lists inside each other."""
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


def readonly(array: Any) -> Any:
    """Return an array that cannot be written to."""
    array.flags.writeable = False
    return array


def dirty(array: Any) -> Any:
    """Return an array with other bytes between its fields."""
    array.view("u1")[:] = 255
    for name in array.dtype.names:
        array[name] = 0
    return array


def added(frame: Any) -> Any:
    """Return a frame with one more column, in a block of its own."""
    frame["z"] = 0
    return frame


def with_attrs(frame: Any, **attrs: object) -> Any:
    """Return a frame with attributes."""
    frame.attrs.update(attrs)
    return frame


def under_mask(value: int) -> Any:
    """Return a nullable array with something under its mask."""
    import numpy as np  # noqa: PLC0415 - only where the user has it
    import pandas as pd  # noqa: PLC0415 - only where the user has it

    return pd.arrays.IntegerArray(np.array([1, value]), np.array([False, True]))


def looked_at(matrix: Any) -> Any:
    """Return a sparse matrix that has found out something about itself."""
    _ = matrix.has_sorted_indices, matrix.has_canonical_format
    return matrix
