"""What is known of a class without looking at its instances: whose it is, and where these keep their state."""

from __future__ import annotations

import enum
import functools
import os
import sys
import weakref
from collections.abc import Callable, Mapping
from types import MemberDescriptorType
from typing import Any, Generic, TypeVar

from ...integrations import attrs, known_of_bases
from ...model.process._asking import has, own_dict
from ...model.process._interrupts import suppressed

__all__ = [
    "LIBRARIES",
    "ByName",
    "bears_another_name",
    "is_installed",
    "is_standard",
    "libraries_of",
    "memo_names",
    "module_name",
    "own_content",
    "own_state",
    "qualified_name",
    "slot_members",
    "slot_names",
    "type_name",
]

LIBRARIES = frozenset(
    {"numpy", "pandas", "scipy", "sklearn", "torch", "polars", "pyarrow", "xgboost", "lightgbm", "tokenizers"}
)
"""Libraries with rules: a type of theirs counts by its name, and the library is noted."""

_MEMOS = {
    "sklearn.feature_extraction.text._VectorizerMixin": ("_stop_words_id",),  # the address of a list
    "scipy.spatial._qhull.Delaunay": ("_transform", "_vertex_to_simplex", "_vertex_neighbor_vertices"),
}
"""What instances of library classes remember beside their state, by the name of the class."""

_T = TypeVar("_T")

_ADDED = frozenset(
    "__dict__ __weakref__ __doc__ __module__ __qualname__ __firstlineno__ __static_attributes__ __slotnames__".split()  # noqa: SIM905 - a list would take a line for each
)
_PYTHON_MADE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_UNCHANGEABLE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE
_LIBRARY_ROOT = os.path.dirname(enum.__file__)  # noqa: PTH120 - pathlib would be used for one name

_memo_names: weakref.WeakKeyDictionary[type, frozenset[str]] = weakref.WeakKeyDictionary()
_standard: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()
_tops: weakref.WeakKeyDictionary[type, tuple[str, ...]] = weakref.WeakKeyDictionary()


_module: Callable[[type], Any] = type.__dict__["__module__"].__get__
_qualified: Callable[[type], str] = type.__dict__["__qualname__"].__get__
_name: Callable[[type], str] = type.__dict__["__name__"].__get__


def module_name(cls: type) -> str:
    """Return the name of the module that a class says it is from; nothing where it says none."""
    try:
        name = _module(cls)
    except AttributeError:
        return ""
    return name if type(name) is str else ""


def qualified_name(cls: type) -> str:
    """Return the qualified name of a class, whatever its metaclass makes of that."""
    return _qualified(cls)


def type_name(cls: type) -> str:
    """Return the full name of a class."""
    return f"{module_name(cls)}.{_qualified(cls)}"


def slot_names(cls: type) -> tuple[str, ...]:
    """Return the names, as stored, of the slots that instances of a class have."""
    names: list[str] = []
    for base in reversed(cls.__mro__):
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if name in {"__dict__", "__weakref__"}:
                continue
            private = name.startswith("__") and not name.endswith("__")
            names.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return tuple(dict.fromkeys(names))


def slot_members(cls: type) -> tuple[tuple[str, Any], ...]:
    """Return the slots that instances of a class have, by name; one that a derived class hides has a longer one."""
    members: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        for name in slot_names(base):
            member = base.__dict__.get(name)
            if isinstance(member, MemberDescriptorType):
                members[name if name not in members else f"{name} of {type_name(base)}"] = member
    return tuple(members.items())


def memo_names(cls: type) -> frozenset[str]:
    """Return the attributes that instances fill for themselves, as `functools.cached_property` does.

    They follow from the other attributes, so they are no part of the state.
    """
    names = _memo_names.get(cls)
    if names is None:
        cached = {
            name
            for base in cls.__mro__
            for name, item in base.__dict__.items()
            if isinstance(item, functools.cached_property)
        }
        cached.update(*known_of_bases(cls, "MEMOS"))
        known = (_MEMOS.get(type_name(base), ()) for base in cls.__mro__)
        names = frozenset(cached.union(*known, ("_cache",) if "pandas" in libraries_of(cls) else (), _of_attrs(cls)))
        _memo_names[cls] = names
    return names


def _of_attrs(cls: type) -> tuple[str, ...]:
    return (attrs.MEMO,) if has(cls, attrs.FIELDS) else ()


def own_state(value: Any) -> dict[str, Any]:
    """Return the attributes and slots of an object, without its memos; a slot that is not set is no state."""
    cls = type(value)
    memos = memo_names(cls)
    state = {name: item for name, item in own_dict(value).items() if name not in memos}
    for name, member in slot_members(cls):
        if name in memos:
            continue
        try:
            state[name] = member.__get__(value)
        except AttributeError:
            continue
    return state


def libraries_of(cls: type) -> tuple[str, ...]:
    """Return the known libraries that a class or its bases come from."""
    tops = _tops.get(cls)
    if tops is None:
        tops = tuple(sorted({module_name(base).partition(".")[0] for base in cls.__mro__} & LIBRARIES))
        _tops[cls] = tops
    return tops


def is_standard(cls: type) -> bool:
    """Return whether a class is Python's own, so that it counts by its name.

    A project may have a package with the name of a standard one, `code` or `test`: what is loaded from
    elsewhere than the standard library is none of it. Nor is a class that the standard library makes for others
    and that bears its name, as `dataclasses.make_dataclass` does.
    """
    known = _standard.get(cls)
    if known is None:
        known = _standard[cls] = _is_from_library(cls) and _is_found_there(cls)
    return known


def is_installed(cls: type) -> bool:
    """Return whether a class is Python's own or of a library that was installed, other than in place."""
    file = getattr(sys.modules.get(module_name(cls)), "__file__", None)
    return _is_from_library(cls) or (file is not None and "-packages" in file)


class ByName(Generic[_T]):
    """What is known of classes by their names, so that no library has to be imported to be known.

    A class has the name of the module that defines it, and those of the modules where its library offers it.
    """

    __slots__ = ("_known", "_tops")

    def __init__(self, known: Mapping[str, _T]) -> None:
        self._known = known
        self._tops: dict[str, list[tuple[str, str, _T]]] = {}
        for name, item in known.items():
            module, _, attribute = name.rpartition(".")
            self._tops.setdefault(module.partition(".")[0], []).append((module, attribute, item))

    def find(self, cls: type) -> _T | None:
        """Return what is known of a class; None where that is nothing."""
        item = self._known.get(type_name(cls))
        if item is not None:
            return item
        for module, attribute, candidate in self._tops.get(module_name(cls).partition(".")[0], ()):
            place = sys.modules.get(module)
            if place is not None and (attribute == _name(cls) or attribute in place.__dict__):
                with suppressed():  # a library that imports its parts when they are asked for
                    if getattr(place, attribute) is cls:
                        return candidate
        return None


def bears_another_name(cls: type) -> bool:
    """Return whether a class names a module of the standard library as its own that does not have it."""
    return _is_from_library(cls) and not is_standard(cls)


def own_content(cls: type) -> dict[str, Any]:
    """Return what the body of a class holds, without what Python adds by itself."""
    return {name: item for name, item in cls.__dict__.items() if name not in _ADDED}


def _is_from_library(cls: type) -> bool:
    module = module_name(cls)
    if module == "builtins":
        return True
    if module.partition(".")[0] not in sys.stdlib_module_names or module == "__main__":
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is None or (file.startswith(_LIBRARY_ROOT) and "-packages" not in file)


def _is_found_there(cls: type) -> bool:
    """Return whether the module that a class names has it; what is written in C need not be in sight."""
    if not cls.__flags__ & _PYTHON_MADE or cls.__flags__ & _UNCHANGEABLE:
        return True
    module = sys.modules.get(module_name(cls))
    place: Any = module
    for name in _qualified(cls).split("."):
        place = getattr(place, "__dict__", {}).get(name)
    return place is cls or any(item is cls for item in list(vars(module).values())) if module else False
