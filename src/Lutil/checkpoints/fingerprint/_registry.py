"""Which rule holds for a class: registered by the user, its own `__fingerprint__`, ours, or by its state."""

from __future__ import annotations

import enum
import types
import weakref
from collections.abc import Callable
from typing import Any, Final, TypeVar, overload

from .._interrupts import let_pass
from .._limits import make_room
from ._arrays import ARRAY_RULES
from ._arrow import ARROW_RULES
from ._builtins import BUILTIN_RULES
from ._classes import ByName
from ._containers import CONTAINER_RULES, EXACT_RULES
from ._frames import FRAME_RULES
from ._handles import HANDLE_RULES
from ._nodes import Context, Node, Rule, silent_label
from ._objects import OwnRule, object_rule
from ._opened import OPENED_RULES
from ._scalars import LEAVES
from ._science import SCIENCE_RULES
from ._standard import STANDARD_RULES
from ._torch import TORCH_RULES

__all__ = ["MOST_CLASSES", "Registered", "find_rule", "register", "registered_rule"]

Function = Callable[[Any], object]
_F = TypeVar("_F", bound=Function)

_OURS: dict[str, Rule] = {
    **CONTAINER_RULES,
    **BUILTIN_RULES,
    **ARRAY_RULES,
    **FRAME_RULES,
    **ARROW_RULES,
    **SCIENCE_RULES,
    **TORCH_RULES,
    **STANDARD_RULES,
    **HANDLE_RULES,
    **OPENED_RULES,
}
_theirs: dict[str, Rule] = {}
_by_type: weakref.WeakKeyDictionary[type, Rule] = weakref.WeakKeyDictionary()
_found: weakref.WeakKeyDictionary[type, Rule] = weakref.WeakKeyDictionary()
MOST_CLASSES: Final = 2048
"""What is known of a class may hold the class: a weak key alone would not let it go."""


_ours = ByName(_OURS)


class Registered:
    """The rule that a user gave: what the function returns is walked in the place of the value."""

    __slots__ = ("function", "known")

    def __init__(self, function: Function) -> None:
        self.function = function
        self.known = True

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        try:
            stands_for = self.function(value)
        except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
            let_pass(error)
            return context.refuse(value, f"its registered rule raised {type(error).__name__}: {error}")
        return Node(b"y" + context.type_code(type(value)), (stands_for,), silent_label, temporary=True)


@overload
def register(type_or_name: type | str, fingerprint: _F) -> _F: ...
@overload
def register(type_or_name: type | str, fingerprint: None = None) -> Callable[[_F], _F]: ...
def register(type_or_name: type | str, fingerprint: _F | None = None) -> _F | Callable[[_F], _F]:
    """Let a function say what stands for the values of a class, and of the classes derived from it.

    By name, nothing is imported. Without a function it is a decorator.

    Args:
        type_or_name: the class, or `"module.Class"`, where it is defined or where it is found.
        fingerprint: called with the value; what it returns is compared in its place.

    Returns:
        The function, or a decorator for one.

    Example:
        >>> @register("acme.Client")
        ... def client(value):
        ...     return value.base_url
    """
    if fingerprint is None:
        return lambda function: register(type_or_name, function)
    if not callable(fingerprint):
        raise TypeError(f"a rule must be callable, not {type(fingerprint).__name__}")
    if isinstance(type_or_name, str):
        if "." not in type_or_name:
            raise ValueError(f"a rule is registered by `module.Class`, not {type_or_name!r}")
        _theirs[type_or_name] = Registered(fingerprint)
    else:
        _by_type[type_or_name] = Registered(fingerprint)
    _found.clear()
    return fingerprint


def registered_rule(cls: type) -> Rule | None:
    """Return the rule that users gave for a class or one of its bases, or that it carries itself."""
    theirs = ByName(_theirs)
    for base in cls.__mro__:
        rule = _by_type.get(base) or theirs.find(base)
        if rule is not None:
            return rule
        if "__fingerprint__" in base.__dict__:
            return OwnRule()
    return None


def find_rule(cls: type) -> Rule:
    """Return the rule for instances of a class."""
    rule = _found.get(cls)
    if rule is None:
        rule = _find(cls)
        make_room(_found, MOST_CLASSES)
        _found[cls] = rule
    return rule


def _find(cls: type) -> Rule:
    rule = None if issubclass(cls, type) else registered_rule(cls)
    if rule is not None:
        return rule
    if cls in EXACT_RULES:
        return EXACT_RULES[cls]
    leaf = LEAVES.get(cls)
    if leaf is not None:
        return lambda value, _context: leaf(value)
    bases = (enum.Enum, *cls.__mro__) if issubclass(cls, enum.Enum) else cls.__mro__
    for base in bases:
        rule = _BUILTIN.get(base) or _ours.find(base)
        if rule is not None:
            return rule
    return object_rule(cls)


def _builtin_rules() -> dict[type, Rule]:
    """Return our rules for types that carry another name than the one they are found by."""
    return {
        getattr(types, name.removeprefix("types.")): rule
        for name, rule in BUILTIN_RULES.items()
        if name.startswith("types.")
    }


_BUILTIN = _builtin_rules()
