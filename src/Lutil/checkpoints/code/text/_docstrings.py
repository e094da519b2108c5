"""Docstrings and annotations, for where something reads them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import FunctionType

from ...model.process._asking import of_object
from ...model.process._interrupts import let_pass
from ...model.process._late import loading

__all__ = ["annotated_things", "annotation", "documentation", "is_as_documented"]

_DEPTH = 8
_NAMES = r"[^\W\d]\w*(?:\.\w+)*"
_STANDS_FOR = {"UnionType": "__args__", "NewType": "__supertype__", "ForwardRef": "__forward_arg__"}
"""Types that are no classes, and where they keep those that they are made of."""
_ADDRESS = r" at 0x[0-9a-fA-F]+"


def documentation(target: object, *, source: bool = False) -> bytes:
    """Return the docstring and annotations of a function or class as bytes, and its source as far as it can be had."""
    parts = [re.sub(_ADDRESS, "", repr(_doc(target)))]  # a dataclass writes its annotations into one
    for name, value in _annotations(target).items():
        parts.append(f"{name}: {annotation(value)}")
    if source:
        with loading:
            import inspect  # noqa: PLC0415 - takes ms to import, and whoever reads sources has imported it

        with suppress(OSError, TypeError):
            parts.append(inspect.getsource(target))  # type: ignore[arg-type]  # what else it is raises TypeError
    return "\n".join(parts).encode("utf-8", "surrogatepass")


def annotation(value: object) -> str:
    """Return an annotation as text that is the same in every process."""
    if isinstance(value, str):
        return value
    if type(value) is type:
        return value.__qualname__
    try:
        return re.sub(_ADDRESS, "", repr(value)).replace("__main__.", "")
    except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
        let_pass(error)
        return type(value).__qualname__


def is_as_documented(targets: Iterable[object]) -> Callable[[], bool]:
    """Return a check whether functions and classes still have the docstrings that they have now."""
    found = [(target, _doc(target)) for target in targets]
    return lambda: all(_doc(target) is doc for target, doc in found)


def annotated_things(target: object) -> Iterator[object]:
    """Yield the classes in the annotations of a function or class, and what they are annotated with."""
    if isinstance(target, FunctionType):
        space: Mapping[str, object] = target.__globals__
    else:
        module = sys.modules.get(str(getattr(target, "__module__", "")))
        space = {} if module is None else module.__dict__
    for value in _annotations(target).values():
        yield from _things_in(value, space)


def _things_in(value: object, space: Mapping[str, object], depth: int = 0) -> Iterator[object]:
    """Yield the classes in an annotation, those in its arguments included, and the metadata of `Annotated`.

    Args:
        value: the annotation, or its text.
        space: the names that stand in a text.
        depth: how deep it stands in another one.
    """
    if depth > _DEPTH:
        return
    inner: Iterable[object] = ()
    if isinstance(value, str):
        inner = [found for path in re.findall(_NAMES, value) if not isinstance(found := _named(path, space), str)]
    elif isinstance(value, list | tuple):
        inner = value
    elif of_object(value, "__origin__") is not None:
        inner = [getattr(value, name, None) for name in ("__origin__", "__args__")]
        yield from getattr(value, "__metadata__", ())
    elif isinstance(value, type):
        yield value
    elif type(value).__name__ in _STANDS_FOR:
        inner = [getattr(value, _STANDS_FOR[type(value).__name__], None)]
    for item in inner:
        yield from _things_in(item, space, depth + 1)


def _named(path: str, space: Mapping[str, object]) -> object:
    """Return what a dotted name in an annotation means; None where that is nothing."""
    name, *steps = path.split(".")
    found = space.get(name)
    for step in steps:
        found = getattr(found, "__dict__", {}).get(step)
    return found


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
