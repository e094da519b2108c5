"""Which rule holds for a class: registered by the user, its own `__fingerprint__`, ours, or by its state."""

from __future__ import annotations

import enum
import functools
import importlib
import types
import weakref
from collections.abc import Callable
from typing import Any, Final, TypeVar, overload

from ...integrations import known_of
from ...model._errors import described
from ...model.process._interrupts import let_pass
from ...model.process._late import loading
from ...model.process._limits import make_room
from ..kinds._containers import EXACT_RULES
from ..kinds._objects import EstimatorRule, OwnRule, object_rule
from ._class_state import ByName, is_standard, module_name
from ._nodes import Context, Node, Rule, attribute_label, silent_label
from ._scalars import LEAVES

__all__ = ["MOST_CLASSES", "Registered", "comes_back", "find_rule", "register", "registered_rule", "rules_of"]

Function = Callable[[Any], object]
_F = TypeVar("_F", bound=Function)


def _stands_for(function: Function) -> Rule:
    """Return the rule by which what a function returns is walked in the place of the value."""

    def rule(value: object, context: Context) -> Node:
        return Node(b"y" + context.type_code(type(value)), (function(value),), silent_label, temporary=True)

    return rule


_PYTHON: Final = (
    "containers CONTAINER_RULES",
    "builtins BUILTIN_RULES",
    "standard STANDARD_RULES",
    "handles HANDLE_RULES",
)
"""Where the rules for Python's own classes stand, and those for handles, whoever makes them: file and table."""
_LIBRARIES: Final = {
    "arrays ARRAY_RULES": "numpy",
    "frames FRAME_RULES": "pandas",
    "arrow ARROW_RULES": "pyarrow polars",
    "science SCIENCE_RULES": "scipy h5py sklearn numba xgboost lightgbm",
    "tensors TORCH_RULES": "torch",
    "opened OPENED_RULES": "zipfile h5py numpy pyarrow",
}
"""The same for classes of libraries, by which of them have any: loaded when a class of one is met."""
_COLLECTIONS: Final = ("dask", "marimo")
"""Libraries of which a function of the value is walked in its place."""


@functools.lru_cache(1024)
def rules_of(library: str) -> ByName[Rule]:
    """Return our rules for the classes of a library, by its top module; for an empty name, those of Python and handles.

    Example:
        >>> rules_of("numpy").find(int) is None
        True
    """
    wanted = [table for table, whose in _LIBRARIES.items() if library in whose.split()] if library else _PYTHON
    found: dict[str, Rule] = {}
    for file, table in map(str.split, wanted):
        found |= getattr(importlib.import_module(f"..kinds._{file}", __package__), table)
    if library in _COLLECTIONS:
        known = importlib.import_module(f"...integrations.{library}", __package__)
        found |= {name: _stands_for(function) for name, function in known.STANDS_FOR.items()}
    return ByName(found)


_theirs: dict[str, Rule] = {}
_by_type: weakref.WeakKeyDictionary[type, Rule] = weakref.WeakKeyDictionary()
_found: weakref.WeakKeyDictionary[type, Rule] = weakref.WeakKeyDictionary()
MOST_CLASSES: Final = 2048
"""What is known of a class may hold the class: a weak key alone would not let it go."""


class _StandIn:
    """A rule that walks, in the place of the value, what a function returns for it."""

    __slots__ = ("function", "known")
    tag = b""
    whose = ""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.known = True

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        try:
            stands_for = self.function(value)
        except Exception as error:  # noqa: BLE001 - the user's code or a library's; any failure means: no state
            let_pass(error)
            return context.refuse(value, f"its {self.whose} rule raised {described(error)}")
        return Node(self.tag + context.type_code(type(value)), (stands_for,), silent_label, temporary=True)


class Registered(_StandIn):
    """The rule that a user gave."""

    __slots__ = ()
    tag = b"y"
    whose = "registered"


class _Integrated(_StandIn):
    """The rule that is known of a library's class (see `integrations`)."""

    __slots__ = ()
    tag = b"K"
    whose = "library's"


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
        rule = _rule_of(base)
        if rule is not None:
            return rule
    with loading:
        from ...integrations.wrapt import is_proxy  # noqa: PLC0415  (few values are objects that no rule is known for)
        from ..kinds._builtins import proxy  # noqa: PLC0415

    return proxy if is_proxy(cls) else object_rule(cls)


def _rule_of(cls: type) -> Rule | None:
    """Return the rule that is ours for exactly this class."""
    rule = _builtin_rules().get(cls) or rules_of("").find(cls) or rules_of(module_name(cls).partition(".")[0]).find(cls)
    if rule is not None:
        return rule
    function, shown = known_of(cls, "COMPARED"), known_of(cls, "SHOWN")
    if function is not None:
        return _Integrated(function)
    return None if shown is None else _in_part(shown)


def _in_part(names: tuple[str, ...]) -> Rule:
    """Return the rule for objects of which only some is shown: refused, or counted by that and a blind spot."""

    def rule(value: object, context: Context) -> Node:
        code = context.refuse(value)
        return Node(b"q" + code, [getattr(value, name, None) for name in names], attribute_label(names), temporary=True)

    return rule


@functools.cache
def _builtin_rules() -> dict[type, Rule]:
    """Return our rules for types that carry another name than the one they are found by."""
    with loading:
        from ..kinds._builtins import BUILTIN_RULES  # noqa: PLC0415

    return {
        getattr(types, name.removeprefix("types.")): rule
        for name, rule in BUILTIN_RULES.items()
        if name.startswith("types.")
    }


def comes_back(cls: type) -> bool:
    """Tell whether instances of a class come out of a pickle as they were: it is pickled in a way that we know."""
    if issubclass(cls, enum.Enum) or is_standard(cls) or isinstance(find_rule(cls), EstimatorRule):
        return True
    if any("__lutil_own__" in base.__dict__ for base in cls.__mro__):
        return True
    for base in cls.__mro__:
        if base is object or base in EXACT_RULES or not isinstance(_rule_of(base), _Integrated | None):
            return True
        own = _OWN_PICKLING & base.__dict__.keys()
        if own and not (issubclass(base, tuple) and "_fields" in base.__dict__ and own <= _OF_NAMED_TUPLES):
            return False
    return True


_OF_NAMED_TUPLES: Final = frozenset({"__new__", "__getnewargs__"})
_OWN_PICKLING: Final = _OF_NAMED_TUPLES | {
    "__getnewargs_ex__", "__getstate__", "__reduce__", "__reduce_ex__", "__setstate__",
}  # fmt: skip
