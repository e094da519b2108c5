"""What keeps the results of reached code beyond a run: `functools.lru_cache`, `cached_property`, modules.

Who reads a file under one of them reads it once in a process. What they keep is looked at, never changed; how a cache
of `functools` holds its results is known from CPython, and where that is otherwise, all that it refers to counts.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from types import CodeType, FunctionType, MappingProxyType
from typing import Any

from ...bytecode._instructions import HAS_METHOD_FLAG, decode, name_of
from ...model._identity import identity, place_of
from ...project._libraries import is_project_name
from ..plan._drafts import NodeDraft
from ..plan._plan import Keeper, Slot

__all__ = ["codes_of", "keepers", "may_read", "results"]

_PURE_MODULES = frozenset(
    """
    abc base64 binascii bisect builtins calendar cmath collections contextlib copy dataclasses datetime decimal enum
    fractions functools hashlib heapq itertools json logging math numbers operator re statistics string struct
    textwrap tomllib types typing typing_extensions unicodedata warnings zlib
    """.split()  # noqa: SIM905  # names read best as words in lines
)
"""Modules that read nothing by themselves."""
_READING = frozenset(("open", "input", "exec", "eval", "compile", "__import__", "breakpoint", "globals", "vars"))
_KNOWN = frozenset(
    name
    for owner in (str, bytes, bytearray, int, float, complex, list, tuple, dict, set, frozenset, range, slice)
    for name in dir(owner)
)


def codes_of(function: object) -> frozenset[int | str]:
    """Return the code that a cache or property calls."""
    code = getattr(function, "__code__", None)
    return frozenset((identity(code), place_of(code))) if isinstance(code, CodeType) else frozenset()


def results(cache: Any) -> list[object]:
    """Return what a cache of `functools` keeps, with the arguments that it is kept under."""
    held = [item for item in gc.get_referents(cache) if item is not type(cache)]
    size, bounded = cache.cache_info().currsize, cache.cache_parameters()["maxsize"] is not None
    # One with a limit holds its links first: argument, result and type of each. Then comes the table; a result may be
    # a dict as well.
    place = 3 * size if bounded else 0
    table = held[place] if place < len(held) else None
    if type(table) is not dict or len(table) != size or table is cache.__dict__:
        return held
    return list(zip(held[:place:3], held[1:place:3], strict=True)) if bounded else list(table.items())


def may_read(value: object) -> bool:
    """Return whether an object may read something when it is asked for an item, or by a method of a builtin's name.

    What a project's class does not define has not been called: the code that keeps what it gave would not be pure.
    """
    waiting, met = [value], {identity(value)}
    for one in waiting:
        cls = type(one)
        inner: tuple[object, ...] = ()
        if cls.__module__ not in _PURE_MODULES and cls.__module__.partition(".")[0] != "numpy":
            if not is_project_name(cls.__module__) or not _ASKED.isdisjoint(dir(cls)):
                return True
            inner = tuple(getattr(one, "__dict__", {}).values())
        elif isinstance(one, dict):
            inner = (*one.keys(), *one.values())
        elif isinstance(one, (list, tuple, set, frozenset)):
            inner = tuple(one)
        new = [item for item in inner if type(item) not in _ATOMS and identity(item) not in met]
        met.update(map(identity, new))
        waiting += new
    return False


_ASKED = _KNOWN - frozenset(dir(object))
_ATOMS = frozenset((str, bytes, int, float, complex, bool, type(None)))


def keepers(
    found: Iterable[tuple[int, str, Any, frozenset[int | str]]], drafts: Sequence[NodeDraft], slots: Mapping[int, Slot]
) -> tuple[Keeper, ...]:
    """Return what was found while a plan was made: the node, the label, the target and the code of each.

    `slots` has the places of values by the edges that lead to them.
    """
    made = []
    for number, label, target, codes in found:
        below = _below(number, drafts)
        edges = {edge for one in below for edge in drafts[one].edges}
        used = tuple(slot for edge, slot in slots.items() if edge in edges)
        made.append(Keeper(label, target, codes, _is_pure([drafts[one] for one in below]), used))
    return tuple(made)


def _below(number: int, drafts: Sequence[NodeDraft]) -> list[int]:
    """Return a node and all below it."""
    waiting, met = [number], {number}
    for one in waiting:
        new = [edge for edge in dict.fromkeys(drafts[one].edges) if edge >= 0 and edge not in met]
        met.update(new)
        waiting += new
    return waiting


def _is_pure(drafts: Iterable[NodeDraft]) -> bool:
    """Return whether all this code calls only what is known to read nothing."""
    for draft in drafts:
        leaf = draft.text[0].startswith(b"leaf ") if draft.text else False
        if leaf and draft.label.partition(".")[0] not in _PURE_MODULES:
            return False
        if draft.code is not None and not _names(draft.code) <= _KNOWN | _own_names(draft.target):
            return False
    return True


def _own_names(function: object) -> frozenset[str]:
    """Return the names that a function finds without asking an object: those that its plan has followed."""
    space: Mapping[str, object] = function.__globals__ if isinstance(function, FunctionType) else MappingProxyType({})
    builtin = space.get("__builtins__", {})
    names = builtin if isinstance(builtin, dict) else vars(builtin)
    pure = {name for name, value in space.items() if getattr(value, "__name__", "") in _PURE_MODULES}
    members = {name for module in pure for name in dir(space[module])}
    # A script has all that is built in as a module among its names.
    return frozenset((names.keys() | space.keys() | members) - _READING)


def _names(code: CodeType) -> set[str]:
    """Return the names that code uses, but for attributes that it takes off its first argument and does not call.

    They hold values, which count; where they are properties of the project, their code is followed.
    """
    found, before = set(), ("", 0)
    for _, name, arg, _ in decode(code):
        if used := name_of(code, name, arg):
            own = before == ("LOAD_FAST", 0) and name == "LOAD_ATTR" and code.co_argcount
            if not own or (HAS_METHOD_FLAG and arg & 1):
                found.add(used)
        before = name, arg
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            found |= _names(inner)
    return found
