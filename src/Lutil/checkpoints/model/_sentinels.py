"""Objects that are what they are by identity: sentinels, and the random streams of the process.

A copy of a sentinel is another thing (`x is MISSING` fails), and a copy of numpy's global stream ignores
`np.random.seed`. A module holds such an object under a name, and by that name it is compared and stored.

Guarantees: an object is found by its name in one process if it is in another that has imported the same; an
instance with content of its own (a configuration, a cache) is never taken for a sentinel.
"""

from __future__ import annotations

import copyreg
import sys
from collections.abc import Iterator
from types import MemberDescriptorType, ModuleType
from typing import Any, Final

from ._identity import identity

__all__ = ["held_objects", "name_of_bare"]

_STREAMS: Final = frozenset({"random.Random", "numpy.random.mtrand.RandomState", "torch._C.Generator"})
_LABELS: Final = (str, bool, type(None))
"""What a sentinel may have as attributes: how it is called."""
_PLAIN: Any = object
_bare: Final[dict[int, tuple[str, str]]] = {}
_searched: list[int] = [0]


def is_sentinel_class(cls: type) -> bool:
    """Tell whether instances of a class are compared by identity and pickled by what attributes they have."""
    if f"{cls.__module__}.{cls.__qualname__}" in _STREAMS:
        return True
    return (
        cls.__eq__ is _PLAIN.__eq__
        and cls.__hash__ is _PLAIN.__hash__
        and cls.__reduce__ is _PLAIN.__reduce__
        and cls.__reduce_ex__ is _PLAIN.__reduce_ex__
        and cls.__getstate__ is _PLAIN.__getstate__
        and cls not in copyreg.dispatch_table
        and not issubclass(cls, (type, ModuleType))
    )


def held_objects(cls: type) -> dict[int, str]:
    """Return the sentinels and streams of a class that its own module holds: names by identity."""
    module = sys.modules.get(getattr(cls, "__module__", None) or "")
    if module is None or not is_sentinel_class(cls):
        return {}
    names = sorted(vars(module).items(), reverse=True)  # of several names the first one stays
    return {identity(value): name for name, value in names if type(value) is cls and _is_label(value)}


def name_of_bare(value: object) -> tuple[str, str] | None:
    """Return the module and name that hold an `object()`: of a module, or of a class there. None where none does."""
    known = _bare.get(identity(value))
    if known is not None and _lookup(*known) is value:
        return known
    modules = list(sys.modules.items())
    # Scripts and notebooks make names at any time; other modules have theirs once they are imported.
    fresh = modules if len(modules) != _searched[0] else [("__main__", sys.modules["__main__"])]
    _searched[0] = len(modules)
    if fresh is modules:
        _bare.clear()
    for place, module in fresh:
        for name, item in _bare_in(module):
            _bare[identity(item)] = min(_bare.get(identity(item), (place, name)), (place, name), key=_later_main)
    known = _bare.get(identity(value))
    return known if known is not None and _lookup(*known) is value else None


def _later_main(place: tuple[str, str]) -> tuple[bool, tuple[str, str]]:
    """Order names: what a script has merely imported goes by the module that it was imported from."""
    return place[0] == "__main__", place


def _bare_in(module: object) -> Iterator[tuple[str, object]]:
    space = getattr(module, "__dict__", None)
    if not isinstance(space, dict):
        return
    for name, item in list(space.items()):
        if type(item) is object:
            yield name, item
        elif issubclass(type(item), type) and item.__module__ == space.get("__name__") and item.__name__ == name:
            yield from ((f"{name}.{inner}", part) for inner, part in list(vars(item).items()) if type(part) is object)


def _lookup(module: str, name: str) -> object:
    value: object = sys.modules.get(module)
    for part in name.split("."):
        value = getattr(value, "__dict__", {}).get(part)
    return value


def _is_label(value: Any) -> bool:
    """Tell whether all that an instance holds is what it is called; a stream counts as one."""
    cls = type(value)
    if f"{cls.__module__}.{cls.__qualname__}" in _STREAMS:
        return True
    held = list(getattr(value, "__dict__", {}).values())
    for base in cls.__mro__:
        for member in vars(base).values():
            if isinstance(member, MemberDescriptorType):
                try:
                    held.append(member.__get__(value))
                except AttributeError:
                    continue  # a slot that is not set
    return all(type(item) in _LABELS for item in held) and _is_written_in_python(cls)


def _is_written_in_python(cls: type) -> bool:
    """Tell whether attributes and slots are all that instances can hold: classes written in C may hide more."""
    try:
        object.__reduce_ex__(object.__new__(cls), 4)
    except TypeError:
        return False
    return True
