"""Which arrays lie on common memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ...model._identity import identity

__all__ = ["overlapping", "share"]


def overlapping(values: Sequence[object]) -> list[list[int]]:
    """Return groups of positions: in each, arrays whose stretches of memory overlap, from one to the next.

    Of an array that is there twice the first position is told. The groups, and what is in them, are in order.
    """
    numpy = sys.modules.get("numpy")
    if numpy is None or not any(issubclass(cls, numpy.ndarray) for cls in set(map(type, values))):
        return []
    arrays = {
        identity(value): place
        for place, value in reversed([*enumerate(values)])
        if issubclass(type(value), numpy.ndarray)
    }
    if len(arrays) < 2:
        return []
    bounds = getattr(numpy.lib, "array_utils", numpy).byte_bounds
    spans = sorted((*bounds(values[place]), place) for place in arrays.values())
    groups: list[list[int]] = []
    end = 0
    for low, high, place in spans:
        if not groups or low >= end:
            groups.append([])
        groups[-1].append(place)
        end = max(end, high)
    return sorted(sorted(group) for group in groups if len(group) > 1)


def share(one: Any, other: Any) -> bool:
    """Return whether two arrays have an element in common; yes where it would take long to find out."""
    numpy: Any = sys.modules["numpy"]
    if not numpy.may_share_memory(one, other):
        return False
    try:
        return bool(numpy.shares_memory(one, other, max_work=10_000))
    except numpy.exceptions.TooHardError:
        return True
