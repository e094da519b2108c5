"""What functions, classes, modules and wrappers hold that a computation may reach."""

from __future__ import annotations

import functools
from types import FunctionType, MethodType, ModuleType

from ...integrations.wrapt import is_proxy
from ...model._key import PartKind
from ...project._libraries import is_project_globals
from ..facts._code_facts import facts
from ..kinds._class_contents import expand_class
from ..kinds._fixed import add_fixed, is_fixed
from ..kinds._generated import add_generated, is_generated_wrapper
from ..kinds._library_made import (
    add_defaults,
    add_wrapped,
    expand_known,
    expand_library_function,
    expand_library_object,
)
from ..kinds._result_keepers import codes_of
from ..kinds._sorts import Sort, is_class, is_module, known_attributes
from ._build import Builder, NodeOrigin
from ._drafts import full_name
from ._named import add_uses
from ._plan import Slot
from ._resolve import Scope

__all__ = ["expand", "expand_function"]

_DUNDER = "__"


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
    text.append(b"function " + full_name(function))
    text.append(known.digest)
    if function is not builder.root:
        builder.checks.function(function)
    add_defaults(builder, number, function)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    scope = Scope(function.__globals__, cells)
    builder.codes.append(NodeOrigin(function.__code__, scope))
    add_uses(builder, number, known, scope)
    add_wrapped(builder, number, function)


def _expand_module(builder: Builder, number: int, module: ModuleType) -> None:
    """Add all of a project module, because it is used as a value."""
    space = module.__dict__
    draft = builder.drafts[number]
    compiled = builder.compiled(module)
    draft.text.append(b"module" + (compiled or b""))
    builder.checks.keys(space)
    if type(module) is not ModuleType:
        builder.checks.module(module)
        draft.edges.append(builder.reach(type(module)))
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
    kind = type(value)  # asked itself, a proxy answers for the object that it stands for
    if known_attributes(kind) is not None or is_proxy(kind):
        expand_known(builder, number, value)
    elif isinstance(value, MethodType):
        _method(builder, number, value)
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
        expand = add_generated if is_generated_wrapper(value) else expand_library_function
        expand(builder, number, value)
    else:
        expand_library_object(builder, number, value)


def _method(builder: Builder, number: int, method: MethodType) -> None:
    builder.drafts[number].text.append(b"method")
    builder.held(number, method.__func__, "__func__")
    if is_fixed(method.__self__):
        add_fixed(builder, number, method.__self__)
    else:
        builder.held(number, method.__self__, "self")


def _partial(builder: Builder, number: int, value: functools.partial[object] | functools.partialmethod[object]) -> None:
    draft = builder.drafts[number]
    draft.text.append(type(value).__name__.encode())
    builder.held(number, value.func, "func")
    for place, item in enumerate(value.args):
        builder.held(number, item, f"args[{place}]")
    for name, item in value.keywords.items():
        draft.text.append(name.encode("utf-8", "surrogatepass"))
        builder.held(number, item, name)
