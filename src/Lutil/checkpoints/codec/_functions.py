"""Functions without a name of their own: stored by value, but at home in their module as before.

A lambda or a function local to another one reads the globals of its module when it is called. It gets those of the
module that is there when it comes back, not copies of what they were.
"""

from __future__ import annotations

import inspect
import sys
import types
from typing import Any

from ._globals import UnresolvedError, found, named

__all__ = ["at_home", "function_at", "held_by_module"]


class _Home:
    """Stands for the function or class that another function is local to; it is found again by its name."""

    __slots__ = ("module", "qualname")

    def __init__(self, module: str, qualname: str) -> None:
        self.module = module
        self.qualname = qualname

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return found, (self.module, self.qualname)


def at_home(function: types.FunctionType, reduced: Any) -> Any:
    """Return how cloudpickle makes a function again, but with the globals of its module instead of copies.

    One that does not have the globals of a loaded module, as `exec` makes them, keeps its copies.
    """
    module = sys.modules.get(function.__module__ or "")
    if module is None or function.__globals__ is not vars(module):
        return reduced
    _, (code, _, _, _, closure), (attributes, slots), _, _, set_state = reduced
    outer = function.__qualname__.partition(".<")[0]
    by_name = "<" not in outer and named(module.__name__, outer) is not None
    home = _Home(module.__name__, outer) if by_name else module.__name__
    arguments = (home, code, closure, tuple(slots["__globals__"]))
    return function_at, arguments, (attributes, {**slots, "__globals__": {}}), None, None, set_state


def function_at(home: Any, code: types.CodeType, closure: Any, names: tuple[str, ...]) -> types.FunctionType:
    """Return a function in the module where it is at home; called by streams.

    Args:
        home: the function or class that it is local to, or the name of its module.
        code: its code.
        closure: its cells.
        names: globals that it reads.

    Raises:
        UnresolvedError: its module is not here, or has no such names.
    """
    module = home if isinstance(home, str) else None
    inner = home if module else inspect.unwrap(home)
    space = getattr(inner, "__globals__", None)
    if space is None:
        space = getattr(sys.modules.get(module or inner.__module__), "__dict__", {})
    missing = [name for name in names if name not in space]
    if missing:
        raise UnresolvedError(f"a function of the result reads `{missing[0]}` of its module, which is not here")
    return types.FunctionType(code, space, None, None, closure)


def held_by_module(method: Any) -> Any:
    """Return how a method is made again that a library offers as a function, as `random.random`: by its name."""
    owner = method.__self__
    if owner is None or isinstance(owner, types.ModuleType | type):
        return NotImplemented
    module, name = sys.modules.get(type(owner).__module__), method.__name__
    held = getattr(module, name, None)
    return (getattr, (module, name)) if type(held) is type(method) and held == method else NotImplemented
