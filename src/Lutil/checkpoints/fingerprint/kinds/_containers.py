"""The containers of Python and its standard library, and their subclasses."""

from __future__ import annotations

import array
import datetime as dt
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128

from ...model._identity import identity
from ...model.process._asking import has, of_class, of_object
from ...model.process._interrupts import let_pass
from ..readable._preview import preview
from ..walk._class_state import own_state
from ..walk._columns import SHORT, long_column, short_column, strings
from ..walk._elements import elements_of, items_of
from ..walk._nodes import CHUNK, Context, Node, Rule, digested, key_label, named, silent_label, size
from ..walk._scalars import LEAVES
from ._code_order import by_code

if TYPE_CHECKING:
    import zoneinfo  # 2 ms, and found by its name

__all__ = ["CONTAINER_RULES", "EXACT_RULES", "flat_code"]


def _headed(head: bytes, code: bytes | Node) -> bytes | Node:
    """Return a column as the content of a container: its code or node under one more head."""
    if isinstance(code, bytes):
        return digested(head + code)
    code.head = head + code.head
    return code


def _list(value: list[Any], context: Context) -> bytes | Node:
    left_out = context.skip.get(identity(value)) if context.skip else None
    if left_out:
        value = [item for index, item in enumerate(value) if index not in left_out]
    return _headed(b"l", long_column(value, context))


def _tuple(value: tuple[Any, ...], context: Context) -> bytes | Node:
    left_out = context.skip.get(identity(value)) if context.skip else None
    if left_out:
        value = tuple([item for index, item in enumerate(value) if index not in left_out])
    return _headed(b"u", long_column(value, context))


def flat_code(value: Any) -> bytes | None:
    """Return the code of a short list, tuple or dictionary that holds leaves only, else None."""
    cls = type(value)
    if cls is tuple or cls is list:
        content = short_column(value) if len(value) < SHORT else None
        return None if content is None else digested((b"u" if cls is tuple else b"l") + content)
    if cls is dict and len(value) < SHORT:
        for key in value:
            if type(key) is not str:
                return None
        content = short_column(value.values())
        return None if content is None else digested(b"d" + strings(list(value)) + content)
    return None


def _deque(value: deque[Any], context: Context) -> bytes | Node:
    head = b"q" + named("deque") + LEAVES[str](str(value.maxlen))
    left_out = context.skip.get(identity(value), frozenset()) if context.skip else frozenset()
    node = _headed(head, long_column([item for n, item in enumerate(value) if n not in left_out], context))
    if isinstance(node, Node):
        node.temporary = True
    return node


def _dict(value: dict[Any, Any], context: Context) -> bytes | Node:
    left_out = context.skip.get(identity(value)) if context.skip else None
    if left_out:
        value = {key: item for key, item in value.items() if key not in left_out}
    if set(map(type, value)) - {str}:
        return _any_dict(value, context)
    if len(value) > CHUNK:
        return _any_dict(value, context)
    keys: list[str] = list(value)
    values = long_column(list(value.values()), context)
    _label_by_key(values, keys)
    return _headed(b"d" + strings(keys), values)


def _label_by_key(values: bytes | Node, keys: list[Any]) -> None:
    if isinstance(values, Node) and values.head[:1] == b"m":
        values.label = key_label(keys, preview)


def _any_dict(value: dict[Any, Any], context: Context) -> bytes | Node:
    """Encode a dictionary with keys of any type, or of any size, as its keys and its values."""
    head = b"v" + size(len(value))
    keys = long_column(list(value), context)
    if isinstance(keys, Node) and len(value) <= CHUNK:
        names = list(chain.from_iterable((key, key) for key in value))
        return Node(b"V" + head, list(chain.from_iterable(value.items())), key_label(names, preview))
    values = long_column(list(value.values()), context)
    if isinstance(keys, bytes):
        _label_by_key(values, list(value))
        return _headed(head + keys, values)
    return Node(head + b"?", (keys, values if isinstance(values, Node) else Node(values, ())), silent_label)


def _set(value: set[Any] | frozenset[Any], context: Context) -> bytes | Node:
    tag = (b"z" if type(value) is set else b"Z") + size(len(value))
    types = set(map(type, value))
    if types == {str}:
        ordered = sorted(value)
        if len(ordered) <= CHUNK:
            return digested(tag + b"t" + strings(ordered))
        hasher = xxh3_128(tag + b"T")
        for start in range(0, len(ordered), CHUNK):
            hasher.update(strings(ordered[start : start + CHUNK]))
        return b"D" + hasher.digest()
    if len(types) == 1 and types <= {int, bytes}:
        return _headed(tag + b"s", long_column(sorted(value), context))
    return Node(tag, by_code(value, types), _set_label, unordered=True)


def _set_label(_index: int) -> str:
    return "{...}"


def _mixed_key(base: bytes, value: Any, context: Context, content: object) -> Node:
    """Return the node of an instance of a subclass: its class, what its base holds, its attributes."""
    state = own_state(value)
    head = b"x" + base + context.type_code(type(value))
    if context.skip and identity(value) in context.skip:
        state = {name: item for name, item in state.items() if name not in context.skip[identity(value)]}
        context.skip[identity(content)] = context.skip[identity(value)]
    return Node(head, (content, state) if state else (content,), silent_label, temporary=True)


def _sub_list(value: list[Any], context: Context) -> Node:
    return _mixed_key(b"l", value, context, list.copy(value))


def _sub_tuple(value: tuple[Any, ...], context: Context) -> Node:
    content = tuple.__getitem__(value, slice(None))
    names = of_class(type(value), "_fields")
    node = _mixed_key(b"u", value, context, content)
    if names and len(names) == len(content) and len(content) < 256:
        left_out = context.skip.get(identity(value), frozenset()) if context.skip else frozenset()
        kept = [index for index, name in enumerate(names) if left_out.isdisjoint((name, index))]
        inner = Node(b"m" + size(len(kept)), [content[i] for i in kept], lambda index: f".{names[kept[index]]}")
        node.children = (inner, *tuple(node.children)[1:])
    return node


def _sub_dict(value: dict[Any, Any], context: Context) -> Node:
    plain = type(value).__iter__ is dict.__iter__  # else `copy` would ask the class for its keys
    node = _mixed_key(b"d", value, context, dict.copy(value) if plain else dict(items_of(value)))
    if has(type(value), "default_factory"):
        node.children = (*node.children, of_object(value, "default_factory"))
    return node


def _sub_set(value: set[Any], context: Context) -> Node:
    return _mixed_key(b"z", value, context, {*elements_of(value)})


def _sub_frozenset(value: frozenset[Any], context: Context) -> Node:
    return _mixed_key(b"Z", value, context, frozenset({*elements_of(value)}))


def _sub_deque(value: deque[Any], context: Context) -> Node:
    return _mixed_key(b"q", value, context, deque(elements_of(value), value.maxlen))


def _sub_str(value: str, context: Context) -> Node:
    return _mixed_key(b"s", value, context, str.__str__(value))


def _sub_int(value: int, context: Context) -> Node:
    return _mixed_key(b"i", value, context, int.__index__(value))


def _sub_float(value: float, context: Context) -> Node:
    return _mixed_key(b"f", value, context, float.__float__(value))


def _sub_complex(value: complex, context: Context) -> Node:
    return _mixed_key(b"c", value, context, complex.__complex__(value))


def _sub_bytes(value: bytes, context: Context) -> Node:
    return _mixed_key(b"b", value, context, bytes.__getitem__(value, slice(None)))


def _sub_bytearray(value: bytearray, context: Context) -> Node:
    return _mixed_key(b"B", value, context, bytes(memoryview(value)))


def _array(value: array.array[Any], context: Context) -> bytes | Node:
    head = b"q" + context.type_code(type(value)) + LEAVES[str](value.typecode) + size(len(value))
    hasher = xxh3_128(head)
    if len(value):
        hasher.update(memoryview(value).cast("B"))
    state = {} if type(value) is array.array else own_state(value)
    code = b"D" + hasher.digest()
    return Node(b"x" + code, (state,), silent_label, temporary=True) if state else code


def _time(value: dt.datetime | dt.time, _context: Context) -> bytes | Node:
    zone = value.tzinfo
    reduced: Any = value.__reduce_ex__(4)
    raw = named(type(value).__qualname__, reduced[1][0])
    return raw if zone is None else Node(b"q" + raw, (zone,), lambda _: ".tzinfo")


def _timezone(value: dt.timezone, _context: Context) -> bytes:
    return named("datetime.timezone", LEAVES[dt.timedelta](value.utcoffset(None)) + value.tzname(None).encode())


def _zone(value: zoneinfo.ZoneInfo, context: Context) -> bytes:
    try:
        value.__reduce__()
    except Exception as error:  # noqa: BLE001 - what was read from a file is not to be found by its key
        let_pass(error)
        return context.refuse(value, "a time zone that was read from a file, not found by its key")
    return named("zoneinfo.ZoneInfo", value.key.encode())


EXACT_RULES: dict[type, Rule] = {
    list: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _set,
    deque: _deque,
    dt.datetime: _time,
    dt.time: _time,
    dt.timezone: _timezone,
}
"""Rules that hold for these types only, not for what is derived from them."""

CONTAINER_RULES: dict[str, Rule] = {
    "builtins.list": _sub_list,
    "builtins.tuple": _sub_tuple,
    "builtins.dict": _sub_dict,
    "builtins.set": _sub_set,
    "builtins.frozenset": _sub_frozenset,
    "collections.deque": _sub_deque,
    "builtins.str": _sub_str,
    "builtins.int": _sub_int,
    "builtins.float": _sub_float,
    "builtins.complex": _sub_complex,
    "builtins.bytes": _sub_bytes,
    "builtins.bytearray": _sub_bytearray,
    "array.array": _array,
    "zoneinfo.ZoneInfo": _zone,
}
"""Rules for these types and for what is derived from them."""
