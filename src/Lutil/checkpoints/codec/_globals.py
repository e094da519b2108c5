"""Classes and functions inside values: how they are named, and found again where code has moved.

What belongs to the project is written as `found(module, qualname)` and looked up by who decodes: among what
the computation reaches, then in the recorded module where that is loaded, then in `__main__`, and at last by
importing the recorded module. So a script that is renamed, or imported instead of run, keeps its hits, and an
instance has the class that the running program knows.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

from ..model.process._interrupts import let_pass

__all__ = ["Resolve", "UndecodableError", "UnresolvedError", "find", "found", "held", "named"]

Resolve = Callable[[str, str], object]


class UnresolvedError(Exception):
    """A stream names something that is not here: a class, a module, a device, the layout of an input."""


class UndecodableError(UnresolvedError):
    """A class cannot make its instance again from what it gave to be stored: no run will ever change that."""


def found(module: str, qualname: str) -> object:
    """Stand for a class or function of the project in streams; the decoder puts `find` in its place."""
    return find(module, qualname, None)


def find(module: str, qualname: str, resolve: Resolve | None) -> object:
    """Return the class or function of the project that goes by this name here.

    Args:
        module: where it was when it was written.
        qualname: its qualified name.
        resolve: looks among what the computation reaches; returns None for what is not there.

    Raises:
        UnresolvedError: nothing goes by that name.
    """
    if resolve is not None:
        value = resolve(module, qualname)
        if value is not None:
            return value
    if module in sys.modules:
        value = named(module, qualname)
        if value is not None:
            return value
    value = named("__main__", qualname)
    # What the main script has merely imported has its own module, and is not what was renamed.
    if value is not None and getattr(value, "__module__", None) == "__main__":
        return value
    try:
        # A module of the user may fail in any way.
        importlib.import_module(module)
    except Exception as error:
        let_pass(error)
        raise UnresolvedError(f"{module}.{qualname} is not here: {error}") from error
    value = named(module, qualname)
    if value is None:
        raise UnresolvedError(f"{module}.{qualname} is not here")
    return value


def held(module: str, name: str) -> object:
    """Return the object that a module of a library holds under a name; called by streams.

    Raises:
        UnresolvedError: the module is not here, or has no such name.
    """
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise UnresolvedError(f"{module} is not here: {error}") from error
    value = named(module, name)
    if value is None:
        raise UnresolvedError(f"{module}.{name} is not here")
    return value


def named(module: str, qualname: str) -> object:
    """Return what goes by this name in a loaded module, or None."""
    value: object = sys.modules.get(module)
    for part in qualname.split("."):
        if value is None:
            break
        value = getattr(value, part, None)
    return value
