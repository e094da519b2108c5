"""What sort of thing a value is to a plan: code that is walked, a leaf, our own, or data."""

from __future__ import annotations

import enum
import functools
import gc
import operator
import sys
import types
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, TypeGuard

from ...integrations import is_made_to_hold
from ...integrations.beartype import MARK
from ...integrations.callables import CALLABLES, Attribute
from ...integrations.wrapt import is_proxy
from ...model.process._interrupts import let_pass
from ...project._libraries import is_project, is_project_globals, is_project_name

__all__ = [
    "UNWRAP",
    "Sort",
    "is_bound",
    "is_cache",
    "is_class",
    "is_module",
    "is_print",
    "is_talker",
    "kind_of",
    "known_attributes",
    "label_of",
    "method_name",
    "shared_library",
    "static",
    "static_module",
    "static_path",
    "top_level",
]

_MISSING = object()
_LEAVES = (
    BuiltinFunctionType,
    MethodDescriptorType,
    ClassMethodDescriptorType,
    WrapperDescriptorType,
    MethodWrapperType,
)
_HOLDERS = (
    MethodType,
    staticmethod,
    classmethod,
    property,
    functools.partial,
    functools.partialmethod,
    functools.cached_property,
)
_METHODS = frozenset({BuiltinFunctionType, MethodWrapperType, MethodType})
_GETTERS = (operator.attrgetter, operator.itemgetter, operator.methodcaller)
UNWRAP = ("__wrapped__", "py_func", "pyfunc")
_TALKERS = frozenset({"logging", "warnings", "tqdm", "rich", "loguru", "structlog", "wandb", "mlflow", "tensorboard"})


class Sort(enum.Enum):
    """What sort of thing a value is."""

    FUNCTION = "project function"
    CLASS = "project class"
    MODULE = "project module"
    WRAPPER = "library or builtin thing that holds code"
    LEAF = "library or builtin thing"
    OWN = "part of this package"
    REACH = "stands for a function"
    DATA = "value"


def is_class(value: object) -> TypeGuard[type]:
    """Return whether a value is a class, without asking its own `__class__`, which a proxy answers as it likes."""
    return issubclass(type(value), type)


def is_module(value: object) -> TypeGuard[ModuleType]:
    """Return whether a value is a module, without asking its own `__class__`."""
    return issubclass(type(value), ModuleType)


def static(value: object, name: str) -> object:
    """Return an attribute without asking the object's own `__getattr__`; `_MISSING` where there is none."""
    try:
        return object.__getattribute__(value, name)
    except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
        let_pass(error)
        return _MISSING


def static_path(value: object, path: Attribute) -> object:
    """Return an attribute of an attribute, found in the same way, or what a function gives; None where that fails."""
    if not isinstance(path, str):
        try:
            return path(value)
        except Exception as error:  # noqa: BLE001 - in another release of the library it may be another way
            let_pass(error)
            return None
    for name in path.split("."):
        value = static(value, name)
    return None if value is _MISSING else value


def known_attributes(kind: type) -> tuple[Attribute, ...] | None:
    """Return the attributes by which instances of a class count, if they are callables of which that is known."""
    for base in kind.__mro__:
        found = CALLABLES.get(f"{base.__module__}.{base.__qualname__}")
        if found is not None:
            return found
    return None


def has(value: object, name: str) -> bool:
    """Return whether an attribute is there, as `static` sees it."""
    return static(value, name) is not _MISSING


def shared_library(value: object) -> object:
    """Return the loaded library that a function of `ctypes` is from; any other value itself."""
    kept = static(value, "_objects")
    return kept.get("0", value) if type(kept) is dict else value


def top_level(value: object) -> str:
    """Return the top-level module that an object's type, or the object itself if it is a class, says it is from."""
    holder = value if is_class(value) else type(value)
    module = type.__getattribute__(holder, "__module__")
    return module.partition(".")[0] if type(module) is str else ""


def is_talker(value: object) -> bool:
    """Return whether a value is of a library that only tells people what is going on."""
    return top_level(value) in _TALKERS


def method_name(method: Any) -> str:
    """Return the name of a method; nothing where it was bound by hand and has none."""
    try:
        return str(method.__name__)
    except Exception as error:  # noqa: BLE001 - it is asked of what was bound, which may answer as it likes
        let_pass(error)
        return ""


def is_bound(value: object) -> bool:
    """Return whether a value is a method that is bound to something of the program's: `draw = rng.random`.

    The functions of a compiled module are bound to it, those of `random` to a generator that only `random` knows,
    and `dict.fromkeys` to a class that counts by its name.
    """
    if type(value) not in _METHODS:
        return False
    owner = value.__self__  # type: ignore[attr-defined]  # methods have one
    if owner is None or is_module(owner):
        return False
    if is_class(owner):
        return type(value) is MethodType or is_project_name(static_module(owner))
    home = static_module(type(owner))
    if type(home) is not str or is_project_name(home):
        return True
    held = getattr(sys.modules.get(home), "__dict__", {}).get(method_name(value))
    return type(held) is not type(value) or held != value


def kind_of(value: object) -> Sort:  # noqa: C901, PLR0911 - a table, the order of which matters
    """Return what sort of thing a value is."""
    kind = type(value)
    if kind is FunctionType:
        if "__lutil_reach__" in value.__dict__:
            return Sort.REACH
        if MARK in value.__dict__ and "__wrapped__" in value.__dict__:
            return Sort.WRAPPER  # though its globals are those of the function that it was generated around
        if is_project_globals(value.__globals__):  # type: ignore[attr-defined]
            return Sort.FUNCTION
        name = value.__globals__.get("__name__")  # type: ignore[attr-defined]
        return Sort.OWN if _own(name) else Sort.WRAPPER
    if kind in _BASIC:
        return Sort.DATA
    if is_class(value):
        if _own(static_module(value)):
            return Sort.OWN
        made = _made_by_types(value) or is_made_to_hold(value)
        return Sort.CLASS if made or is_project_name(static_module(value)) else Sort.LEAF
    if is_module(value):
        if _own(value.__dict__.get("__name__")):
            return Sort.OWN
        return Sort.MODULE if is_project(value) else Sort.LEAF
    if kind in _LEAVES:
        return Sort.DATA if is_bound(value) else Sort.LEAF
    if issubclass(kind, _HOLDERS) or getattr(kind, "__lutil_method__", False) is True:
        return Sort.WRAPPER if kind is not MethodType or is_bound(value) else Sort.LEAF
    return _kind_of_instance(value, kind)


_BASIC = frozenset({type(None), bool, int, float, str, bytes, tuple, list, dict, set, frozenset, complex})


def _kind_of_instance(value: object, kind: type) -> Sort:  # noqa: C901, PLR0911 - a table, the order of which matters
    if getattr(kind, "__lutil_own__", False) is True and not has(value, "__lutil_reach__"):
        return Sort.OWN
    if has(value, "__lutil_reach__"):
        return Sort.REACH
    if known_attributes(kind) is not None or is_proxy(kind):
        return Sort.WRAPPER
    module = static_module(kind)
    if kind.__name__ == "ufunc" and any(isinstance(item, FunctionType) for item in gc.get_referents(value)):
        return Sort.DATA  # made of a function by `numpy.frompyfunc`
    if kind.__name__ in ("ufunc", "cython_function_or_method", "fused_cython_function", "_ArrayFunctionDispatcher"):
        return Sort.LEAF
    if issubclass(kind, _GETTERS):
        return Sort.DATA
    if module == "ctypes" and has(shared_library(value), "_handle"):
        return Sort.LEAF
    if hasattr(kind, "__call__") and not is_project_name(module):  # noqa: B004 - the type is asked, not the value
        if any(isinstance(static(value, name), FunctionType) for name in UNWRAP):
            return Sort.WRAPPER
        if is_cache(value):
            return Sort.WRAPPER
    return Sort.DATA


def is_cache(value: object) -> bool:
    """Return whether this is a function with a cache of `functools`."""
    return type(value).__name__ == "_lru_cache_wrapper" and type(value).__module__ == "functools"


def _made_by_types(cls: type) -> bool:
    """Return whether a class only says that it is from `types`: `new_class`, `make_dataclass` before Python 3.12."""
    return static_module(cls) == "types" and getattr(types, cls.__name__, None) is not cls


def static_module(cls: object) -> object:
    """Return the module name that a class bears."""
    try:
        return type.__getattribute__(cls, "__module__")
    except AttributeError:
        return ""


def _own(module: object) -> bool:
    return type(module) is str and (module == _OWN or module.startswith(_OWN + "."))


_OWN = __name__.partition(".")[0]


def label_of(value: object) -> str:
    """Return the whole name of a library or builtin thing, or that of its type where it has none."""
    name = static(value, "__qualname__")
    if type(name) is not str:
        name = static(value, "__name__")
    module = static(value, "__module__")
    if is_class(value):
        name, module = type.__getattribute__(value, "__qualname__"), static_module(value)
    if is_module(value):
        return str(name)
    if type(name) is not str:
        return f"{static_module(type(value))}.{type(value).__qualname__}"
    if type(module) is not str:
        owner = static(value, "__self__")
        module = "" if owner is _MISSING else f"{static_module(type(owner))}.{type(owner).__name__}"
        objclass = static(value, "__objclass__")
        if isinstance(objclass, type):
            module = str(static_module(objclass))
    return f"{module}.{name}"


def is_print(name: str, value: object) -> bool:
    """Return whether a builtin is `print`, or what a library has put in its place, as Ray does: that prints as well."""
    return name == "print" and kind_of(value) in (Sort.LEAF, Sort.WRAPPER)
