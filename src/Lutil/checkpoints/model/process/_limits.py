"""A limit for tables that a process keeps for as long as it lives: programs make functions and cells without end."""

from __future__ import annotations

from collections.abc import MutableMapping
from itertools import islice
from typing import Any

__all__ = ["make_room"]


def make_room(table: MutableMapping[Any, Any], most: int) -> list[Any]:
    """Drop the oldest quarter of a table if it holds as many items as it may; return the keys that were dropped.

    To be called before an item is added. Another thread that adds one at the same time does no harm: then the next
    call makes room.

    Example:
        >>> table = dict.fromkeys(range(8))
        >>> make_room(table, 8), len(table), make_room(table, 8)
        ([0, 1], 6, [])
    """
    if len(table) < most:
        return []
    try:
        dropped = list(islice(table, max(1, most // 4)))
    except RuntimeError:
        return []
    for key in dropped:
        table.pop(key, None)
    return dropped
