"""Things in which nothing can change in place but which object stands where: counted once, then compared by identity.

So that a hit does not pay for what a library's closure holds: tables of functions, and plain objects with numbers,
texts and functions in them, such as the strategies of a retry.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType, MemberDescriptorType
from typing import Any

from ...bytecode._constants import ATOMS
from ...integrations import tenacity
from ...model.process._asking import has, is_written_in_python, of_class
from ...model.process._interrupts import let_pass
from ...project._libraries import is_project_name
from ..plan._build import Builder
from ..plan._drafts import BUILTIN
from ._sorts import Sort, kind_of, label_of, static, static_module

__all__ = ["add_fixed", "is_fixed", "items_of", "same_items"]

_DEPTH = 4
_CONTAINERS = (list, tuple, dict, set, frozenset, MappingProxyType)
_CODE = frozenset({Sort.FUNCTION, Sort.CLASS, Sort.MODULE, Sort.WRAPPER, Sort.REACH, Sort.LEAF, Sort.OWN})
_OWN_WAYS = ("__reduce_ex__", "__reduce__", "__getstate__")
_SAYS_MORE = ("__next__", "__anext__", "__getnewargs__", "__getnewargs_ex__", "__fingerprint__", "__enter__")


def is_fixed(value: object, depth: int = 0) -> bool:
    """Return whether a container holds code, or a library's plain object anything, and both nothing that may change."""
    if depth > _DEPTH:
        return False
    items: tuple[object, ...]
    if type(value) in _CONTAINERS:
        items = tuple(items_of(value))
        if not any(kind_of(item) in _CODE or _is_plain(item) for item in items):
            return False
    elif _is_plain(value):
        items = tuple(item for _, item in _attributes(value))
    else:
        return False
    return all(_is_leaf(item) or kind_of(item) in _CODE or is_fixed(item, depth + 1) for item in items)


def add_fixed(builder: Builder, number: int, value: object) -> None:
    """Add such a thing to a node."""
    draft = builder.drafts[number]
    if type(value) in _CONTAINERS:
        draft.text.append(f"{type(value).__name__} {len(value)}".encode())  # type: ignore[arg-type]  # a container
        if type(value) is not tuple:
            builder.checks.items(value, same_items)
        for item in items_of(value):
            _add(builder, number, item)
        return
    name = label_of(type(value))
    draft.text.append(name.encode("utf-8", "surrogatepass"))
    builder.library(name)
    for name, item in _attributes(value):
        draft.text.append(name.encode("utf-8", "surrogatepass"))
        builder.checks.bound(value.__dict__, name, item)
        _add(builder, number, item)


def _add(builder: Builder, number: int, item: object) -> None:
    atom = builder.atom(item)
    if atom is not None:
        builder.drafts[number].text.append(atom)
    elif kind_of(item) in _CODE:
        edge = builder.reach(item)
        if edge == BUILTIN:
            builder.tell_builtin(number, item)
        builder.drafts[number].edges.append(edge)
    else:
        add_fixed(builder, number, item)


def _is_leaf(value: object) -> bool:
    return type(value) in ATOMS or (type(value) is tuple and all(map(_is_leaf, value)))


def _is_plain(value: object) -> bool:
    """Return whether a value is an object of a library's class written in Python, with attributes and no more."""
    cls = type(value)
    if type(static(value, "__dict__")) is not dict or is_project_name(static_module(cls)):
        return False
    if _known(cls) is not None:
        return True
    python = is_written_in_python(cls)
    usual = all(of_class(cls, name) is getattr(object, name) for name in _OWN_WAYS)
    slots = any(type(item) is MemberDescriptorType for base in cls.__mro__ for item in base.__dict__.values())
    return python and usual and not slots and not any(has(cls, name) for name in _SAYS_MORE)


def _known(cls: type) -> tuple[str, ...] | None:
    """Return the attributes that count of objects of a class, where that is known."""
    names = (f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__)
    return next((tenacity.SHOWN[name] for name in names if name in tenacity.SHOWN), None)


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    names, space = _known(type(value)), value.__dict__
    for name in sorted(space) if names is None else names:
        if name in space:
            yield name, space[name]


_BASES: tuple[Any, ...] = (list, tuple, set, frozenset)


def items_of(value: object) -> Iterable[object]:
    """Return what a container or plain object holds, in an order that is the same everywhere."""
    for base in _BASES:  # to go through a class derived from it need not end
        if isinstance(value, base):
            items: Iterable[object] = base.__iter__(value)
            return sorted(items, key=label_of) if base in (set, frozenset) else tuple(items)
    if isinstance(value, Mapping) and type(value).__module__ != "weakref":  # that is a cache
        try:
            pairs = dict.items(value) if isinstance(value, dict) else value.items()
            return [part for pair in pairs for part in pair]
        except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
            let_pass(error)
            return ()
    space = static(value, "__dict__")
    if type(space) is dict and kind_of(value) is Sort.DATA and not isinstance(value, Mapping):
        return tuple(space.values())
    return ()


def same_items(value: object) -> Callable[[], bool]:
    """Return a check whether a container holds the objects that it holds now."""
    if type(value) is dict:
        keys, values = tuple(value), tuple(value.values())
        return lambda: (
            len(value) == len(keys)
            and all(map(operator.is_, value, keys))
            and all(map(operator.is_, value.values(), values))
        )
    before = tuple(items_of(value))

    def same() -> bool:
        now = tuple(items_of(value))
        return len(now) == len(before) and all(map(operator.is_, now, before))

    return same
