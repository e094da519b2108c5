"""Texts of a computation that may name folders from which native code reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import CodeType

from ._computation import Computation

__all__ = ["texts_of"]

_DEEPEST = 4
_MOST = 100


def texts_of(computation: Computation) -> Iterator[str]:
    """Yield the texts among the inputs of a computation and in the code that it reaches."""
    for value in computation.values:
        yield from _in_value(value, _DEEPEST)
    for item in computation.reached:
        yield from _in_value(item.value, _DEEPEST)
    for plan in computation.plans():
        for code, _offsets in plan.codes.values():
            yield from _in_code(code)


def _in_value(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, (str, os.PathLike)):
        yield os.fsdecode(value)
    elif isinstance(value, (list, tuple, dict)) and depth:
        for item in [*(value.values() if isinstance(value, dict) else value)][:_MOST]:
            yield from _in_value(item, depth - 1)


def _in_code(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _in_code(constant)
        elif isinstance(constant, (str, tuple)):
            yield from _in_value(constant, 1)
