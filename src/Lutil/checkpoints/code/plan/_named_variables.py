"""Which environment variables code names."""

from __future__ import annotations

from collections.abc import Callable

from ...bytecode.stack._refs import ANY_ITEM, ASKED, Ref
from ..facts._facts import Use
from ._resolve import Found

__all__ = ["variables"]


def variables(found: Found, use: Use, meant: Callable[[Ref], object]) -> list[str]:
    """Return the names that a use of `os.environ` or `os.getenv` reads; others are seen when it runs.

    `meant` says what a name stands for: `os.environ[NAME]` reads the variable that the constant names.
    """
    names: set[str] = set()
    for mode in use.modes:
        if found.rest and found.rest[0][0]:
            if found.rest[0] not in (ANY_ITEM, ASKED) and mode.what not in ("write", "bind"):
                names.add(str(found.rest[0][1]))
        elif mode.what in ("call", "drop"):
            said = [mode.first] if mode.first else [meant(ref) for ref in mode.to]
            names.update(name for name in said if isinstance(name, str))
    return sorted(names - {""})
