"""Functions, classes and modules, which the resolver knows; and the smaller built-in types that hold others."""

from __future__ import annotations

import enum
import functools
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

from ...integrations import is_made_to_hold
from ...integrations.callables import CALLABLES
from ...integrations.wrapt import held_by_proxy
from ..walk._class_state import memo_names, module_name, type_name
from ..walk._nodes import Context, Node, Rule, attribute_label, key_label, named, packed, silent_label, size
from ..walk._scalars import LEAVES
from ._objects import state_node

__all__ = ["BUILTIN_RULES", "draws_for_all", "proxy"]

_STREAMS = frozenset({"random", "numpy.random.mtrand"})

_COMPILED = (
    "co_name",
    "co_flags",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_varnames",
    "co_cellvars",
    "co_freevars",
    "co_names",
    "co_consts",
    "co_code",
    "co_exceptiontable",
)


def _code(value: object, context: Context) -> bytes:
    return packed(b"k", context.code_of(value))


def _function(value: types.FunctionType, context: Context) -> bytes | Node:
    """Take a function for its code, and for what was hung on it."""
    own = _hung_on(value)
    code = _code(value, context)
    return Node(b"q" + code, (own,), silent_label, temporary=True) if own else code


def _hung_on(value: Any) -> dict[str, object]:
    """Return the attributes that were set on a function, or on what wraps one, but for what it remembers by itself."""
    hung = value.__dict__.items() if value.__dict__ else ()
    return {name: item for name, item in hung if name[:2] != "__" and not _remembers(item)}


def _remembers(item: object) -> bool:
    """Tell whether this is a dictionary with weak keys, or a method of one: `singledispatch` keeps one."""
    return isinstance(getattr(item, "__self__", item), weakref.WeakKeyDictionary)


def _compiled(value: types.CodeType, _context: Context) -> Node:
    """Take compiled code for its instructions, constants and names, as they are in this interpreter."""
    parts = [getattr(value, name) for name in _COMPILED]
    return Node(b"q" + named("code"), parts, attribute_label(_COMPILED), temporary=True)


def _class(value: type, context: Context) -> bytes:
    if is_made_to_hold(value):
        return packed(b"k", context.code_of(value))
    return context.type_code(value)


def draws_for_all(method: Any) -> bool:
    """Return whether a method draws from the stream of all, as `random.random` does: observed, and no part of it."""
    module = module_name(type(method.__self__))
    held = getattr(sys.modules[module], method.__name__, None) if module in _STREAMS else None
    return type(held) is type(method) and bool(held == method)


def _builtin_callable(value: Any, _context: Context) -> bytes | Node:
    owner = getattr(value, "__self__", None)
    name = f"{getattr(value, '__module__', None) or ''}.{value.__qualname__}"
    described = getattr(value, "__objclass__", None)
    if described is not None:
        name = f"{type_name(described)}.{value.__name__}"
    if owner is None or isinstance(owner, types.ModuleType) or draws_for_all(value):
        return named("builtin", name.encode())
    return Node(b"q" + named("builtin method", name.encode()), (owner,), lambda _: ".__self__")


def _method(value: types.MethodType, _context: Context) -> bytes | Node:
    if draws_for_all(value):
        return named("builtin", f"{value.__module__}.{value.__qualname__}".encode())
    return Node(b"q" + named("method"), (value.__func__, value.__self__), attribute_label(("__func__", "__self__")))


def _partial(value: functools.partial[Any], context: Context) -> Node:
    memos = memo_names(type(value))
    own = {name: item for name, item in value.__dict__.items() if name not in memos}
    parts = (value.func, value.args, value.keywords, own)
    labels = attribute_label(("func", "args", "keywords", "__dict__"))
    return Node(b"q" + context.type_code(type(value)), parts, labels, temporary=True)


def _wrapper(value: Any, _context: Context) -> Node:
    """Take a wrapper for what it wraps: the cache of `functools.lru_cache` is no part of its value."""
    own = _hung_on(value)
    parts: tuple[object, ...] = (value.__wrapped__, own) if own else (value.__wrapped__,)
    return Node(
        b"q" + named(type_name(type(value))), parts, attribute_label(("__wrapped__", "__dict__")), temporary=bool(own)
    )


def _property(value: property, _context: Context) -> Node:
    return Node(b"q" + named("property"), (value.fget, value.fset, value.fdel))


def _proxy(value: types.MappingProxyType[Any, Any], _context: Context) -> Node:
    return Node(b"q" + named("mappingproxy"), (dict(value),), silent_label, temporary=True)


def _view(value: Any, context: Context) -> Node:
    """Take a view of a dictionary for its kind and what it shows, in order."""
    return Node(b"q" + context.type_code(type(value)), (list(value),), silent_label, temporary=True)


def proxy(value: object, context: Context) -> Node:
    """Take a transparent proxy for what it stands for and holds; asked itself, it answers for the other."""
    return Node(b"q" + context.type_code(type(value)), held_by_proxy(value), silent_label, temporary=True)


def _reference(value: Callable[[], object], _context: Context) -> Node:
    return Node(b"q" + named(type_name(type(value))), (value(),), lambda _: "()", temporary=True)


def _enum(value: enum.Enum, context: Context) -> Node:
    head = b"q" + context.type_code(type(value)) + LEAVES[str](str(value._name_))
    return Node(head, (value._value_,), attribute_label(("value",)))


def _simple_namespace(value: Any, context: Context) -> bytes | Node:
    return state_node(b"o" + context.type_code(type(value)), vars(value), context, value)


def _slice(value: slice, _context: Context) -> Node:
    return Node(
        b"q" + named("slice"), (value.start, value.stop, value.step), attribute_label(("start", "stop", "step"))
    )


def _memory(value: memoryview, context: Context) -> bytes:
    try:
        raw = value.tobytes()
    except ValueError:
        return context.refuse(value, "a view of memory that was released")
    return named("memoryview", LEAVES[str](value.format) + LEAVES[str](repr(value.shape)) + LEAVES[bytes](raw))


def _cell(value: types.CellType, _context: Context) -> Node:
    try:
        content: tuple[object, ...] = (value.cell_contents,)
    except ValueError:
        content = ()
    return Node(b"q" + named("cell") + size(len(content)), content, lambda _: ".cell_contents")


def _weak_mapping(value: Any, context: Context) -> Node:
    items = list(value.items())
    label = key_label([key for key, _ in items], repr)
    head = b"q" + context.type_code(type(value)) + size(len(items))
    unordered = not isinstance(value, weakref.WeakKeyDictionary | weakref.WeakValueDictionary)
    return Node(head, items, label, unordered=unordered, temporary=True)


def _weak_set(value: weakref.WeakSet[Any], context: Context) -> Node:
    return Node(b"q" + context.type_code(type(value)) + size(len(value)), list(value), unordered=True, temporary=True)


BUILTIN_RULES: dict[str, Rule] = {
    **dict.fromkeys(CALLABLES, _code),
    "builtins.type": _class,
    "builtins.dict_keys": _view,
    "builtins.dict_values": _view,
    "builtins.dict_items": _view,
    "collections.odict_keys": _view,
    "collections.odict_values": _view,
    "collections.odict_items": _view,
    "builtins.slice": _slice,
    "builtins.memoryview": _memory,
    "builtins.property": _property,
    "builtins.staticmethod": _wrapper,
    "builtins.classmethod": _wrapper,
    "types.FunctionType": _function,
    "types.ModuleType": _code,
    "types.CodeType": _compiled,
    "types.MethodType": _method,
    "types.CellType": _cell,
    "types.MappingProxyType": _proxy,
    "types.SimpleNamespace": _simple_namespace,
    "functools.partial": _partial,
    "functools._lru_cache_wrapper": _wrapper,
    "enum.Enum": _enum,
    "weakref.ref": _reference,
    "_weakrefset.WeakSet": _weak_set,
    "weakref.WeakKeyDictionary": _weak_mapping,
    "weakref.WeakValueDictionary": _weak_mapping,
    **{
        f"types.{cls}": _builtin_callable
        for cls in (
            "BuiltinFunctionType",
            "MethodWrapperType",
            "WrapperDescriptorType",
            "MethodDescriptorType",
            "ClassMethodDescriptorType",
            "GetSetDescriptorType",
            "MemberDescriptorType",
        )
    },
}
"""Rules by the name of a class; found by walking the bases of a value's class."""
