"""Project code that was put on classes of libraries: patched methods, and methods and accessors of frames.

What stands on a class that code names is reached with it. Frames are mostly met as values, whose classes count by
their name: of what the project put on those, that is reached of which some code has the name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from types import FunctionType
from typing import Final

from ...bytecode._nested import all_names
from ...model.process._records import NamedTuple
from ...project._libraries import is_project_globals, is_project_name
from ..kinds._class_facts import add_registered
from ..kinds._sorts import is_class, static, static_module
from ._build import Builder
from ._plan import Plan

__all__ = ["PATCHABLE", "add_patches", "met_patches"]

_HOSTS: Final = {
    "pandas": ("DataFrame", "Series", "Index"),
    "polars": ("DataFrame", "LazyFrame", "Series", "Expr"),
    "torch": ("Tensor",),
    "xarray": ("DataArray", "Dataset"),
}
PATCHABLE: Final[frozenset[str]] = frozenset(_HOSTS)
"""Libraries on whose classes projects put methods and accessors."""


class _Patches(NamedTuple):
    """What the project put on the frames of a library.

    Attributes:
        sizes: of the classes' dicts.
        held: where each was found: the class, the name, and what the class has under it.
        code: functions and classes of the project by name.
    """

    sizes: list[int]
    held: list[tuple[type, str, object]]
    code: dict[str, list[object]]


_known: dict[str, _Patches] = {}


def add_patches(builder: Builder) -> bool:
    """Add the project code that stands on classes of libraries; tell whether any was new."""
    before = len(builder.drafts)
    while builder.library_classes:
        number, cls = builder.library_classes.popitem()
        if number not in builder.patched:
            builder.patched.add(number)
            _add_patches_of(builder, number, cls)
    _add_patches_of_frames(builder)
    return len(builder.drafts) > before


def _add_patches_of(builder: Builder, number: int, cls: type) -> None:
    """Add to the node of a library's class the project code that was put on it or its bases, or registered with it."""
    for base in cls.__mro__:
        for name, value in _project_code(base):
            builder.checks.bound(base.__dict__, name, base.__dict__[name])
            builder.drafts[number].edges.append(builder.reach(value))
    add_registered(builder, number, cls)


def _add_patches_of_frames(builder: Builder) -> None:
    """Add the project code on frames of libraries that are used, of which some code has the name."""
    names: frozenset[str] = frozenset()
    for top in sorted(PATCHABLE & builder.libraries.keys()):
        patches = _patches(top)
        if top not in builder.patched:
            builder.patched.add(top)
            builder.checks.rest(lambda top=top, patches=patches: _patches(top) is patches)  # type: ignore[misc]
        if patches.code:
            names = names or frozenset().union(*(all_names(one.code, one.offsets) for one in builder.codes))
            for name in sorted(names & patches.code.keys()):
                for value in patches.code[name]:
                    builder.reach(value)


def met_patches(plans: Sequence[Plan], tops: Iterable[str]) -> list[object]:
    """Return the project code on frames of these libraries of which the code of some plan has the name."""
    found: list[object] = []
    for top in sorted(PATCHABLE.intersection(tops)):
        if code := _patches(top).code:
            names = frozenset().union(*(all_names(*one) for plan in plans for one in plan.codes.values()))
            found += [value for name in sorted(names & code.keys()) for value in code[name]]
    return found


def _patches(top: str) -> _Patches:
    """Return what the project put on the frames of a library; the same object as long as it stands.

    A patch of what a class has already is seen when it is there at first, or another name is new.
    """
    module = sys.modules.get(top)
    hosts = [found for name in _HOSTS[top] if is_class(found := static(module, name))]
    sizes = [len(host.__dict__) for host in hosts]
    known = _known.get(top)
    if known is None or known.sizes != sizes or any(host.__dict__.get(name) is not v for host, name, v in known.held):
        known = _known[top] = _Patches(sizes, [], {})
        for host in hosts:
            for name, value in _project_code(host):
                known.held.append((host, name, host.__dict__[name]))
                known.code.setdefault(name, []).append(value)
    return known


def _project_code(cls: type) -> list[tuple[str, object]]:
    """Return the functions and classes of the project among the attributes of a library's class."""
    found = []
    for name, value in cls.__dict__.items():
        inner = getattr(value, "__func__", None) or getattr(value, "fget", None) if type(value) in _WRAPPERS else value
        if _is_project(inner):
            found.append((name, inner))
        elif type(inner).__name__ in _ACCESSORS:
            found += [(name, part) for part in vars(inner).values() if _is_project(part)]
    return found


_WRAPPERS = frozenset({staticmethod, classmethod, property})
_ACCESSORS = frozenset({"Accessor", "CachedAccessor", "NameSpace", "_CachedAccessor"})


def _is_project(value: object) -> bool:
    if type(value) is FunctionType:
        # What a library made of text at run time has globals without a name.
        space = value.__globals__
        return type(space.get("__name__")) is str and is_project_globals(space) and is_project_name(value.__module__)
    return is_class(value) and is_project_name(static_module(value))
