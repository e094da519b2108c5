"""Which environment variables code names."""

from __future__ import annotations

from collections.abc import Callable

from ._facts import Use
from ._refs import ANY_ITEM, ASKED, Ref
from ._resolve import Found

__all__ = ["is_secret", "variables"]

_SECRET = ("KEY", "TOKEN", "SECRET", "PASSW", "CREDENTIAL")


def is_secret(name: str) -> bool:
    """Return whether a variable's name says that its value must not be seen."""
    return any(mark in name.upper() for mark in _SECRET)


def variables(found: Found, use: Use, meant: Callable[[Ref], object]) -> tuple[list[str], bool]:
    """Return the names that a use of `os.environ` or `os.getenv` reads, and whether it may read others.

    `meant` says what a name stands for: `os.environ[NAME]` reads the variable that the constant names.
    """
    names: set[str] = set()
    vague = False
    for mode in use.modes:
        if found.rest and found.rest[0][0]:
            if found.rest[0] in (ANY_ITEM, ASKED):
                vague = True
            elif mode.what not in ("write", "bind"):
                names.add(str(found.rest[0][1]))
        elif mode.what in ("call", "drop"):
            said = [mode.first] if mode.first else [meant(ref) for ref in mode.to]
            names.update(name for name in said if isinstance(name, str))
            vague = vague or not all(isinstance(name, str) for name in said) or not said
        elif mode.what != "write":
            vague = True
    return sorted(names - {""}), vague
