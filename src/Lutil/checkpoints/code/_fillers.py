"""Which of the reached code fills a place that keeps something, and whether what it puts there is a setting.

Who looks whether something is there before he puts it there keeps what he has worked out; so does who takes no
arguments. Who binds a name, or a fixed key, to what he was given sets something that others are to find.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import NamedTuple

from .._identity import identity
from .._key import PartKind
from ._instructions import decode, local_names, name_of, owning
from ._nested import all_code
from ._plan import Node, Plan, Slot
from ._words import SUBSCRIPT

__all__ = ["fillers"]

_BINDS = {"STORE_GLOBAL": "name", "STORE_NAME": "name", "STORE_ATTR": "attribute", "STORE_DEREF": "cell"}
_LOADS = {"LOAD_GLOBAL": "name", "LOAD_NAME": "name", "LOAD_ATTR": "attribute", "LOAD_DEREF": "cell"}
_METHODS = frozenset({"setdefault", "update", "__setitem__", "__ior__"})
_LOOKS = frozenset({"get", "setdefault", "__getitem__", "__contains__"})
_VARIADIC = 0x04 | 0x08  # `*args`, `**kwargs`
_ITEM, _FIXED, _LOOK = ("item", ""), ("fixed key", ""), ("look", "")

_What = tuple[str, str]
"""A kind of name, and the name; or something that is done to items."""


class _Done(NamedTuple):
    """What code binds beyond itself, and what it looks at."""

    binds: frozenset[_What]
    loads: frozenset[_What]

    @classmethod
    def of(cls, steps: Iterable[tuple[bool, _What]]) -> _Done:
        """Sort what is done into binding and looking."""
        done = [*steps]
        return cls(
            frozenset(what for binds, what in done if binds), frozenset(what for binds, what in done if not binds)
        )


def fillers(plans: Iterable[Plan], slot: Slot, value: object) -> frozenset[bytes] | None:
    """Return the local digests of the nodes that are seen to fill a place; None where what they put there is a setting.

    Args:
        plans: of the reached code.
        slot: the place.
        value: that it had before: a dict or None; of other objects nothing is known.
    """
    plans = list(plans)
    if value is None:
        wanted = _names(plans, slot)
    elif type(value) is dict:
        wanted = {_ITEM}
    else:
        return frozenset()
    found = set()
    for plan in plans:
        for node, done in zip(plan.nodes, _done(plan), strict=True):
            bound = wanted & done.binds
            if not bound or (bound == {_ITEM} and not _names_it(plan, node, slot)):
                continue
            if _sets(node, done, bound):
                return None
            found.add(node.local)
    return frozenset(found)


def _sets(node: Node, done: _Done, bound: set[_What]) -> bool:
    """Return whether code binds something to what it is given, without looking at what is there."""
    if node.code is None or not _takes_arguments(node.code):
        return False
    if bound == {_ITEM}:
        return _FIXED in done.binds and _LOOK not in done.loads
    return bound.isdisjoint(done.loads)


def _names(plans: Iterable[Plan], slot: Slot) -> set[_What]:
    """Return how the name of a place may be bound; as an attribute of a module only where nobody binds it plainly."""
    name = str(slot.name)
    if slot.kind is PartKind.CELL:
        return {("cell", name)}
    plain = {("name", name)} if slot.kind is PartKind.GLOBAL else set()
    if any(not plain.isdisjoint(done.binds) for plan in plans for done in _done(plan)):
        return plain
    return {("attribute", name), _ITEM} if isinstance(slot.name, str) else {_ITEM}


def _names_it(plan: Plan, node: Node, slot: Slot) -> bool:
    return any(plan.slots[number].path == slot.path for number in node.slots)


def _takes_arguments(code: CodeType) -> bool:
    return bool(code.co_argcount + code.co_kwonlyargcount or code.co_flags & _VARIADIC)


def _done(plan: Plan) -> list[_Done]:
    """Return what the code of each node does."""
    found = _known.get(plan)
    if found is None:
        codes = [plan.codes.get(identity(node.code), (node.code, None)) for node in plan.nodes]
        found = _known[plan] = [_Done.of([] if code is None else _steps(code, inside)) for code, inside in codes]
    return found


_known: weakref.WeakKeyDictionary[Plan, list[_Done]] = weakref.WeakKeyDictionary()


def _steps(code: CodeType, offsets: frozenset[int] | None) -> Iterator[tuple[bool, _What]]:
    for one in all_code(code, offsets):
        instructions, fast, before = decode(one), local_names(one), ""
        inside = None if offsets is None else owning(instructions, offsets)
        for offset, name, arg, _ in instructions:
            if inside is not None and offset not in inside:
                continue
            used = fast[arg] if name.endswith("_DEREF") else name_of(one, name, arg)
            if name in _BINDS:
                yield True, (_BINDS[name], used)
            elif name in _LOADS:
                yield False, (_LOADS[name], used)
            if name == "STORE_SUBSCR" or used in _METHODS:
                yield True, _ITEM
            if name == "STORE_SUBSCR" and before in ("LOAD_CONST", "LOAD_SMALL_INT"):
                yield True, _FIXED
            if name in ("BINARY_SUBSCR", "CONTAINS_OP") or (name, arg) == ("BINARY_OP", SUBSCRIPT) or used in _LOOKS:
                yield False, _LOOK
            before = name
