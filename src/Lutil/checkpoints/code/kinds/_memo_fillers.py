"""Which of the reached code fills a place that keeps something, and whether what it puts there is a setting.

Who looks whether something is there before he puts it there, or is called by somebody who does, keeps what he has
worked out; so does who takes no arguments. Who else binds a name, or a fixed key, to what he was given sets something
that others are to find.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType

from ...bytecode._instructions import Instruction, decode, local_names, name_of, owning
from ...bytecode._nested import all_code
from ...model._identity import identity
from ...model._key import PartKind
from ...model.process._records import NamedTuple
from ..plan._plan import Plan, PlanNode, Slot

__all__ = ["bound_below", "bound_by", "fillers"]

_BINDS = {"STORE_GLOBAL": "name", "STORE_NAME": "name", "STORE_ATTR": "attribute", "STORE_DEREF": "cell"}
_LOADS = {
    "LOAD_GLOBAL": "name",
    "LOAD_NAME": "name",
    "LOAD_ATTR": "attribute",
    "LOAD_DEREF": "cell",
    "LOAD_CLASSDEREF": "cell",
    "LOAD_FROM_DICT_OR_DEREF": "cell",
}
_TESTS = frozenset({"TO_BOOL", "UNARY_NOT", "JUMP_IF_TRUE_OR_POP", "JUMP_IF_FALSE_OR_POP", "COPY"})
"""What follows at once on a value that is tested, beside jumps and a comparison with a constant."""
_METHODS = frozenset({"setdefault", "update", "__setitem__", "__ior__"})
_LOOKS = frozenset({"get", "setdefault", "__contains__", "KeyError", "LookupError"})
_VARIADIC = 0x04 | 0x08  # `*args`, `**kwargs`
_ITEM, _FIXED = ("item", ""), ("fixed key", "")

_What = tuple[str, str]
"""A kind of name, and the name; or something that is done to items."""


class _Done(NamedTuple):
    """What code binds beyond itself, and what it looks whether it is there."""

    binds: frozenset[_What]
    looks: frozenset[_What]

    @classmethod
    def of(cls, steps: Iterable[tuple[bool, _What]]) -> _Done:
        """Sort what is done."""
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
        done = _done(plan)
        lookers = [number for number, one in enumerate(done) if not wanted.isdisjoint(one.looks)]
        for number, node in enumerate(plan.nodes):
            bound = wanted & done[number].binds
            if not bound or (bound == {_ITEM} and not _names_it(plan, node, slot)):
                continue
            given = node.code is not None and _takes_arguments(node.code)
            if given and (bound != {_ITEM} or _FIXED in done[number].binds) and not _is_asked(plan, number, lookers):
                return None
            found.add(node.local)
    return frozenset(found)


def bound_by(code: CodeType, offsets: frozenset[int] | None) -> frozenset[_What]:
    """Return what code, or the block of it at these offsets, binds beyond itself: a kind of name, and it; or items."""
    return frozenset(what for binds, what in _steps(code, offsets) if binds)


def bound_below(plans: Iterable[Plan]) -> frozenset[str]:
    """Return the names that reached code binds beyond itself, whatever they belong to, but for what the root binds."""
    below = [done for plan in plans for done in _done(plan)][1:]
    return frozenset(name for done in below for _, name in done.binds)


def _is_asked(plan: Plan, number: int, lookers: Iterable[int]) -> bool:
    """Return whether a node looks itself, is called by one that does, or is a method beside it."""
    node = plan.nodes[number]
    owner = node.name.rpartition(".")[0]
    return any(
        looker == number
        or number in plan.nodes[looker].edges
        or (owner and plan.nodes[looker].name.rpartition(".")[0] == owner)
        for looker in lookers
    )


def _names(plans: Iterable[Plan], slot: Slot) -> set[_What]:
    """Return how the name of a place may be bound; as an attribute of a module only where nobody binds it plainly."""
    name = str(slot.name)
    if slot.kind is PartKind.CELL:
        return {("cell", name)}
    plain = {("name", name)} if slot.kind is PartKind.GLOBAL else set()
    if any(not plain.isdisjoint(done.binds) for plan in plans for done in _done(plan)):
        return plain
    return {("attribute", name), _ITEM} if isinstance(slot.name, str) else {_ITEM}


def _names_it(plan: Plan, node: PlanNode, slot: Slot) -> bool:
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
        instructions, fast = decode(one), local_names(one)
        inside = None if offsets is None else owning(instructions, offsets)
        for number, (offset, name, arg, _) in enumerate(instructions):
            if inside is not None and offset not in inside:
                continue
            used = fast[arg] if name.endswith("DEREF") else name_of(one, name, arg)
            if name in _BINDS:
                yield True, (_BINDS[name], used)
            elif name in _LOADS and _is_tested(one, instructions, number + 1):
                yield False, (_LOADS[name], used)
            if name == "STORE_SUBSCR" or used in _METHODS:
                yield True, _ITEM
            if name == "STORE_SUBSCR" and instructions[number - 1][1] in ("LOAD_CONST", "LOAD_SMALL_INT"):
                yield True, _FIXED
            if name == "CONTAINS_OP" or used in _LOOKS:
                yield False, _ITEM


def _is_tested(code: CodeType, instructions: Sequence[Instruction], number: int) -> bool:
    """Return whether what was just loaded is tested: for None, or whether it is something at all."""
    following = [one for one in instructions[number : number + 4] if one[1] != "NOP"]
    if not following:
        return False
    _, name, arg, _ = following[0]
    if name.startswith("POP_JUMP") or name in _TESTS:
        return True
    return name == "LOAD_CONST" and code.co_consts[arg] is None and len(following) > 1 and following[1][1] == "IS_OP"
