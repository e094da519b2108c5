"""Short texts of values, for people. Never raises, and never runs a `__repr__` that users wrote."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import pathlib
import uuid
from types import EllipsisType, FunctionType, ModuleType, NoneType, NotImplementedType
from typing import Any

from ...model.process._interrupts import let_pass
from ...model.secrets._redaction import conceals, named_before, redacted
from ...model.secrets._secret_names import key_names_secret
from ...model.secrets._shown_text import escaped
from ..walk._class_state import module_name

__all__ = ["preview"]

_SAFE = {
    bool,
    float,
    complex,
    NoneType,
    EllipsisType,
    NotImplementedType,
    range,
    decimal.Decimal,
    fractions.Fraction,
    dt.date,
    dt.datetime,
    dt.time,
    dt.timedelta,
    dt.timezone,
    uuid.UUID,
    pathlib.PosixPath,
    pathlib.WindowsPath,
    pathlib.PurePosixPath,
    pathlib.PureWindowsPath,
}
_BITS = 256
_SORTED = 64
_ITEMS = 4
_AHEAD = 256
_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("{", "}"),
    dict: ("{", "}"),
}


def preview(value: object, limit: int = 80) -> str:
    """Return a short text of a value, at most `limit` characters.

    Example:
        >>> preview([1, 2.5, "a"]), preview({"k": None})
        ("[1, 2.5, 'a']", "{'k': None}")
    """
    try:
        text = _text(value, limit, 2)
    except Exception as error:  # noqa: BLE001 - a text for people must never cost a result
        let_pass(error)
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def _text(value: Any, limit: int, depth: int) -> str:
    cls = type(value)
    if cls is int:
        return str(value) if value.bit_length() <= _BITS else f"int of {value.bit_length()} bits"
    if cls is str or cls is bytes or cls is bytearray:
        return _quoted(value, limit)
    if cls in _SAFE:
        return redacted(repr(value))
    if cls in _BRACKETS:
        return _group(value, limit, depth)
    if isinstance(value, FunctionType | ModuleType | type):
        return getattr(value, "__qualname__", None) or value.__name__
    return _described(value, cls)


def _quoted(value: str | bytes | bytearray, limit: int) -> str:
    head = value[: limit + _AHEAD]  # a secret is known by more of it than is shown
    if isinstance(head, str):
        head = redacted(head)
    elif conceals(head.decode("latin-1")):
        return "b'…'"
    if len(value) <= limit:
        return repr(head)
    return repr(head[: max(limit - 24, 8)]) + f"… ({len(value)} long)"


def _group(value: Any, limit: int, depth: int) -> str:
    cls: Any = type(value)
    opening, closing = _BRACKETS[cls]
    if not value:
        return f"{cls.__name__}()" if cls in {set, frozenset} else opening + closing
    unordered = isinstance(value, set | frozenset)
    if depth == 0 or (unordered and len(value) > _SORTED):
        return f"{opening}… {len(value)}{closing}"
    if unordered:  # equal sets show alike, whatever their order
        value = sorted(value, key=lambda item: _text(item, limit // 2, depth - 1))
    shown = []
    named = named_before(value) if isinstance(value, list | tuple) else ()
    for index, item in enumerate(value):
        if index == _ITEMS:
            shown.append(f"… {len(value)}")
            break
        text = "…" if index in named else _text(item, limit // 2, depth - 1)
        if type(value) is dict:
            secret = key_names_secret(item)
            text += ": " + ("…" if secret else _text(value[item], limit // 2, depth - 1))
        shown.append(text)
    comma = "," if type(value) is tuple and len(value) == 1 else ""
    return opening + ", ".join(shown) + comma + closing


def _described(value: Any, cls: type) -> str:
    """Describe arrays and frames by shape and type, small numbers by value, anything else by class."""
    top = module_name(cls).partition(".")[0]
    if top in {"numpy", "pandas", "torch", "polars", "pyarrow", "scipy"}:
        shape = getattr(value, "shape", None)
        dtype = getattr(value, "dtype", None)
        if shape == () and top == "numpy":
            return redacted(escaped(str(value)))
        if shape is not None:
            size = " x ".join(map(str, shape))
            return f"{cls.__name__} {size}" + (f" {dtype}" if dtype is not None else "")
        if cls.__name__ in {"Timestamp", "Timedelta", "NaTType", "NAType", "Period", "dtype", "device"}:
            return str(value)
    return f"<{cls.__name__}>"
