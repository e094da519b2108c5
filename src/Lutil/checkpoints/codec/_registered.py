"""Formats that a type brings along, registered by the type or by its name, so that nothing is imported for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..integrations import stored_form

__all__ = ["find_encoder", "register", "registered"]

_formats: dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]] = {}


def register(type_or_name: type | str, encode: Callable[[Any], object], decode: Callable[[Any], object]) -> None:
    """Store values of a type in a form of its own, from now on.

    A subclass is another type: it keeps its own form.

    Args:
        type_or_name: the type, or `"module.Class"` so that its module need not be imported.
        encode: turns a value into one that pickle knows.
        decode: turns that one back. It has to be registered wherever entries are read.

    Example:
        >>> from Lutil.checkpoints import codec
        >>> class Point:
        ...     def __init__(self, x, y):
        ...         self.x, self.y = x, y
        >>> codec.register(Point, lambda point: (point.x, point.y), lambda state: Point(*state))
        >>> encoded = codec.encode(Point(1, 2), is_project=lambda module: False)
        >>> codec.decode(encoded.stream, encoded.buffers, plain=encoded.plain).y
        2
    """
    _formats[type_or_name if isinstance(type_or_name, str) else _name(type_or_name)] = (encode, decode)


def find_encoder(cls: type) -> Callable[[Any], tuple[Callable[..., object], tuple[str, object]]] | None:
    """Return what reduces values of exactly this type, or None where nothing was registered for it."""
    name = _name(cls)
    found = _formats.get(name) or stored_form(name)
    if found is None:
        return None
    encode = found[0]
    return lambda value: (registered, (name, encode(value)))


def registered(name: str, state: object) -> object:
    """Return the value of a registered type; called by streams.

    Raises:
        LookupError: nothing is registered under this name in this process.
    """
    form = _formats.get(name) or stored_form(name)
    if form is None:
        raise LookupError(f"no codec is registered for {name}")
    return form[1](state)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
