"""Which object this is: what `id` tells, for the ways that are gone for every value.

`id` raises an audit event: once a process has a hook for those, and a run installs one, each call costs half a
microsecond. The hash that all objects have by default is made of the address as well, and raises none.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Final

__all__ = ["identity", "place_of"]

identity: Final[Callable[[object], int]] = object.__hash__
"""Return a number that no other living object has."""


def place_of(code: CodeType) -> str:
    """Return where code stands: what tells in another process which code it is."""
    return f"{code.co_filename}:{code.co_firstlineno}:{code.co_name}"
