"""Sequences of alike elements, encoded at the speed of C.

How a sequence is encoded is a function of its elements and their types alone, never of their identity, so
that equal sequences always take the same way:

    one scalar type        one packed block of numbers; lengths and one joined text for strings
    a few scalar types     one byte per element for its type, then one column per type
    mappings, records      by columns: one list per key, each encoded like this again
    sequences              lengths, then the elements of all of them as one list
    else                   one by one

Columns look through what they hold, a few levels deep, and know nothing of what is shared there. So they have a room
that grows with the sequence: where what it holds is wider or deeper than that, all of it goes one by one, and what is
shared is walked once.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter, itemgetter
from struct import error as struct_error
from struct import pack
from types import NoneType
from typing import Any

from xxhash import xxh3_128, xxh3_128_digest

from ...model._errors import SettingError, UnfingerprintableError
from ...model.process._interrupts import let_pass
from ..kinds._objects import PlainRule
from ._class_state import module_name
from ._nodes import CHUNK, DIGEST, Context, Node, digested, named, size
from ._scalars import LARGE, LEAVES, each_once, text_digest

__all__ = ["SHORT", "column", "long_column", "short_column", "strings"]

SHORT = 8
"""Below this many elements one by one is as fast."""

_DEPTH = 8
_GROWTH = 16
"""How often each element may be looked through, or left to be walked one by one."""
_FIELDS = 64
"""How many numbers and texts each element may hold: above, its own are as long as a column is worth it."""
_SHAPES = 64
_TYPES = 8


def strings(values: Sequence[str]) -> bytes:
    """Return the code of a sequence of plain strings: all of them joined by a character that none of them holds.

    Where one of them does, their lengths tell where each ends.
    """
    count = len(values)
    if sum(map(len, values)) > LARGE:
        hasher = xxh3_128(b"C\x0b" + pack(f"<q{count}q", count, *map(len, values)))
        for digest in each_once(values, text_digest):
            hasher.update(digest)
        return DIGEST + hasher.digest()
    joined = "\0".join(values)
    if joined.count("\0") == count - 1:
        head = b"C\x01" + size(count)
    else:
        joined = "".join(values)
        head = b"C\x0c" + pack(f"<q{count}q", count, *map(len, values))
    raw = joined.encode("utf-8", "surrogatepass")
    return head + size(len(raw)) + raw


def _byte_strings(values: Sequence[bytes]) -> bytes:
    sizes = pack(f"<q{len(values)}q", len(values), *map(len, values))
    if sum(map(len, values)) > LARGE:
        return digested(b"C\x0d" + sizes + b"".join(each_once(values, xxh3_128_digest)))
    head = b"C\x02" + sizes
    hasher = xxh3_128(head)
    for value in values:
        hasher.update(value)
    return digested(head + hasher.digest())


def _ints(values: Sequence[int]) -> bytes | None:
    try:
        return b"C\x03" + pack(f"<q{len(values)}q", len(values), *values)
    except struct_error:
        return None


def _floats(values: Sequence[float]) -> bytes:
    return b"C\x04" + pack(f"<q{len(values)}d", len(values), *values)


def _bools(values: Sequence[bool]) -> bytes:
    return b"C\x05" + size(len(values)) + bytes(values)


def _nones(values: Sequence[None]) -> bytes:
    return b"C\x06" + size(len(values))


_SCALARS: dict[type, Callable[[Any], bytes | None]] = {
    str: strings,
    int: _ints,
    float: _floats,
    bool: _bools,
    NoneType: _nones,
    bytes: _byte_strings,
}


def _leaves(cls: type, values: Sequence[Any]) -> bytes | None:
    """Return the code of elements of one leaf type, or None where they have to be walked."""
    fast = _SCALARS.get(cls)
    if fast is not None:
        code = fast(values)
        if code is not None:
            return code
    leaf = LEAVES.get(cls)
    if leaf is not None:
        return b"C\x07" + size(len(values)) + b"".join(map(leaf, values))
    if cls is dt.datetime and all(value.tzinfo is None for value in values):
        return b"C\x08" + size(len(values)) + b"".join([value.__reduce_ex__(4)[1][0] for value in values])
    return None


def _type_order(cls: type) -> str:
    return cls.__qualname__


def _mixed(kinds: list[type], values: Sequence[Any]) -> bytes | None:
    """Return the code of elements of a few leaf types: which is where, then a column of each."""
    types = set(kinds)
    if len(types) > _TYPES or not types <= LEAVES.keys():
        return None
    order = sorted(types, key=_type_order)
    number = {cls: index for index, cls in enumerate(order)}
    columns = [_leaves(cls, [value for value in values if type(value) is cls]) for cls in order]
    names = ",".join(map(_type_order, order))
    where = bytes(map(number.__getitem__, kinds))
    return b"C\x09" + named(names, where) + b"".join(code for code in columns if code is not None)


def _joined(head: bytes, columns: Sequence[bytes | Node], label: Callable[[int], str]) -> bytes | Node:
    """Return columns as one code if all of them are finished, else as a node over the others."""
    nodes = [code for code in columns if isinstance(code, Node)]
    codes = [b"?" if isinstance(code, Node) else code for code in columns]
    content = head + b"".join(codes)
    if not nodes:
        return content if len(content) < CHUNK else digested(content)
    where = [index for index, code in enumerate(columns) if isinstance(code, Node)]
    return Node(content, nodes, lambda index: label(where[index]) if index < len(where) else "")


class _NoRoomError(Exception):
    """What a sequence holds is too wide or too deep for columns."""


class _Columns:
    """One attempt to encode a sequence by columns, with the room that it has."""

    __slots__ = ("context", "fields", "limit", "room")

    def __init__(self, context: Context, count: int) -> None:
        self.context = context
        self.limit = self.room = _GROWTH * count
        self.fields = _FIELDS * count

    def encode(self, values: Sequence[Any], depth: int, *, attributes: bool = False, offset: int = 0) -> bytes | Node:
        """Return the code of the elements, or a node over those that must be walked one by one.

        Raises:
            _NoRoomError: the attempt as a whole has used its room up.
        """
        kinds = list(map(type, values))
        code: bytes | Node | None = None
        if kinds and kinds.count(cls := kinds[0]) == len(kinds):  # counting is half the work of making a set
            code = _leaves(cls, values)
            if code is None and depth < _DEPTH and self.context.columnar:
                self._use(0, len(values) if depth else 0)
                code = self._alike(cls, values, depth, attributes=attributes)
        elif kinds:
            code = _mixed(kinds, values)
        if code is None:
            self._use(0, len(values) if depth else 0)
            label = partial(_offset_label, offset)
            return Node(b"m" + size(len(values)), values, label, attributes=attributes, temporary=False)
        return code

    def _use(self, fields: int, room: int) -> None:
        self.fields -= fields
        self.room -= room
        if self.fields < 0 or self.room < 0:
            raise _NoRoomError

    def _alike(self, cls: type, values: Sequence[Any], depth: int, *, attributes: bool) -> bytes | Node | None:
        if len(values) > self.limit:
            return None
        if cls is dict:
            return self._rows(b"r", values, depth)
        if cls is list or cls is tuple:
            return self._sequences(b"R" if cls is list else b"U", values, depth)
        if module_name(cls) == "numpy" and issubclass(cls, sys.modules["numpy"].number | sys.modules["numpy"].bool_):
            return self._numbers(cls, values)
        rule = self.context.rule(cls)
        if isinstance(rule, PlainRule) and rule.columns:
            if attributes and not rule.known:
                self.context.complex_attribute(cls)
            return self._records(cls, rule, values, depth)
        return None

    def _rows(self, tag: bytes, rows: Sequence[dict[str, Any]], depth: int) -> bytes | Node | None:
        """Encode dictionaries that share a few sets of string keys by one column per key."""
        self._use(sum(map(len, rows)), 0)
        if set(map(type, chain.from_iterable(rows))) - {str}:
            return None
        first = tuple(rows[0])
        if all(map(first.__eq__, map(tuple, rows))):  # holds no tuples, so it does not wake the garbage collector
            return self._shaped(tag, rows, (), [first], depth)
        shapes = list(map(tuple, rows))
        distinct = dict.fromkeys(shapes)
        if len(distinct) > _SHAPES:
            return None
        return self._shaped(tag, rows, shapes, list(distinct), depth)

    def _records(self, cls: type, rule: PlainRule, values: Sequence[Any], depth: int) -> bytes | Node | None:
        """Encode objects of one class, whose state is in their attributes, by one column per attribute."""
        if not rule.check(values[0]):
            return None
        head = b"O" + self.context.type_code(cls)
        if rule.slots or not hasattr(values[0], "__dict__"):
            return self._slotted(head, rule.slots, values, depth)
        rows = [value.__dict__ for value in values]
        self._use(sum(map(len, rows)), 0)
        if set(map(type, chain.from_iterable(rows))) - {str}:
            return None
        first = tuple(rows[0])
        if all(map(first.__eq__, map(tuple, rows))):
            return self._shaped(head, rows, (), [tuple(sorted(first))], depth, attributes=True)
        shapes = list(map(tuple, rows))
        sort = {shape: tuple(sorted(shape)) for shape in dict.fromkeys(shapes)}
        if len(sort) > _SHAPES:
            return None
        shapes = list(map(sort.__getitem__, shapes))
        distinct = dict.fromkeys(shapes)
        return self._shaped(head, rows, shapes, list(distinct), depth, attributes=True)

    def _slotted(self, head: bytes, slots: Sequence[str], values: Sequence[Any], depth: int) -> bytes | Node | None:
        self._use(len(slots) * len(values), 0)
        try:
            columns = [list(map(attrgetter(name), values)) for name in slots]
        except AttributeError:  # one is not set
            return None
        codes = [self.encode(column, depth + 1, attributes=True) for column in columns]
        return _joined(head + size(len(values)) + strings(slots), codes, _column_label(slots, "."))

    def _shaped(  # noqa: PLR0913 - one slot or option each
        self,
        tag: bytes,
        rows: Sequence[dict[str, Any]],
        shapes: Sequence[tuple[str, ...]],
        distinct: list[tuple[str, ...]],
        depth: int,
        *,
        attributes: bool = False,
    ) -> bytes | Node:
        head = tag + size(len(rows)) + size(len(distinct)) + b"".join(map(strings, distinct))
        names: list[str] = []
        codes: list[bytes | Node] = []
        if len(distinct) > 1:
            number = {shape: index for index, shape in enumerate(distinct)}
            head += bytes(map(number.__getitem__, shapes))
        for shape in distinct:
            group = rows if len(distinct) == 1 else [r for r, s in zip(rows, shapes, strict=True) if s == shape]
            for name in shape:
                names.append(name)
                codes.append(self.encode(list(map(itemgetter(name), group)), depth + 1, attributes=attributes))
        return _joined(head, codes, _column_label(names, "." if attributes else "["))

    def _sequences(self, tag: bytes, values: Sequence[Sequence[Any]], depth: int) -> bytes | Node | None:
        """Encode lists or tuples: tuples of one length by position, others by lengths and all elements."""
        sizes = list(map(len, values))
        lengths = set(sizes)
        if len(lengths) == 1 and tag == b"U" and 0 < (width := next(iter(lengths))) <= _SHAPES:
            self._use(sum(sizes), 0)
            head = tag + size(len(values)) + size(width)
            codes = [self.encode(list(map(itemgetter(i), values)), depth + 1) for i in range(width)]
            return _joined(head, codes, lambda index: f"[*][{index}]")
        if sum(sizes) > self.limit:
            return None
        self._use(sum(sizes), 0)
        head = tag.lower() + b"w" + pack(f"<q{len(values)}q", len(values), *sizes)
        return _joined(head, [self.encode(list(chain.from_iterable(values)), depth + 1)], lambda _: "[*]")

    def _numbers(self, cls: type, values: Sequence[Any]) -> bytes | None:
        """Encode numpy scalars of one type as the array they make."""
        dtype = values[0].dtype
        if dtype.kind not in "biufc" or dtype.itemsize > 16 or dtype.char in "gG":
            return None
        self.context.rule(cls)  # so that the library is noted
        raw = b"".join([value.tobytes() for value in values])
        return b"C\x0a" + size(len(values)) + named(dtype.str, raw)


def _column_label(names: Sequence[str], mark: str) -> Callable[[int], str]:
    if mark == ".":
        return lambda index: f"[*].{names[index]}"
    return lambda index: f"[*][{names[index]!r}]"


def _offset_label(offset: int, index: int) -> str:
    return f"[{offset + index}]"


def short_column(values: Iterable[Any]) -> bytes | None:
    """Return the code of a few elements if all of them are leaves: what a node over them would come to."""
    codes = []
    for value in values:
        leaf = LEAVES.get(type(value))
        if leaf is None:
            return None
        codes.append(leaf(value))
    return b"m" + size(len(codes)) + b"".join(codes)


def column(values: Sequence[Any], context: Context, *, offset: int = 0) -> bytes | Node:
    """Return the code of at most `CHUNK` elements, or a node over what must be walked one by one."""
    try:
        if len(values) < SHORT:
            code = short_column(values)
            return _one_by_one(values, offset) if code is None else code
        return _Columns(context, len(values)).encode(values, 0, offset=offset)
    except (UnfingerprintableError, SettingError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - no room, or the user's code; which element it is shows when they are walked
        let_pass(error)
        return _one_by_one(values, offset)


def _one_by_one(values: Sequence[Any], offset: int) -> Node:
    return Node(b"m" + size(len(values)), values, partial(_offset_label, offset))


def long_column(values: Sequence[Any], context: Context) -> bytes | Node:
    """Return the code of any number of elements, in chunks, so that little extra memory is used."""
    if len(values) <= CHUNK:
        return column(values, context)
    starts = range(0, len(values), CHUNK)
    chunks = (column(values[start : start + CHUNK], context, offset=start) for start in starts)
    return Node(b"M" + size(len(values)), (_wrapped(chunk) for chunk in chunks), lambda _: "")


def _wrapped(code: bytes | Node) -> Node:
    return code if isinstance(code, Node) else Node(code, ())
