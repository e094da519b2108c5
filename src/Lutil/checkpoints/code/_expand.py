"""What functions, classes, modules and wrappers hold that a computation may reach."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, MethodType, ModuleType

from .._interrupts import let_pass
from .._key import NoteKind, PartKind
from ._build import Builder, Origin
from ._classes import expand_class
from ._facts import facts
from ._keepers import codes_of
from ._kinds import Sort, is_cache, is_class, is_module, kind_of, label_of, static
from ._library import is_project_globals
from ._named import add_uses
from ._plan import Slot
from ._resolve import Scope

__all__ = ["expand", "expand_function"]

_DUNDER = "__"
_DEPTH = 4
"""How deep containers in a library's closures are searched for project code."""


def expand(builder: Builder, number: int, sort: Sort, value: object) -> None:
    """Add to a node what the thing it stands for is and holds."""
    if type(value) is FunctionType and sort is Sort.FUNCTION:
        expand_function(builder, number, value)
    elif is_class(value):
        expand_class(builder, number, value)
    elif is_module(value):
        _expand_module(builder, number, value)
    else:
        _expand_wrapper(builder, number, value)


def expand_function(builder: Builder, number: int, function: FunctionType) -> None:
    """Add a function's code, defaults, names and what it wraps."""
    known = facts(function.__code__)
    text = builder.drafts[number].text
    text.append(b"function " + function.__qualname__.encode("utf-8", "surrogatepass"))
    text.append(known.digest)
    if function is not builder.root:
        builder.checks.function(function)
    _defaults(builder, number, function)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    scope = Scope(function.__globals__, cells)
    builder.codes.append(Origin(function.__code__, scope))
    add_uses(builder, number, known, scope)
    _wrapped(builder, number, function)


def _wrapped(builder: Builder, number: int, function: FunctionType) -> None:
    space = function.__dict__
    if "__wrapped__" in space:
        builder.checks.bound(space, "__wrapped__", space["__wrapped__"])
        builder.held(number, space["__wrapped__"], "__wrapped__")


def _defaults(builder: Builder, number: int, function: FunctionType) -> None:
    code = function.__code__
    values = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    named: list[tuple[str, str | int, object]] = [
        (name, place, value) for place, (name, value) in enumerate(zip(names, values, strict=False))
    ]
    named += [(name, name, value) for name, value in sorted((function.__kwdefaults__ or {}).items())]
    label = builder.drafts[number].label
    for name, place, value in named:
        atom = builder.atom(value)
        if atom is not None:
            builder.drafts[number].text.append(f"default {name}=".encode() + atom)
        else:
            builder.drafts[number].text.append(f"default {name}".encode())
            path = f"{label}({name}=)"
            builder.value(number, Slot(PartKind.DEFAULT, path, function, place, path), value)


def _expand_module(builder: Builder, number: int, module: ModuleType) -> None:
    """Add all of a project module, because it is used as a value."""
    space = module.__dict__
    draft = builder.drafts[number]
    compiled = builder.compiled(module)
    draft.text.append(b"module" + (compiled or b""))
    builder.checks.keys(space)
    for name in sorted(name for name in space if not name.startswith(_DUNDER) or name == "__getattr__"):
        value = space[name]
        if is_module(value) and not is_project_globals(value.__dict__):
            continue
        draft.text.append(name.encode("utf-8", "surrogatepass"))
        path = f"{module.__name__}.{name}"
        builder.value(number, Slot(PartKind.GLOBAL, builder.person(module.__name__, name), space, name, path), value)
        if draft.edges[-1] >= 0:
            builder.checks.bound(space, name, value)


def _expand_wrapper(builder: Builder, number: int, value: object) -> None:
    """Add a library's or builtin wrapper by name, and the project code that it holds."""
    draft = builder.drafts[number]
    if isinstance(value, MethodType):
        draft.text.append(b"method")
        builder.held(number, value.__func__, "__func__")
        builder.held(number, value.__self__, "self")
    elif isinstance(value, staticmethod | classmethod):
        draft.text.append(type(value).__name__.encode())
        builder.held(number, value.__func__, "__func__")
    elif isinstance(value, property):
        draft.text.append(b"property")
        for name in ("fget", "fset", "fdel"):
            if (part := getattr(value, name)) is not None:
                builder.held(number, part, name)
    elif isinstance(value, functools.cached_property):
        draft.text.append(b"cached_property")
        builder.keepers.append((number, value.func.__qualname__, value, codes_of(value.func)))
        builder.held(number, value.func, "func")
    elif isinstance(value, functools.partial | functools.partialmethod):
        _partial(builder, number, value)
    elif isinstance(value, FunctionType):
        _library_function(builder, number, value)
    else:
        _library_object(builder, number, value)


def _partial(builder: Builder, number: int, value: functools.partial[object] | functools.partialmethod[object]) -> None:
    draft = builder.drafts[number]
    draft.text.append(type(value).__name__.encode())
    builder.held(number, value.func, "func")
    for place, item in enumerate(value.args):
        builder.held(number, item, f"args[{place}]")
    for name, item in value.keywords.items():
        draft.text.append(name.encode("utf-8", "surrogatepass"))
        builder.held(number, item, name)


def _library_function(builder: Builder, number: int, function: FunctionType) -> None:
    """Search the closure, defaults and attributes of a library's function for project code."""
    draft = builder.drafts[number]
    space = function.__globals__
    name = f"{space.get('__name__')}.{function.__code__.co_qualname}"
    draft.text.append(name.encode("utf-8", "surrogatepass"))
    builder.library(str(space.get("__name__")))
    builder.checks.function(function)
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            continue
        _search(builder, number, content)
    _search(builder, number, function.__defaults__ or ())
    _search(builder, number, function.__kwdefaults__ or {})
    if "__wrapped__" in function.__dict__:
        _wrapped(builder, number, function)
    if draft.edges and any(edge >= 0 for edge in draft.edges):
        builder.documented.add(number)


def _library_object(builder: Builder, number: int, value: object) -> None:
    draft = builder.drafts[number]
    draft.text.append(label_of(type(value)).encode("utf-8", "surrogatepass"))
    builder.library(label_of(type(value)))
    if is_cache(value):
        inner = static(value, "__wrapped__")
        builder.keepers.append((number, str(static(value, "__qualname__")), value, codes_of(inner)))
    for name in ("__wrapped__", "py_func", "pyfunc"):
        inner = static(value, name)
        if kind_of(inner) in (Sort.FUNCTION, Sort.WRAPPER, Sort.CLASS, Sort.REACH):
            draft.edges.append(builder.reach(inner))
    for name in ("otypes", "signature", "excluded", "targetoptions"):
        inner = static(value, name)
        if type(inner) in (str, tuple, list, dict, type(None)):
            draft.text.append(f"{name}={inner!r}".encode())
        elif type(inner) in (set, frozenset):
            draft.text.append(f"{name}={sorted(map(repr, inner))!r}".encode())  # type: ignore[call-overload]


def _search(builder: Builder, number: int, value: object, depth: int = 0) -> None:
    """Add the project code in a value of a library's, containers and plain objects included."""
    if depth > _DEPTH:
        builder.note(NoteKind.BLIND_SPOT, builder.drafts[number].label, "nested too deep to be searched for code")
        return
    sort = kind_of(value)
    if sort in (Sort.FUNCTION, Sort.CLASS, Sort.WRAPPER, Sort.REACH):
        if sort is not Sort.WRAPPER or depth < _DEPTH:
            builder.drafts[number].edges.append(builder.reach(value))
        return
    if sort is not Sort.DATA:
        return
    if type(value) is dict:
        builder.checks.rest(_same_values(value))  # a registry may grow: `singledispatch`
    for item in _items(value):
        _search(builder, number, item, depth + 1)


def _same_values(space: dict[object, object]) -> Callable[[], bool]:
    before = tuple(space.values())
    return lambda: len(space) == len(before) and all(map(operator.is_, space.values(), before))


def _items(value: object) -> Iterable[object]:
    if isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=label_of)
    if isinstance(value, Mapping) and type(value).__module__ != "weakref":  # that is a cache
        try:
            return [part for pair in value.items() for part in pair]
        except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
            let_pass(error)
            return ()
    space = static(value, "__dict__")
    if type(space) is dict and kind_of(value) is Sort.DATA and not isinstance(value, Mapping):
        return tuple(space.values())
    return ()
