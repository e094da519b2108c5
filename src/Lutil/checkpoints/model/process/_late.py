"""Rooms whose modules are loaded when one of their names is first asked for, so that a hit loads what a hit needs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping

__all__ = ["late"]


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
        found: object = getattr(importlib.import_module(home[name], package), name)
        setattr(sys.modules[package], name, found)  # from now on it is found without asking
        return found

    return find
