"""Which modules of a table are loaded. Asked at the start of each run: nothing here goes through a table one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import TypeVar

__all__ = ["loaded_of"]

_T = TypeVar("_T")


def loaded_of(table: Mapping[str, _T], only: str = "") -> Iterator[tuple[ModuleType, _T]]:
    """Yield the modules of a table that are loaded, each with what the table says of it.

    Args:
        table: by name of the module.
        only: the one that is asked for; empty for all.

    Example:
        >>> [(module.__name__, found) for module, found in loaded_of({"sys": 1, "no_such_module": 2})]
        [('sys', 1)]
    """
    names = table.keys() & ((only,) if only else sys.modules.keys())
    for name in sorted(names):
        module = sys.modules.get(name)
        if module is not None:
            yield module, table[name]
