"""What is true of a class although its body does not hold it: arguments of its bases, classes registered with it."""

from __future__ import annotations

import enum
from _abc import _get_dump  # type: ignore[import-not-found]  # CPython's own, of which there are no types
from abc import ABCMeta, get_cache_token
from collections.abc import Callable
from types import CellType, NoneType

from ...integrations import attrs, msgspec
from ...model._key import PartKind
from ...model.process._asking import has, of_object
from ...project._libraries import is_project_name
from ..plan._build import Builder
from ..plan._plan import Slot
from ..text._docstrings import annotated_things, annotation, documentation
from ._sorts import Sort, is_class, static, static_module

__all__ = ["add_boundary", "add_class_facts", "add_registered"]

_OF_FIELDS = ("__dataclass_fields__", attrs.FIELDS, msgspec.FIELDS, "__required_keys__", "_field_defaults")
"""What a class has whose annotations are its fields."""
_NO_BASES = frozenset({"typing", "typing_extensions", "builtins"})


def add_class_facts(builder: Builder, number: int, cls: type) -> None:
    """Add the arguments of generic bases, what was registered, and the types of a `TypedDict`."""
    draft = builder.drafts[number]
    for base in cls.__dict__.get("__orig_bases__", ()):
        if not is_class(base):
            draft.text.append(b"generic base")
            add_type(builder, number, base)
    if "__required_keys__" in cls.__dict__ and "__total__" in cls.__dict__:
        draft.text.append(documentation(cls))  # a `TypedDict` is nothing but its annotations
    if any(has(cls, name) for name in _OF_FIELDS):
        for one in annotated_things(cls):
            if builder.sort(one) is Sort.CLASS:  # which libraries make of what they decode
                draft.edges.append(builder.reach(one))
    add_registered(builder, number, cls)


def add_type(builder: Builder, number: int, value: object) -> None:
    """Add a type as annotations write it: `list[User]`, with the classes of the project in it."""
    draft = builder.drafts[number]
    origin = of_object(value, "__origin__")
    if is_class(value) and type(value) is not _GENERIC:
        draft.edges.append(builder.reach(value))
    elif origin is not None:
        draft.text.append(f"of {len(getattr(value, '__args__', ()))}".encode())
        add_type(builder, number, origin)
        for item in (*getattr(value, "__args__", ()), *getattr(value, "__metadata__", ())):
            add_type(builder, number, item)
    elif type(value) in (list, tuple):
        draft.text.append(f"list {len(value)}".encode())  # type: ignore[arg-type]  # it has a length
        for item in value:  # type: ignore[attr-defined]  # it has items
            add_type(builder, number, item)
    elif type(value) is NoneType or type(value).__module__ in _NO_BASES:
        draft.text.append(annotation(value).encode("utf-8", "surrogatepass"))
    else:
        atom = builder.atom(value)
        draft.text.append(b"value" if atom is None else atom)
        if atom is None:
            path = f"{draft.label}[...]"
            builder.value(number, Slot(PartKind.CELL, path, CellType(value), path, path), value)


_GENERIC = type(list[int])


def add_boundary(builder: Builder, number: int, cls: type) -> None:
    """Add what an enumeration does with values that are no members of it: the boundary of flags, aliases of values."""
    draft = builder.drafts[number]
    boundary = cls.__dict__.get("_boundary_")
    draft.text.append(f"boundary {getattr(boundary, 'name', None)}".encode())
    if issubclass(cls, enum.Flag):
        return  # it remembers there which combinations were asked for
    for value, member in dict(cls.__dict__.get("_value2member_map_", ())).items():
        atom = builder.atom(value)
        if atom is not None and static(member, "_value_") != value:
            draft.text.append(f"alias {static(member, '_name_')}=".encode() + atom)


# Classes that were registered with an abstract one.


def add_registered(builder: Builder, number: int, cls: type) -> None:
    """Add the classes that were registered with an abstract class, or with one that is derived from it."""
    if not isinstance(cls, ABCMeta):
        return
    project = is_project_name(static_module(cls))
    found = _registered(cls, project=project)
    if found is None:
        return
    builder.checks.rest(_same_registered(cls, found, project=project))
    for one in found:
        builder.drafts[number].text.append(f"registered {one.__qualname__}".encode("utf-8", "surrogatepass"))
        builder.drafts[number].edges.append(builder.reach(one))


def _registered(cls: type, *, project: bool) -> list[type] | None:
    """Return the classes that are registered, in the same order everywhere; with a library's class, the project's."""
    found: dict[type, None] = {}
    waiting = [cls]
    for one in waiting:
        if issubclass(type(one), ABCMeta):
            registered = [reference() for reference in _get_dump(one)[0]]
            found.update(dict.fromkeys(item for item in registered if item is not None))
            below: list[type] = type.__subclasses__(one)
            waiting += [item for item in below if item not in waiting]
    kept = [one for one in found if project or is_project_name(static_module(one))]
    return sorted(kept, key=lambda one: (one.__qualname__, str(static_module(one))))


def _same_registered(cls: type, before: list[type], *, project: bool) -> Callable[[], bool]:
    """Return a check that looks only where something was registered anywhere since it last looked."""
    seen = [get_cache_token()]

    def same() -> bool:
        token = get_cache_token()
        if token != seen[0]:
            if _registered(cls, project=project) != before:
                return False
            seen[0] = token
        return True

    return same
