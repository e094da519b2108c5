"""What a name means where code stands, and how far its steps lead without running anything."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from functools import partial
from types import CellType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

from ...bytecode.stack._refs import Chain, Ref
from ...model.process._asking import has
from ...model.process._records import NamedTuple
from ...project._libraries import is_project_globals, is_project_name
from ...project._module_files import located
from ..kinds._sorts import Sort, is_bound, is_cache, is_class, is_module, kind_of, method_name, static, static_module
from ._checks import Checks
from ._later_imports import was_unloaded

__all__ = ["ABSENT", "Found", "Scope", "follow", "remember", "space_for", "unbound"]

_BUILTINS: dict[str, object] = vars(builtins)


class _Absent:
    """Stands for no value at all."""


ABSENT = _Absent()


class Scope(NamedTuple):
    """Where code stands.

    Attributes:
        space: its globals.
        cells: its closure, by name.
        names: a block's locals and cells, by name.
        own: whether it is a block of a function, with names of its own.
        block: whether it is a block.
    """

    space: dict[str, object]
    cells: Mapping[str, CellType] = MappingProxyType({})
    names: Mapping[str, object] = MappingProxyType({})
    own: bool = False
    block: bool = False


class Found(NamedTuple):
    """How far a ref leads.

    Attributes:
        value: the last value that could be looked up; `ABSENT` where there is none.
        holder, name: where it was found.
        path: how a person would write it.
        module: the module whose globals it stands in.
        rest: the steps that are left.
        builtin: whether the name alone says what it is.
        label: for what libraries hold, the whole name from the module down.
    """

    value: object
    holder: object
    name: str | int
    path: str
    module: str
    rest: Chain
    builtin: bool = False
    label: str = ""


def follow(ref: Ref, scope: Scope, checks: Checks) -> Found:
    """Return how far a ref leads, having remembered every lookup whose outcome decides the way."""
    found = _root(ref, scope, checks)
    while found.rest:
        further = _step(found, checks)
        if further is None:
            return found
        found = further
    return found


def unbound(found: Found) -> Found:
    """Return a bound method as what it is, an attribute of what it is bound to: `append` as `calls.append`."""
    if not is_bound(found.value):
        return found
    method: Any = found.value
    return found._replace(value=method.__self__, rest=((False, method_name(method)), *found.rest))


def _root(ref: Ref, scope: Scope, checks: Checks) -> Found:
    name, chain = ref.name, ref.chain
    if ref.kind == "I":
        return _imported(ref, scope)
    module = str(scope.space.get("__name__", ""))
    if ref.kind == "D" and not scope.own and name in scope.cells:
        cell = scope.cells[name]
        try:
            value: object = cell.cell_contents
        except ValueError:
            value = ABSENT
        return Found(value, cell, name, name, module, chain)
    if scope.own and name in scope.names:
        return Found(scope.names[name], scope.names, name, name, module, chain)
    if scope.own:
        checks.own_absent.add(name)
    if name in scope.space:
        return Found(scope.space[name], scope.space, name, name, module, chain)
    if name in _BUILTINS:
        if type(scope.space) is dict:
            checks.absent(scope.space, name)
        return Found(_BUILTINS[name], _BUILTINS, name, name, "builtins", chain, builtin=True)
    return Found(ABSENT, scope.names if scope.own else scope.space, name, name, module, chain)


def _imported(ref: Ref, scope: Scope) -> Found:
    level, _, name = ref.name.partition(":")
    top = name.endswith(":")
    name = name.rstrip(":")
    if level != "0":
        package = scope.space.get("__package__") or str(scope.space.get("__name__", "")).rpartition(".")[0]
        parts = str(package).split(".")
        parts = parts[: len(parts) - int(level) + 1]
        name = ".".join([*parts, name] if name else parts)
    if top and level == "0":
        name = name.partition(".")[0]
    value: object = ABSENT if was_unloaded(name) else sys.modules.get(name, ABSENT)
    return Found(value, sys.modules, name, name, name, ref.chain, label=name)


def _step(found: Found, checks: Checks) -> Found | None:
    """Return what the next step leads to; None where only running code could tell."""
    value = found.value
    (subscript, key), rest = found.rest[0], found.rest[1:]
    if subscript:
        return _item(found, key, rest, checks)
    name = str(key)
    if is_module(value):
        return _of_module(found, value, name, rest, checks)
    if is_class(value):
        return _of_class(found, value, name, rest, checks)
    space = _attributes(value)
    if space is not None and name in space and name not in _GIVEN:
        remember(found, checks)
        return Found(space[name], space, name, f"{found.path}.{name}", found.module, rest)
    if space is not None and not hasattr(type(value), name):
        checks.unset.append((space, name))  # the program may set it yet
    return None


_GIVEN = frozenset({"__doc__", "__lutil_reach__", "__module__", "__name__", "__qualname__", "__wrapped__"})
"""What a function and what wraps one have by themselves."""


def space_for(value: object, name: str) -> object:
    """Return what would hold an attribute that a function or class of the project does not have; None if it has it."""
    if is_class(value):
        fits = type(value) is type and is_project_name(static_module(value)) and not has(value, name)
        return value if fits else None
    space = _attributes(value)
    return None if space is None or name in space or hasattr(type(value), name) else space


def _attributes(value: object) -> dict[str, object] | None:
    """Return what the program has set on a function, or on what holds or stands for one."""
    while type(value) is MethodType:
        value = value.__func__
    if type(value) is not FunctionType and kind_of(value) not in (Sort.REACH, Sort.WRAPPER):
        return None
    space = static(value, "__dict__")
    return space if type(space) is dict else None


def remember(found: Found, checks: Checks) -> None:
    """Remember the lookup that led here, because what comes next hangs on it."""
    holder = found.holder
    if isinstance(holder, CellType):
        checks.cell(holder, found.value)
    elif isinstance(holder, type):
        checks.bound(holder.__dict__, found.name, found.value)
    elif isinstance(holder, Mapping):
        checks.bound(holder, found.name, found.value)


def _of_module(found: Found, module: ModuleType, name: str, rest: Chain, checks: Checks) -> Found | None:
    space = module.__dict__
    remember(found, checks)
    checks.module(module)
    label = f"{found.label or module.__name__}.{name}"
    if was_unloaded(f"{module.__name__}.{name}"):
        value: object = ABSENT
    elif name in space:
        value = space[name]
    elif isinstance(sub := sys.modules.get(f"{module.__name__}.{name}"), ModuleType):
        value = sub
    elif not is_project_globals(space) or ("__getattr__" in space and not located(label)):
        return None
    else:
        value = ABSENT
    return Found(value, space, name, name, module.__name__, rest, label=label)


def _of_class(found: Found, cls: type, name: str, rest: Chain, checks: Checks) -> Found | None:
    for owner in cls.__mro__:
        if name in owner.__dict__:
            value = owner.__dict__[name]
            if isinstance(value, classmethod | property) or _binds(value) != _is_itself(value):
                return None  # it may read any part of the class
            if owner.__module__ == "builtins":
                return None
            remember(found, checks)
            path = f"{found.path}.{name}"
            return Found(value, owner, name, path, found.module, rest, label=f"{found.label}.{name}")
    return None


def _binds(value: object) -> bool:
    """Return whether a class is asked for more than what it holds; a partial only warns, from 3.13 on."""
    return hasattr(type(value), "__get__") and not isinstance(value, partial)


def _is_itself(value: object) -> bool:
    """Return whether asking a class for this descriptor gives the function that it is, or stands for."""
    return isinstance(value, FunctionType | staticmethod) or is_cache(value) or kind_of(value) is Sort.REACH


def _item(found: Found, key: object, rest: Chain, checks: Checks) -> Found | None:
    value = found.value
    if type(value) is not dict or type(key) not in (str, int) or key not in value:
        return None
    remember(found, checks)
    return Found(value[key], value, key, f"{found.path}[{key!r}]", found.module, rest)  # type: ignore[arg-type]
