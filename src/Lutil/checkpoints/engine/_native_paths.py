"""Texts of a computation that may name folders from which native code reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
from types import CodeType
from typing import Final
from weakref import WeakKeyDictionary

from ..code import Plan
from ..computation import Computation

__all__ = ["texts_of"]

_DEEPEST: Final = 4
_MOST: Final = 100
_known: Final[WeakKeyDictionary[Plan, tuple[str, ...]]] = WeakKeyDictionary()


def texts_of(computation: Computation) -> Iterator[str]:
    """Yield the texts among the inputs of a computation and in the code that it reaches."""
    for value in computation.values:
        yield from _in_value(value, _DEEPEST)
    for item in computation.reached:
        yield from _in_value(item.value, _DEEPEST)
    for plan in computation.plans():
        found = _known.get(plan)
        if found is None:
            codes = [code for code, _offsets in plan.codes.values()]
            found = _known[plan] = tuple(dict.fromkeys(text for code in codes for text in _in_code(code)))
        yield from found


def _in_value(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, (str, PurePath)):
        yield str(value)
    elif depth and (type(value) is dict or type(value) is list or type(value) is tuple):
        for item in islice(value.values() if type(value) is dict else value, _MOST):
            yield from _in_value(item, depth - 1)


def _in_code(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _in_code(constant)
        elif isinstance(constant, (str, tuple)):
            yield from _in_value(constant, 1)
