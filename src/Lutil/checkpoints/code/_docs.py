"""Docstrings and annotations, for where something reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import FunctionType

from .._interrupts import let_pass

__all__ = ["annotation", "documentation"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def documentation(target: object) -> bytes:
    """Return the docstring and annotations of a function or class as bytes."""
    parts = [repr(_doc(target))]
    for name, value in _annotations(target).items():
        parts.append(f"{name}: {annotation(value)}")
    return "\n".join(parts).encode("utf-8", "surrogatepass")


def annotation(value: object) -> str:
    """Return an annotation as text that is the same in every process."""
    if isinstance(value, str):
        return value
    if type(value) is type:
        return value.__qualname__
    try:
        return _ADDRESS.sub("", repr(value)).replace("__main__.", "")
    except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
        let_pass(error)
        return type(value).__qualname__


def _doc(target: object) -> object:
    if isinstance(target, type):
        return target.__dict__.get("__doc__")
    return target.__doc__ if isinstance(target, FunctionType) else None


def _annotations(target: object) -> Mapping[str, object]:
    try:
        # Those of the class itself: `inspect.get_annotations` would bring `inspect` along.
        found = target.__dict__.get("__annotations__") if isinstance(target, type) else None  # noqa: RUF063 - `inspect` takes ms to import
        if found is None and isinstance(target, type | FunctionType):
            found = target.__annotations__
    except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
        let_pass(error)
        return {}
    return found if isinstance(found, dict) else {}
