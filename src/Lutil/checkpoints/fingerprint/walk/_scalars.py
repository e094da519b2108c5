"""Leaves: values that are encoded in one step, by exact type, without asking anyone."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import pathlib
import re
import struct
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from struct import Struct
from types import BuiltinFunctionType, EllipsisType, ModuleType, NoneType, NotImplementedType
from typing import Any, TypeVar

from xxhash import xxh3_128, xxh3_128_digest

from ...model._identity import identity
from ._class_state import module_name
from ._nodes import named, packed, size

__all__ = ["LARGE", "LEAVES", "each_once", "is_atom", "text_digest", "walk_begins", "walk_ends"]

LARGE = 1 << 20
"""Characters or bytes above which a string counts by its digest, so that it is never copied whole."""

_LONG = 4_096
_MANY = 12  # references, of which the walk has some itself
_T = TypeVar("_T", str, bytes)

_int64 = Struct("<cq").pack
_float = Struct("<cd").pack
_complex = Struct("<cdd").pack


def _int(value: int) -> bytes:
    try:
        return _int64(b"i", value)
    except struct.error:
        length = value.bit_length() // 8 + 1
        return packed(b"j", value.to_bytes(length, "little", signed=True))


def _float_leaf(value: float) -> bytes:
    return _float(b"f", value)


def _bool(value: bool) -> bytes:  # noqa: FBT001 - the value to encode, not a switch
    return b"T" if value else b"F"


def text_digest(value: str) -> bytes:
    """Return the digest of the UTF-8 of a long string, which is never encoded as a whole."""
    hasher = xxh3_128()
    for start in range(0, len(value), LARGE):
        hasher.update(value[start : start + LARGE].encode("utf-8", "surrogatepass"))
    return hasher.digest()


def each_once(values: Sequence[_T], digest: Callable[[_T], bytes]) -> Iterator[bytes]:
    """Yield the digests of texts or bytes; that of a long one that is there many times is made once."""
    known: dict[int, bytes] = {}
    for value in values:
        if len(value) < _LONG:
            yield digest(value)
            continue
        key = identity(value)
        if key not in known:
            known[key] = digest(value)
        yield known[key]


_held_by_many: dict[int, tuple[object, bytes]] = {}
_walks: list[None] = []


def _once(value: _T, digest: Callable[[_T], bytes]) -> bytes:
    """Return the digest of a large text or bytes; that of one to which many refer is remembered till no walk is on."""
    if not _walks or sys.getrefcount(value) < _MANY:
        return digest(value)
    known = _held_by_many.get(identity(value))
    if known is None:
        known = _held_by_many[identity(value)] = value, digest(value)
    return known[1]


def walk_begins() -> None:
    """Take note that a walk is on."""
    _walks.append(None)


def walk_ends() -> None:
    """Let go of what was remembered for walks, if none is on any more."""
    _walks.pop()
    if not _walks:
        _held_by_many.clear()


def _str(value: str) -> bytes:
    if len(value) > LARGE:
        return b"S" + size(len(value)) + _once(value, text_digest)
    raw = value.encode("utf-8", "surrogatepass")
    return b"s" + size(len(raw)) + raw


def _bytes(value: bytes) -> bytes:
    if len(value) > LARGE:
        return b"B" + size(len(value)) + _once(value, xxh3_128_digest)
    return b"b" + size(len(value)) + value


def _bytearray(value: bytearray) -> bytes:
    return named("bytearray", size(len(value)) + xxh3_128_digest(value))


def _complex_number(value: complex) -> bytes:
    return _complex(b"c", value.real, value.imag)


def _text(name: str) -> Callable[[Any], bytes]:
    return lambda value: named(name, str(value).encode("utf-8", "surrogatepass"))


def _timedelta(value: dt.timedelta) -> bytes:
    return named("datetime.timedelta", struct.pack("<qqq", value.days, value.seconds, value.microseconds))


def _fraction(value: fractions.Fraction) -> bytes:
    return named("fractions.Fraction", _int(value.numerator) + _int(value.denominator))


def _pattern(value: re.Pattern[Any]) -> bytes:
    source = value.pattern
    if source is None:
        raise TypeError("what `re.Scanner` has compiled does not say what it finds; pass the scanner")
    return named("re.Pattern", (_str(source) if isinstance(source, str) else _bytes(source)) + size(value.flags))


def _range(value: range) -> bytes:
    return named("range", _int(value.start) + _int(value.stop) + _int(value.step))


LEAVES: dict[type, Callable[[Any], bytes]] = {
    int: _int,
    str: _str,
    float: _float_leaf,
    bool: _bool,
    NoneType: lambda _: b"N",
    bytes: _bytes,
    complex: _complex_number,
    EllipsisType: lambda _: b"E",
    NotImplementedType: lambda _: b"I",
    bytearray: _bytearray,
    range: _range,
    decimal.Decimal: _text("decimal.Decimal"),
    fractions.Fraction: _fraction,
    dt.date: _text("datetime.date"),
    dt.timedelta: _timedelta,
    uuid.UUID: lambda value: named("uuid.UUID", value.bytes),
    re.Pattern: _pattern,
    pathlib.PosixPath: _text("pathlib.PosixPath"),
    pathlib.WindowsPath: _text("pathlib.WindowsPath"),
    pathlib.PurePosixPath: _text("pathlib.PurePosixPath"),
    pathlib.PureWindowsPath: _text("pathlib.PureWindowsPath"),
}
"""One step from a value to its code, by exact type: a subclass is another type and goes by the rules."""


_ATOMS = frozenset({*LEAVES, dt.datetime, dt.time, dt.timezone} - {bytearray})
_GROUP = 64


def is_atom(value: object) -> bool:
    """Return whether a value is immutable by its type, so that it never needs a second fingerprint.

    Tuples and frozen sets count as atoms only while they are short, so that the test stays cheap.

    Example:
        >>> is_atom((1, "a", None)), is_atom([1])
        (True, False)
    """
    cls = type(value)
    if cls in _ATOMS:
        return True
    if cls is BuiltinFunctionType:  # `rng.random` moves what it is bound to
        owner: Any = value.__self__  # type: ignore[attr-defined]
        return owner is None or isinstance(owner, ModuleType | type)
    if cls is tuple or cls is frozenset:
        group: Any = value
        return len(group) <= _GROUP and _ATOMS.issuperset(map(type, group))
    module = module_name(cls)
    if module == "numpy" or module.startswith("numpy.dtype"):
        numpy = sys.modules.get("numpy")
        return (
            numpy is not None
            and isinstance(value, numpy.generic | numpy.dtype)
            and not isinstance(value, numpy.void | numpy.object_)
        )
    if not module.startswith("pandas") or getattr(value, "__dict__", None):
        return False
    return any(module_name(base).startswith("pandas._libs.tslibs") for base in cls.__mro__)  # a `Timestamp`, say
