"""Modules of libraries that draw for themselves: while a run is on, they have a generator of their own.

Where a stream stands is all that is known of it. The event loop of a worker draws from that of the process while a task
runs in another thread, which would pass for draws of the task.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ...integrations import table
from .._loaded_modules import loaded_of

if TYPE_CHECKING:
    from random import Random

    from .._active_runs import Current

__all__ = ["drawer_standins", "draws_aside"]

_LIBRARIES: Final = frozenset(("dask", "distributed", "tornado"))


def draws_aside(module: str) -> bool:
    """Return whether a module draws for itself."""
    library = module.partition(".")[0]
    return library in _LIBRARIES and module in table(library, "DRAWS_ASIDE")


def _own(original: Any, _current: Current) -> Random:
    """Return what has the functions of `random`, and draws from a generator of its own."""
    generator: Random = original.Random()
    return generator


def drawer_standins(only: str = "") -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Yield the stand-ins of the libraries that are loaded, or of one: where each goes, and how it is made."""
    for library in _LIBRARIES & sys.modules.keys():
        for module, name in loaded_of(table(library, "DRAWS_ASIDE"), only):
            yield module, name, _own
