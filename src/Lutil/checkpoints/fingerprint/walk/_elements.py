"""What a container of Python holds, whatever a class derived from it says: going through that need not end."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["count_of", "elements_of", "items_of"]

_BASES: tuple[Any, ...] = (list, tuple, OrderedDict, dict, set, frozenset, deque)


def elements_of(value: Any) -> Iterator[Any]:
    """Return what is in a list, tuple, set or deque, or the keys of a dictionary."""
    found: Iterator[Any] = _base_of(value).__iter__(value)
    return found


def count_of(value: Any) -> int:
    """Return how many these are."""
    found: int = _base_of(value).__len__(value)
    return found


def _base_of(value: Any) -> Any:
    return next(base for base in _BASES if isinstance(value, base))


def items_of(value: dict[Any, Any]) -> Iterable[tuple[Any, Any]]:
    """Return the keys and values of a dictionary; an ordered one keeps its order beside the dictionary that it is."""
    return OrderedDict.items(value) if isinstance(value, OrderedDict) else dict.items(value)
