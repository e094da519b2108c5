"""What code does with names: edges to what is code, places for values, and what does not count."""

from __future__ import annotations

import itertools
import os
import sys
from types import CellType
from typing import cast

from ...bytecode.stack._refs import ANY_ITEM, ASKED, BIND, TEXT, WRITE, Ref, RefMode
from ...bytecode.stack._words import DYNAMIC
from ...model._key import NoteKind, PartKind
from ...model.process._interrupts import let_pass
from ...project._libraries import is_project_globals
from ...project._module_files import located
from ..facts._facts import Facts, Use
from ..kinds._sorts import (
    Sort,
    is_bound,
    is_class,
    is_module,
    is_print,
    kind_of,
    static,
)
from ..kinds._uses_tell import dict_reads, effect_like, harmless, own_attribute
from ._build import Builder
from ._drafts import BUILTIN, FIRST_PLACE, NOTHING, PLACE, attribute_read
from ._later_imports import static_digest, unchanged
from ._named_process import process_slots
from ._named_variables import variables
from ._plan import Slot
from ._resolve import ABSENT, Found, Scope, follow, remember, space_for, unbound

__all__ = ["add_uses", "is_harmless"]

_MODULE_NAMES = frozenset(
    {
        "__annotations__",
        "__builtins__",
        "__cached__",
        "__debug__",
        "__file__",
        "__loader__",
        "__name__",
        "__package__",
        "__path__",
        "__spec__",
    }
)
"""Where code lies and what it is called there: never an input."""
_DYNAMIC = DYNAMIC | {"getattr"}
_TEXT = frozenset({TEXT})
_SUBCLASSES = "__subclasses__(...)"
_ONLY_BOUND = frozenset({BIND})
_COUNTED = frozenset({BIND, WRITE})
_ONLY_DROPPED = frozenset({RefMode("sink")})


def add_uses(builder: Builder, number: int, known: Facts, scope: Scope) -> None:
    """Add all that code does with names to a node."""
    builder.docs = max(builder.docs, known.reads_docs)
    for use in known.uses:
        try:
            if not (BIND in use.modes and use.ref.chain and _add_part(builder, number, use, scope)):
                _use(builder, number, use, scope)
        except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
            let_pass(error)
            builder.drafts[number].text.append(b"unreadable")
            builder.note(NoteKind.BLIND_SPOT, use.ref.name, "could not be looked into")
    for ref, what in known.notes:
        if _is_dynamic(builder, ref, what, scope):
            builder.note(NoteKind.BLIND_SPOT, builder.drafts[number].label, f"what `{what}` reaches is not followed")


def _is_dynamic(builder: Builder, ref: Ref | None, what: str, scope: Scope) -> bool:
    """Return whether what is called at a dynamic place is what it looks like."""
    if ref is None:
        return what == _SUBCLASSES or "pandas" in sys.modules
    found = follow(ref, scope, builder.checks)
    named = static(found.value, "__name__") in _DYNAMIC and not found.rest
    return named and builder.sort(found.value) not in (Sort.FUNCTION, Sort.CLASS)


def _use(builder: Builder, number: int, use: Use, scope: Scope) -> None:
    ref = use.ref
    if ref.name in _MODULE_NAMES and ref.kind != "I":
        return
    found = follow(ref, scope, builder.checks)
    _add_module_classes(builder, number)
    value = found.value
    if is_bound(value):
        remember(found, builder.checks)
        if value.__self__ is os.environ:  # type: ignore[attr-defined]  # a method is bound to something
            found, value = unbound(found), os.environ
    if _is_special(builder, number, found, use, scope):
        return
    if found.name in _MODULE_NAMES and isinstance(found.holder, dict):
        return
    if scope.block and not found.rest and use.modes == _ONLY_BOUND:
        return  # what a block binds and does not read is what it produces
    if value is ABSENT and use.modes == _TEXT:
        builder.checks.absent(scope.space, ref.name)
    else:
        edge = _found(builder, number, found, use)
        if edge == PLACE:
            edge = _place(builder, found, use, scope)
        builder.drafts[number].edges.append(edge)
        if found.rest and found.rest[0] == (False, "__subclasses__"):
            _add_subclasses(builder, number, value)


def _add_part(builder: Builder, number: int, use: Use, scope: Scope) -> bool:
    """Add a part that code sets, whether it is there by now or not; tell whether it is one.

    That is an item of a dict that is only put there, or an attribute which a function or class does not have yet: what
    is only put there, too, and what is made of what it was and read (`f.calls = getattr(f, "calls", 0) + 1`).
    """
    subscript, key = use.ref.chain[-1]
    only = use.modes == _ONLY_BOUND
    if not only and (subscript or WRITE not in use.modes or use.modes == _COUNTED):
        return False
    found = follow(use.ref._replace(chain=use.ref.chain[:-1]), scope, builder.checks)
    holder = found.value if subscript else None if found.rest else space_for(found.value, str(key))
    if holder is None:
        return False
    if subscript and (
        scope.block or found.rest or type(holder) is not dict or holder is sys.modules or _in_library(found)
    ):
        return True
    remember(found, builder.checks)
    path = f"{found.path}[{key!r}]" if subscript else f"{found.path}.{key}"
    slot = _slot(builder, Found(ABSENT, holder, cast("str | int", key), path, found.module, ()), scope)
    kind = PartKind.GLOBAL if subscript else PartKind.ATTRIBUTE
    edge = builder.place(slot._replace(kind=kind), effect=only, bound=only)
    if not only:
        builder.drafts[number].edges.append(edge)
    return True


def _add_module_classes(builder: Builder, number: int) -> None:
    """Add the classes that the project gave to modules which were passed on the way to a name."""
    while builder.checks.module_classes:
        cls, _ = builder.checks.module_classes.popitem()
        if builder.sort(cls) is Sort.CLASS:
            builder.drafts[number].edges.append(builder.reach(cls))


def _is_special(builder: Builder, number: int, found: Found, use: Use, scope: Scope) -> bool:
    """Return whether a use is one of what belongs to the process or of what a function of a module gives; add it."""
    if found.value is os.environ or found.value is os.getenv or found.value is os.environb:
        builder.drafts[number].edges.append(BUILTIN)
        _environment(builder, number, found, use, scope)
        return True
    slots = process_slots(found, use)
    if slots is not None:
        builder.drafts[number].edges.extend([BUILTIN, *(builder.place(slot) for slot in slots)])
        if found.holder is not vars(sys):
            remember(found, builder.checks)  # another list may come to bear that name
        return True
    giver = _given_by_module(found)
    if giver is not None:
        _add_giver(builder, number, found, giver)
    return giver is not None


def _given_by_module(found: Found) -> object:
    """Return the function by which a project module gives a name that it does not have (PEP 562); else None."""
    value = found.value
    if not found.rest or found.rest[0][0] or not is_module(value) or not is_project_globals(value.__dict__):
        return None
    return value.__dict__.get("__getattr__")


def _add_giver(builder: Builder, number: int, found: Found, giver: object) -> None:
    """Add the function that gives a name of a module."""
    remember(found, builder.checks)
    module, name = found.value, str(found.rest[0][1])
    space: dict[str, object] = module.__dict__
    builder.checks.absent(space, name)
    builder.checks.bound(space, "__getattr__", giver)
    path = f"{module.__name__}.__getattr__"  # type: ignore[attr-defined]  # it is a module
    builder.value(number, Slot(PartKind.GLOBAL, path, space, "__getattr__", path), giver)
    what = f"is given by `{path}`: its code counts, not the value"
    builder.note(NoteKind.BLIND_SPOT, builder.person(found.module, name), what)


def _place(builder: Builder, found: Found, use: Use, scope: Scope) -> int:
    """Return the edge to the place of a value, having noted what becomes of it."""
    harmless_modes = {mode for mode in use.modes if is_harmless(builder, found, mode, scope)}
    slot = _slot(builder, found, scope)
    if found.rest and harmless_modes and own_attribute(found.value, found.rest) is not None:
        harmless_modes = _of_object(builder, found, slot, harmless_modes)
    edge = builder.place(
        slot,
        effect=len(harmless_modes) == len(use.modes),
        shown=all(mode.what == "sink" for mode in use.modes),
        attribute=attribute_read(found.rest, use.modes),
        bound=use.modes == _ONLY_BOUND and not found.rest,
    )
    owner = unbound(found)
    if isinstance(owner.value, dict):
        reads = builder.order[FIRST_PLACE - edge].reads
        reads.update(*(dict_reads(owner.rest, mode, harmless=mode in harmless_modes) for mode in use.modes))
    return edge


def _of_object(builder: Builder, found: Found, slot: Slot, modes: set[RefMode]) -> set[RefMode]:
    """Return which of these uses of an attribute of an object are effects: what is only set there is for others."""
    if WRITE not in modes and BIND in modes:
        return modes - {BIND}
    name = str(found.rest[0][1])
    builder.checks.kind(lambda: static(slot.fetch(), "__dict__")[name], type(own_attribute(found.value, found.rest)))  # type: ignore[index]
    return modes


def _add_subclasses(builder: Builder, number: int, cls: object) -> None:
    """Add the classes that are derived from a class by now, directly or not."""
    if not is_class(cls):
        builder.note(NoteKind.BLIND_SPOT, builder.drafts[number].label, f"what `{_SUBCLASSES}` reaches is not followed")
        return
    waiting: list[type] = [cls]
    for base in waiting:
        below: list[type] = type.__subclasses__(base)
        builder.checks.subclasses(base, below)
        builder.drafts[number].edges.extend([builder.reach(one) for one in below])
        waiting += [one for one in below if one not in waiting]


def _found(builder: Builder, number: int, found: Found, use: Use) -> int:
    """Return the edge to what a name means; `PLACE` where it is a value or nothing."""
    if found.value is ABSENT:
        not_loaded = found.label and (found.holder is sys.modules or located(found.label))
        return _not_loaded(builder, number, found, use) if not_loaded else PLACE
    edge = _edge(builder, found, use)
    if edge == BUILTIN and not found.builtin:
        builder.tell_builtin(number, found.value)
    if edge != PLACE:
        remember(found, builder.checks)
    return edge


def _in_library(found: Found) -> bool:
    """Return whether it is a library that has what was found among its names."""
    return bool(found.label) and isinstance(found.holder, dict) and not is_project_globals(found.holder)


def _edge(builder: Builder, found: Found, use: Use) -> int:
    value = found.value
    if found.builtin and not found.rest and (kind_of(value) is Sort.LEAF or is_print(found.path, value)):
        return BUILTIN
    sort = builder.sort(value)
    if is_module(value) and sort in (Sort.MODULE, Sort.LEAF) and not found.rest and use.modes == _ONLY_DROPPED:
        return NOTHING  # imported and nothing else, or only a step on the way
    if _in_library(found) and sort not in (Sort.FUNCTION, Sort.CLASS, Sort.REACH):
        # What a library holds counts by the name it has there, be it code or data.
        known = itertools.takewhile(lambda step: step not in (ANY_ITEM, ASKED), found.rest)
        steps = "".join(f"[{key!r}]" if item else f".{key}" for item, key in known)
        number = builder.named_leaf(found.label + steps)
        if is_class(value):
            builder.library_classes.setdefault(number, value)
        return number
    if is_module(value) and sort is Sort.LEAF:
        steps = "".join(f".{key}" for _, key in found.rest)
        return builder.leaf(value, value.__name__ + steps)
    return builder.reach(value)


def _slot(builder: Builder, found: Found, scope: Scope) -> Slot:
    kind = PartKind.GLOBAL
    if isinstance(found.holder, CellType):
        kind = PartKind.CELL
    elif isinstance(found.holder, type) or ("." in found.path and found.holder is not scope.names):
        kind = PartKind.ATTRIBUTE
    path = builder.person(found.module, found.path)
    return Slot(kind, path, found.holder, found.name, f"{found.module}.{found.path}")


def is_harmless(builder: Builder, found: Found, mode: RefMode, scope: Scope) -> bool:
    """Return whether what becomes of a value tells the computation nothing about it."""
    sinks = True
    for callee in mode.to:
        if callee.kind == "A":
            return False
        got = follow(callee, scope, builder.checks)
        name = str(callee.chain[-1][1]) if callee.chain else callee.name
        owned = unbound(got)
        if owned.rest:
            name = str(owned.rest[-1][1])
        owner = owned.value if owned.rest else None
        if got.builtin and is_print(got.path, got.value):
            remember(got, builder.checks)
        elif len(owned.rest) > 1 or not harmless(owned.value, owner, name):
            sinks = False
        else:
            remember(got, builder.checks)
    whole = unbound(found)
    return effect_like(whole.value, whole.rest, mode, sinks=sinks)


def _not_loaded(builder: Builder, number: int, found: Found, use: Use) -> int:
    """Return the edge to a module that a function imports when it runs and that is not loaded yet."""
    steps = [str(key) for _, key in found.rest]
    name = found.label
    # What is imported from a package may be a module itself.
    while steps and located(f"{name}.{steps[0]}"):
        name = f"{name}.{steps.pop(0)}"
    digest = static_digest(name)
    if digest is None:
        if not steps and use.modes == _ONLY_DROPPED:
            return NOTHING
        return builder.named_leaf(".".join((found.label, *steps)))
    builder.checks.rest(lambda: unchanged(name))
    what = f"`{name}` is imported only when this runs: until then its whole file counts"
    builder.note(NoteKind.BLIND_SPOT, builder.drafts[number].label, what)
    leaf = builder.named_leaf(name, digest)
    builder.keepers.append((leaf, name, name, frozenset((name,))))
    return leaf


def _meant(builder: Builder, ref: Ref, scope: Scope) -> object:
    remember(found := follow(ref, scope, builder.checks), builder.checks)
    return found.value


def _environment(builder: Builder, number: int, found: Found, use: Use, scope: Scope) -> None:
    """Add the environment variables that are named; a run is seen to read others."""
    for name in variables(found, use, lambda ref: _meant(builder, ref, scope)):
        path = f"os.environ[{name!r}]"
        slot = Slot(PartKind.ENVIRONMENT, path, os.environ, name, path)
        builder.drafts[number].edges.append(builder.place(slot))
