"""Rooms whose modules are loaded when one of their names is first asked for, so that a hit loads what a hit needs.

A child that is forked while a thread loads a module would wait for ever for who loads it: so a fork waits for that.
A signal handler that interrupts the loading finds a module that is not whole: see `is_being_loaded`.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["is_being_loaded", "late"]

_PATIENCE: Final = 5.0
"""Seconds that a fork waits: longer than anything takes to load."""
_loading: dict[int, int] = {}
"""By thread, how many modules it is loading, one for the other. No lock: who loads may wait for another who does."""


def late(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of a package (PEP 562) whose names stand in modules of it.

    Args:
        package: its name.
        homes: by module, relative to the package, the names that are taken from there, apart by blanks.

    Example:
        >>> find = late("json", {".decoder": "JSONDecoder"})
        >>> find("JSONDecoder").__module__
        'json.decoder'
    """
    home = {name: module for module, names in homes.items() for name in names.split()}

    def find(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        me = threading.get_ident()
        _loading[me] = _loading.get(me, 0) + 1
        try:
            found: object = getattr(importlib.import_module(home[name], package), name)
        finally:
            _loading[me] -= 1
            if not _loading[me]:
                del _loading[me]
        setattr(sys.modules[package], name, found)  # from now on it is found without asking
        return found

    return find


def is_being_loaded(error: BaseException) -> bool:
    """Tell whether an error says that a module is not whole yet, since its loading has been interrupted by who asks."""
    return isinstance(error, (ImportError, AttributeError)) and "partially initialized module" in str(error)


def _wait() -> None:
    """Wait, before a fork, for the threads that load something, but not for ever."""
    end, me = time.monotonic() + _PATIENCE, threading.get_ident()
    while not _loading.keys() <= {me} and time.monotonic() < end:
        time.sleep(0.001)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_wait, after_in_child=_loading.clear)
