"""Canonical bytes of constants: type and content, so that 1, 1.0, True and "1" differ."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

from ..model._key import tagged

__all__ = ["ATOMS", "constant"]

ATOMS = (type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented))
"""Types whose values cannot change and are written by `repr` without loss."""


def constant(value: object, nested: Callable[[CodeType], bytes]) -> bytes:  # noqa: PLR0911 - a table, the order of which matters
    """Return canonical bytes of a constant; `nested` answers for the code objects among them."""
    kind = type(value)
    if kind is str:
        # Lone surrogates are legal in a literal and have no strict encoding.
        return tagged(b"s", value.encode("utf-8", "surrogatepass"))  # type: ignore[attr-defined]
    if kind is bytes:
        return tagged(b"b", value)  # type: ignore[arg-type]
    if kind is tuple:
        return tagged(b"t", b"".join([constant(item, nested) for item in value]))  # type: ignore[attr-defined]
    if kind is frozenset:
        return tagged(b"z", b"".join(sorted([constant(item, nested) for item in value])))  # type: ignore[attr-defined]
    if isinstance(value, CodeType):
        return tagged(b"c", nested(value))
    if kind is slice:
        parts = (value.start, value.stop, value.step)  # type: ignore[attr-defined]
        return tagged(b"l", constant(parts, nested))
    if kind is int:
        # `repr` of an integer of more than 4300 digits raises.
        return tagged(b"i", format(value, "x").encode())
    return tagged(b"a", f"{kind.__name__}:{value!r}".encode())
