"""One call that says how values of a type are compared and stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import codec
from ..fingerprint import register as register_fingerprint

__all__ = ["register"]


def register(
    type_or_name: type | str,
    fingerprint: Callable[[Any], object] | None = None,
    *,
    encode: Callable[[Any], object] | None = None,
    decode: Callable[[Any], object] | None = None,
) -> Any:
    """Values of a type are compared, and stored, in a way of their own from now on.

    Args:
        type_or_name: the type, or `"module.Class"`, so that its module need not be imported. Subclasses are
            compared in the same way, and stored in their own.
        fingerprint: returns what stands for a value in comparisons.
        encode: returns what is stored for a value; given together with `decode`.
        decode: returns the value again.

    Returns:
        A decorator that takes the comparing function, if no function is given at all; else None.

    Raises:
        TypeError: only one of `encode` and `decode` is given, or something that cannot be called.

    Example:
        >>> class Sensor:
        ...     def __init__(self, port):
        ...         self.port, self.reads = port, 0
        >>> register(Sensor, lambda sensor: sensor.port)
        >>> @checkpoint
        ... def measure(sensor):
        ...     return len(sensor.port)
        >>> measure(Sensor("usb"))
        3
    """
    if (encode is None) != (decode is None):
        raise TypeError("register takes `encode` and `decode` together: what one writes the other reads")
    if encode is not None and decode is not None:
        codec.register(type_or_name, encode, decode)
        if fingerprint is None:
            return None
    if fingerprint is None:
        return register_fingerprint(type_or_name)
    register_fingerprint(type_or_name, fingerprint)
    return None
