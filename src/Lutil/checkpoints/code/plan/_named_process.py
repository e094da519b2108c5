"""What code names of its process beside the environment: the arguments of its script, the working directory.

The name of the script, `sys.argv[0]`, says where code lies and counts nowhere.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from ...model._key import PartKind
from ..facts._facts import Use
from ..kinds._sorts import is_class, static_module
from ._plan import Slot
from ._resolve import Found

__all__ = ["process_slots"]


class _Process:
    """The arguments of the script and the working directory, as they are now; stands in slots as what holds them."""

    __slots__ = ()

    def __getitem__(self, name: str | int) -> object:
        """Return the working directory, all arguments or one of them.

        Raises:
            LookupError: there is no such argument, or the directory has been removed.
        """
        if name == "cwd":
            try:
                return os.getcwd()  # noqa: PTH109 - pathlib takes ms to import
            except OSError as gone:
                raise LookupError(name) from gone
        return sys.argv[name] if isinstance(name, int) else tuple(sys.argv[1:])

    def __setitem__(self, name: str | int, value: Any) -> None:
        """Bring one of them to where a run left it."""
        if name == "cwd":
            os.chdir(value)
        elif isinstance(name, int):
            sys.argv[name] = value
        else:
            sys.argv[1:] = value

    def pop(self, name: str | int, default: object = None) -> None:
        """Leave it: what was not there cannot have been read."""


_process: Final = _Process()
_CWD: Final = Slot(PartKind.GLOBAL, "os.getcwd()", _process, "cwd", "os.getcwd()")
_ARGUMENTS: Final = Slot(PartKind.ENVIRONMENT, "sys.argv", _process, "argv", "sys.argv")
_WRITES: Final = frozenset({"write", "bind"})


def process_slots(found: Found, use: Use) -> list[Slot] | None:
    """Return the places that a use of what belongs to the process reads; None for a use of anything else."""
    value = found.value
    if value is os.getcwd or value is os.getcwdb:
        return [_CWD]
    if is_class(value) and found.rest[:1] == ((False, "cwd"),) and str(static_module(value)).startswith("pathlib"):
        return [_CWD]
    if value is not sys.argv or type(value) is not list:
        return None
    if _WRITES.issuperset(mode.what for mode in use.modes):
        return []
    item, key = found.rest[0] if found.rest else (False, None)
    if item and type(key) is int and key >= 0:
        path = f"sys.argv[{key}]"
        return [Slot(PartKind.ENVIRONMENT, path, _process, key, path)] if key else []
    return [_ARGUMENTS]
