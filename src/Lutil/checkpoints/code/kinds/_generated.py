"""Classes and functions that were generated: they count by what they were generated from.

Generated code may hold what another process makes another: numbers that depend on the hash seed, addresses. And what
went through cloudpickle stands in no file any more.
"""

from __future__ import annotations

import enum
from types import CellType, FunctionType

from ...integrations import attrs, beartype, msgspec
from ...model._key import PartKind
from ...model.process._asking import of_class
from ..plan._build import Builder
from ..plan._plan import Slot
from ..text._docstrings import annotation
from ._sorts import static

__all__ = [
    "add_attrs_fields",
    "add_fields",
    "add_generated",
    "add_struct_fields",
    "is_attrs_class",
    "is_from_attrs",
    "is_from_dataclasses",
    "is_generated_wrapper",
]

_GENERATED = frozenset(
    {
        "__delattr__",
        "__eq__",
        "__ge__",
        "__getstate__",
        "__gt__",
        "__hash__",
        "__init__",
        "__le__",
        "__lt__",
        "__match_args__",
        "__ne__",
        "__replace__",
        "__repr__",
        "__setattr__",
        "__setstate__",
    }
)
_PARAMS = ("init", "repr", "eq", "order", "unsafe_hash", "frozen", "match_args", "kw_only", "slots", "weakref_slot")
_MADE_IN = "__create_fn__.<locals>."
"""In which function `dataclasses` defines methods; cloudpickle keeps that, and drops the name of the file."""


# Dataclasses.


def is_from_dataclasses(name: str, value: object) -> bool:
    """Return whether `dataclasses` put this into a class."""
    if name not in _GENERATED:
        return False
    value = getattr(value, "__wrapped__", value)
    if isinstance(value, FunctionType):
        made = value.__code__.co_qualname.startswith(_MADE_IN) or value.__code__.co_filename == "<string>"
        return made or value.__globals__.get("__name__") == "dataclasses"
    return type(value) is tuple or value is None


def add_fields(builder: Builder, number: int, cls: type) -> None:
    """Add the fields and options of a dataclass, in place of the methods made from them."""
    draft = builder.drafts[number]
    params = cls.__dict__.get("__dataclass_params__")
    draft.text.append(repr([(name, getattr(params, name, None)) for name in _PARAMS]).encode())
    for name, field in cls.__dict__["__dataclass_fields__"].items():
        flags = [_flag(field, flag) for flag in ("init", "repr", "hash", "compare", "kw_only")]
        kind = getattr(getattr(field, "_field_type", None), "name", "")
        text = f"field {name}: {annotation(field.type)} {kind} {flags!r}"
        draft.text.append(text.encode("utf-8", "surrogatepass"))
        path = builder.person(cls.__module__, f"{cls.__qualname__}.{name}")
        if metadata := dict(getattr(field, "metadata", ())):
            said = f"{path}.metadata"
            builder.value(number, Slot(PartKind.CELL, said, CellType(metadata), "metadata", said), metadata)
        for part in ("default", "default_factory"):
            value = static(field, part)
            if type(value).__name__ == "_MISSING_TYPE":
                continue
            atom = builder.atom(value)
            if atom is not None:
                draft.text.append(part.encode() + atom)
            elif part == "default_factory" or name not in cls.__dict__:
                builder.value(number, Slot(PartKind.CELL, path, CellType(value), part, path), value)


def _flag(field: object, flag: str) -> object:
    """Return a flag of a field; that of a class variable may be a sentinel, whose text is its address."""
    value = getattr(field, flag, None)
    return value if value is None or type(value) in (bool, str) else type(value).__name__


# attrs.


def is_attrs_class(cls: type) -> bool:
    """Return whether attrs made methods for a class from its fields."""
    return attrs.FIELDS in cls.__dict__


def is_from_attrs(name: str, value: object) -> bool:
    """Return whether attrs put this into a class."""
    if name in attrs.WRITTEN:
        return True
    if type(value) is not FunctionType or not (name in _GENERATED or name.startswith("__attrs_")):
        return False
    return value.__globals__.get("__name__") == attrs.HOME or (value.__doc__ or "").startswith(attrs.GENERATED)


def add_attrs_fields(builder: Builder, number: int, cls: type) -> None:
    """Add the fields and options of an attrs class, and the names of the methods made from them."""
    draft = builder.drafts[number]
    made = sorted(name for name, value in cls.__dict__.items() if is_from_attrs(name, value))
    frozen = getattr(cls.__dict__.get("__setattr__"), "__name__", "")
    draft.text.append(f"attrs {made!r} {frozen}".encode("utf-8", "surrogatepass"))
    props = cls.__dict__.get(attrs.OPTIONS)
    for name in sorted(getattr(type(props), "__slots__", ())):
        _add_part(builder, number, cls, name, static(props, name))
    for field in cls.__dict__[attrs.FIELDS]:
        flags = [_flag(field, flag) for flag in attrs.FLAGS]
        text = f"field {field.name}: {annotation(field.type)} {flags!r}"
        draft.text.append(text.encode("utf-8", "surrogatepass"))
        for part in attrs.PARTS:
            _add_part(builder, number, cls, f"{field.name}.{part}", static(field, part))


def _add_part(builder: Builder, number: int, cls: type, name: str, value: object) -> None:
    """Add what a field or the options hold under a name, unless that is nothing or only says that there is none."""
    draft = builder.drafts[number]
    atom = builder.atom(value)
    if atom is not None:
        draft.text.append(name.encode("utf-8", "surrogatepass") + atom)
        return
    if type(value).__module__ == attrs.HOME and type(value).__name__ == "_Nothing":
        return
    if type(value).__module__ == attrs.HOME and type(value).__name__ == "Factory":
        draft.text.append(f"takes self: {value.takes_self}".encode())  # type: ignore[attr-defined]  # a factory does
        value = value.factory  # type: ignore[attr-defined]
    if isinstance(value, enum.Enum) and type(value).__module__.startswith("attr"):
        draft.text.append(f"{name} {value.name}".encode("utf-8", "surrogatepass"))
        return
    if type(value).__name__ == "mappingproxy" and not value:
        return
    draft.text.append(name.encode("utf-8", "surrogatepass"))
    path = builder.person(cls.__module__, f"{cls.__qualname__}.{name}")
    builder.value(number, Slot(PartKind.CELL, path, CellType(value), name, path), value)


# msgspec.


def add_struct_fields(builder: Builder, number: int, cls: type) -> None:
    """Add the fields, defaults and options of a struct, if a class is one."""
    fields = of_class(cls, msgspec.FIELDS)
    defaults = of_class(cls, msgspec.DEFAULTS)
    if type(fields) is not tuple or type(defaults) is not tuple:
        return
    options = of_class(cls, msgspec.OPTIONS)
    said = [(name, str(getattr(options, name))) for name in dir(options) if not name.startswith("_")]
    text = f"struct {fields!r} {of_class(cls, msgspec.WRITTEN)!r} {said!r}"
    builder.drafts[number].text.append(text.encode("utf-8", "surrogatepass"))
    for place, default in enumerate(defaults):
        made = type(default).__module__.startswith("msgspec")
        value = static(default, msgspec.FACTORY) if made else default
        _add_part(builder, number, cls, f"default[{place}]", value)


# Functions around others.


def is_generated_wrapper(function: FunctionType) -> bool:
    """Return whether a library generated a function around another one, which says all that it does."""
    return beartype.MARK in function.__dict__ and "__wrapped__" in function.__dict__


def add_generated(builder: Builder, number: int, function: FunctionType) -> None:
    """Add the function that another one was generated around, its annotations, and the options."""
    draft = builder.drafts[number]
    options = annotation((function.__kwdefaults__ or {}).get(beartype.OPTIONS))
    draft.text.append(f"beartype {options}".encode("utf-8", "surrogatepass"))
    builder.library("beartype")
    builder.checks.function(function)
    inner = function.__dict__["__wrapped__"]
    builder.checks.bound(function.__dict__, "__wrapped__", inner)
    builder.held(number, inner, "__wrapped__")
    builder.documented.add(number)
