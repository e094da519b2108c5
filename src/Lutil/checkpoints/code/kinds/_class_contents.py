"""What of a class counts: bases, metaclass, methods, data; not what Python or a decorator wrote into it."""

from __future__ import annotations

import functools
from types import (
    CellType,
    GetSetDescriptorType,
    MemberDescriptorType,
)

from ...integrations import known_of_bases
from ...model._key import PartKind
from ...project._libraries import is_project_name
from ..plan._attributes import can_be_effect
from ..plan._build import Builder
from ..plan._drafts import full_name
from ..plan._plan import Slot
from ..text._docstrings import documentation
from ._class_facts import add_boundary, add_class_facts
from ._generated import (
    add_attrs_fields,
    add_fields,
    add_struct_fields,
    is_attrs_class,
    is_from_attrs,
    is_from_dataclasses,
)
from ._sorts import Sort, kind_of, static, static_module, top_level

__all__ = ["expand_class"]

_NOISE = frozenset(
    {
        "__abstractmethods__",
        "__annotate__",
        "__annotate_func__",
        "__annotations__",
        "__annotations_cache__",
        "__classcell__",
        "__classdictcell__",
        "__dataclass_fields__",
        "__dataclass_params__",
        "__dict__",
        "__doc__",
        "__firstlineno__",
        "__module__",
        "__non_callable_proto_members__",
        "__orig_bases__",
        "__parameters__",
        "__protocol_attrs__",
        "__qualname__",
        "__signature__",
        "__slotnames__",
        "__static_attributes__",
        "__type_params__",
        "__weakref__",
        "_abc_impl",
        "_is_protocol",
        "_is_runtime_protocol",
        "_sklearn_auto_wrap_output_keys",
        "_sklearn_output_config",
    }
)
_PLAIN_LIBRARIES = frozenset({"abc", "builtins", "enum", "functools", "typing", "typing_extensions", "_py_abc"})
_DESCRIPTORS = (GetSetDescriptorType, MemberDescriptorType)
_CODE = frozenset({Sort.FUNCTION, Sort.CLASS, Sort.WRAPPER, Sort.REACH, Sort.MODULE, Sort.LEAF, Sort.OWN})


def expand_class(builder: Builder, number: int, cls: type) -> None:
    """Add a class's bases, metaclass, attributes and fields."""
    draft = builder.drafts[number]
    draft.text.append(b"class " + full_name(cls))
    if compiled := builder.compiled(cls):
        draft.text.append(compiled)
    draft.edges.extend([builder.reach(base) for base in cls.__bases__])
    metaclass = type(cls)
    if metaclass is not type:
        draft.edges.append(builder.reach(metaclass))
        if top_level(metaclass) not in _PLAIN_LIBRARIES and not is_project_name(static_module(metaclass)):
            draft.text.append(documentation(cls))
    code: dict[str, object] = {}
    fields = "__dataclass_fields__" in cls.__dict__
    members = _members(cls)
    if fields:
        add_fields(builder, number, cls)
    if attrs := is_attrs_class(cls):
        add_attrs_fields(builder, number, cls)
    if members is not None:
        _enum(builder, number, cls, members)
        add_boundary(builder, number, cls)
    add_struct_fields(builder, number, cls)
    add_class_facts(builder, number, cls)
    model = cls.__dict__.get("__pydantic_fields__", cls.__dict__.get("model_fields"))
    if type(model) is dict:
        # pydantic takes defaults and constraints out of the class and keeps them here only.
        path = builder.person(cls.__module__, f"{cls.__qualname__}.model_fields")
        builder.value(number, Slot(PartKind.CELL, path, CellType(model), "model_fields", path), model)
    for name, value in _told(cls):
        if _counts(name, value, fields=fields, attrs=attrs, members=members) and not _put_by_protocol(cls, name, value):
            _attribute(builder, number, cls, name, value, code)
    builder.checks.klass(cls, code)


def _told(cls: type) -> list[tuple[str, object]]:
    """Return the entries of a class's dict by name, without what a library wrote into it that follows from the rest."""
    implied = {name for names in known_of_bases(cls, "IMPLIED") for name in names}
    return sorted((item for item in cls.__dict__.items() if item[0] not in implied), key=lambda item: str(item[0]))


def _counts(name: str, value: object, *, fields: bool, attrs: bool, members: dict[str, object] | None) -> bool:
    """Return whether an entry of a class's dict says something that is not said elsewhere."""
    if name in _NOISE or name.startswith("__pydantic_") or isinstance(value, _DESCRIPTORS):
        return False
    if (fields and is_from_dataclasses(name, value)) or (attrs and is_from_attrs(name, value)):
        return False
    if members is not None:
        return name not in members and not (_is_sunder(name) and kind_of(value) is Sort.DATA)
    return type(value).__name__ != "_tuplegetter"


def _is_sunder(name: str) -> bool:
    """Return whether `enum` keeps this name for itself: `_member_map_`, but not `_weights` or `_Color__weights`."""
    return name.startswith("_") and name.endswith("_")


def _put_by_protocol(cls: type, name: str, value: object) -> bool:
    """Return whether `typing` put this `__init__` here, which is what a base has, when the first object was made."""
    if name != "__init__" or not any("_is_protocol" in base.__dict__ for base in cls.__mro__):
        return False
    return value in (base.__dict__.get(name) for base in cls.__mro__[1:]) or static(value, "__module__") == "typing"


def _attribute(builder: Builder, number: int, cls: type, name: str, value: object, code: dict[str, object]) -> None:  # noqa: PLR0913, PLR0917 - one entry of a class and where it goes
    draft = builder.drafts[number]
    draft.text.append(name.encode("utf-8", "surrogatepass"))
    if kind_of(value) in _CODE:
        edge = builder.reach(value)
        draft.edges.append(edge)
        code[name] = value
        return
    if isinstance(value, functools.singledispatchmethod):
        draft.edges.append(builder.reach(value.dispatcher))
        code[name] = value
        return
    path = builder.person(str(cls.__module__), f"{cls.__qualname__}.{name}")  # sympy makes classes without a module
    slot = Slot(PartKind.ATTRIBUTE, path, cls, name, f"{cls.__module__}.{cls.__qualname__}.{name}")
    if can_be_effect(cls, name, value):
        builder.attribute(number, slot, value)
    else:
        builder.value(number, slot, value)


def _members(cls: type) -> dict[str, object] | None:
    found = cls.__dict__.get("_member_map_")
    return found if type(found) is dict else None


def _enum(builder: Builder, number: int, cls: type, members: dict[str, object]) -> None:
    """Add the names and values of an enumeration's members, in order."""
    draft = builder.drafts[number]
    for name, member in members.items():
        draft.text.append(b"member " + name.encode("utf-8", "surrogatepass"))
        value = static(member, "_value_")
        atom = builder.atom(value)
        if atom is not None:
            draft.text.append(atom)
        else:
            path = builder.person(cls.__module__, f"{cls.__qualname__}.{name}")
            builder.value(number, Slot(PartKind.CELL, path, CellType(value), "_value_", path), value)
