"""What functions and objects hold that a library made: values as values, project code as code.

A library's function that a module of the library holds under its name counts by that name and the library's version;
only project code that was registered with it is looked for. Any other was made while the program ran (a closure, a
wrapper, a curried function): two of them may differ by what they hold alone, so all of that counts.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import CellType, CodeType, FunctionType

from ...bytecode._instructions import decode, local_names, name_of
from ...bytecode._nested import all_code
from ...integrations.callables import Attribute
from ...integrations.wrapt import held_by_proxy
from ...model._key import NoteKind, PartKind
from ...project._libraries import is_project_name
from ..facts._code_facts import code_digest
from ..plan._build import Builder
from ..plan._drafts import FIRST_PLACE
from ..plan._plan import Slot
from ._fixed import add_fixed, is_fixed, items_of, same_items
from ._result_keepers import codes_of
from ._sorts import (
    UNWRAP,
    Sort,
    is_bound,
    is_cache,
    kind_of,
    known_attributes,
    label_of,
    static,
    static_module,
    static_path,
    top_level,
)

__all__ = [
    "add_defaults",
    "add_wrapped",
    "expand_known",
    "expand_library_function",
    "expand_library_object",
]

_DEPTH = 4
"""How deep containers in a library's closures are searched for project code."""
_PROJECT = frozenset({Sort.FUNCTION, Sort.CLASS, Sort.WRAPPER, Sort.REACH})
_NAMING = frozenset(
    "__annotations__ __doc__ __module__ __name__ __qualname__ __signature__ __text_signature__ __wrapped__".split()  # noqa: SIM905 - a list would take a line for each
)
"""Attributes that a wrapper takes over from what it wraps."""
_REGISTRY = "registry"
"""How a library calls a table of functions by type, which does not grow by being used: `singledispatch`."""


def expand_library_function(builder: Builder, number: int, function: FunctionType) -> None:
    """Add what a library's function holds: project code alone where it counts by its name, else everything."""
    draft = builder.drafts[number]
    home = str(function.__globals__.get("__name__"))
    draft.text.append(f"{home}.{function.__code__.co_qualname}".encode("utf-8", "surrogatepass"))
    builder.library(home)
    builder.checks.function(function)
    if _is_named(function):
        _search_all(builder, number, function)
    else:
        _hold_all(builder, number, function)
    _document(builder, number, home)


def _is_named(function: FunctionType) -> bool:
    """Return whether a module of the function's own library holds it, so that its name says what it is."""
    home, module = function.__globals__.get("__name__"), function.__module__
    if type(home) is not str or type(module) is not str or home.partition(".")[0] != module.partition(".")[0]:
        return False
    found: object = sys.modules.get(module)
    for name in function.__qualname__.split("."):
        found = _plain(static(found, "__dict__"), name)
    if found is function:
        return True
    spaces = [static(sys.modules.get(name), "__dict__") for name in {home, module, home.partition(".")[0]}]
    return any(value is function for space in spaces if type(space) is dict for value in list(space.values()))


def _plain(space: object, name: str) -> object:
    """Return what a namespace has under a name, without the descriptor that may be around it."""
    found = space.get(name) if isinstance(space, Mapping) else None
    for attribute in ("__func__", "fget", "func"):
        inner = static(found, attribute)
        if type(inner) is FunctionType and type(found) is not FunctionType:
            return inner
    return found


# All that it holds.


def _hold_all(builder: Builder, number: int, function: FunctionType) -> None:
    """Add code, cells, defaults and attributes of a function that was made at run time."""
    code, draft = function.__code__, builder.drafts[number]
    if code.co_name == "<lambda>":
        draft.text.append(code_digest(code))
    cells, attributes = _own_names(code)
    met = {id(function)}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        draft.text.append(f"cell {name}".encode())
        try:
            content = cell.cell_contents
        except ValueError:
            continue
        if name not in cells and id(content) not in met:
            met.add(id(content))
            _hold(builder, number, Slot(PartKind.CELL, f"{draft.label}: {name}", cell, name), content)
    add_defaults(builder, number, function)
    add_wrapped(builder, number, function)
    for name, content in sorted(function.__dict__.items()):
        if name not in _NAMING and name not in attributes and id(content) not in met:
            met.add(id(content))
            draft.text.append(f"attribute {name}".encode())
            path = f"{draft.label}.{name}"
            _hold(builder, number, Slot(PartKind.ATTRIBUTE, path, function.__dict__, name, path), content)


def _own_names(code: CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """Return the cells and the attributes that a wrapper's own code binds: what it counts or remembers."""
    cells, attributes = set(), set()
    for one in all_code(code, None):
        fast = local_names(one)
        for _, name, arg, _ in decode(one):
            if name == "STORE_DEREF" and fast[arg] in one.co_freevars:
                cells.add(fast[arg])
            elif name == "STORE_ATTR":
                attributes.add(name_of(one, name, arg))
    return frozenset(cells), frozenset(attributes)


def _named_defaults(function: FunctionType) -> list[tuple[str, str | int, object]]:
    """Return the defaults of a function: the parameter, where the function holds it, and the value."""
    code = function.__code__
    values = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    named: list[tuple[str, str | int, object]] = [
        (name, place, value) for place, (name, value) in enumerate(zip(names, values, strict=False))
    ]
    return named + [(name, name, value) for name, value in sorted((function.__kwdefaults__ or {}).items())]


def add_defaults(builder: Builder, number: int, function: FunctionType) -> None:
    """Add the defaults of a function."""
    draft = builder.drafts[number]
    for name, place, value in _named_defaults(function):
        atom = builder.atom(value)
        if atom is not None:
            draft.text.append(f"default {name}=".encode() + atom)
        else:
            draft.text.append(f"default {name}".encode())
            path = f"{draft.label}({name}=)"
            builder.value(number, Slot(PartKind.DEFAULT, path, function, place, path), value)


def expand_known(builder: Builder, number: int, value: object) -> None:
    """Add what a transparent proxy holds, or those attributes of a library's callable that say what it is."""
    draft, kind = builder.drafts[number], type(value)
    names = known_attributes(kind)
    _name_kind(builder, number, kind)
    if is_project_name(static_module(kind)):
        draft.edges.append(builder.reach(kind))

    def read() -> list[object]:
        return held_by_proxy(value) if names is None else [static_path(value, name) for name in names]

    found = read()
    builder.checks.rest(lambda: all(map(_same, read(), found)))
    for place, content in enumerate(found):
        builder.held(number, content, f"[{place}]" if names is None else _spelt(names[place]))
    _document(builder, number, top_level(value))


def _spelt(attribute: Attribute) -> str:
    return attribute if isinstance(attribute, str) else attribute.__name__


def _name_kind(builder: Builder, number: int, kind: type) -> None:
    name = label_of(kind)
    builder.drafts[number].text.append(name.encode("utf-8", "surrogatepass"))
    builder.library(name)


def _document(builder: Builder, number: int, home: str) -> None:
    """Let the docstrings of what a library was given count: it may have read them, as Python's own does not."""
    if home.partition(".")[0] not in sys.stdlib_module_names and any(
        edge >= 0 for edge in builder.drafts[number].edges
    ):
        builder.documented.add(number)


def _same(one: object, other: object) -> bool:
    return one is other or (type(one) in (int, str, tuple) and type(one) is type(other) and one == other)


def expand_library_object(builder: Builder, number: int, value: object) -> None:
    """Add what a library's callable object wraps, and its attributes."""
    draft = builder.drafts[number]
    _name_kind(builder, number, type(value))
    if is_cache(value):
        inner = static(value, "__wrapped__")
        builder.keepers.append((number, str(static(value, "__qualname__")), value, codes_of(inner)))
    for name in UNWRAP:
        inner = static(value, name)
        if kind_of(inner) in _PROJECT:
            draft.edges.append(builder.reach(inner))
    if is_cache(value):
        return
    space = static(value, "__dict__")
    for name, content in sorted(space.items()) if type(space) is dict else ():
        if name not in _NAMING and name not in UNWRAP:
            draft.text.append(f"attribute {name}".encode())
            path = f"{draft.label}.{name}"
            _hold(builder, number, Slot(PartKind.ATTRIBUTE, path, space, name, path), content)
    _document(builder, number, top_level(value))


def _hold(builder: Builder, number: int, slot: Slot, content: object) -> None:
    """Add one thing that is held: for good where only another thing in its place would be a change, else as a value."""
    draft = builder.drafts[number]
    atom = builder.atom(content)
    if atom is not None:
        draft.text.append(atom)
    elif _is_memo(content):
        draft.text.append(b"memo " + label_of(type(content)).encode())
        return
    elif (isinstance(content, Mapping) and slot.name != _REGISTRY) or not is_fixed(content):
        builder.value(number, slot, content)
        if draft.edges[-1] <= FIRST_PLACE:
            return
    else:
        add_fixed(builder, number, content)
    if isinstance(slot.holder, CellType):
        builder.checks.cell(slot.holder, content)
    elif isinstance(slot.holder, dict):
        builder.checks.bound(slot.holder, slot.name, content)


def _is_memo(content: object) -> bool:
    """Return whether a value only keeps what a library has worked out: weak references, caches with a limit."""
    if is_bound(content):
        return _is_memo(content.__self__)  # type: ignore[attr-defined]  # a method is bound to something
    kind = type(content)
    return top_level(content) in ("weakref", "_weakref", "_weakrefset") or (
        not is_project_name(kind.__module__) and "cache" in kind.__name__.lower() and hasattr(kind, "__getitem__")
    )


# Project code alone.


def _search_all(builder: Builder, number: int, function: FunctionType) -> None:
    """Search the closure, defaults and attributes of a library's function for project code."""
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            continue
        _search(builder, number, content)
    _search(builder, number, function.__defaults__ or ())
    _search(builder, number, function.__kwdefaults__ or {})
    if "__wrapped__" in function.__dict__:
        add_wrapped(builder, number, function)


def add_wrapped(builder: Builder, number: int, function: FunctionType) -> None:
    """Add what a function says that it wraps."""
    space = function.__dict__
    if "__wrapped__" in space:
        builder.checks.bound(space, "__wrapped__", space["__wrapped__"])
        builder.held(number, space["__wrapped__"], "__wrapped__")


def _search(builder: Builder, number: int, value: object, depth: int = 0) -> None:
    """Add the project code in a value of a library's, containers and plain objects included."""
    if depth > _DEPTH:
        builder.note(NoteKind.BLIND_SPOT, builder.drafts[number].label, "nested too deep to be searched for code")
        return
    sort = kind_of(value)
    if sort in _PROJECT:
        if sort is not Sort.WRAPPER or depth < _DEPTH:
            builder.drafts[number].edges.append(builder.reach(value))
        return
    if sort is not Sort.DATA:
        return
    if type(value) is dict:
        builder.checks.items(value, same_items)  # a registry may grow: `singledispatch`
    for item in items_of(value):
        _search(builder, number, item, depth + 1)
