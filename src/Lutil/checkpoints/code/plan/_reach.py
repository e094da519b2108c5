"""Plans of functions, classes and blocks, remembered for as long as they hold."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from types import CellType, CodeType, FunctionType, MappingProxyType

from ...model._identity import identity
from ...model._key import PartKind
from ...model.process._interrupts import let_pass
from ...model.process._records import NamedTuple
from ..facts._code_facts import facts
from ..kinds._sorts import static, static_module
from ..text._read_texts import add_annotated
from ._attributes import settle
from ._build import Builder, NodeOrigin
from ._checks import FunctionStates
from ._expand import expand
from ._named import add_uses
from ._patches import add_patches
from ._plan import Plan, Slot
from ._resolve import ABSENT, Scope

__all__ = ["reach", "reach_block"]

_LIMIT = 1024
_CLOSURES = 64
"""How many plans of closures are remembered: such a plan keeps what the closure holds alive."""


class _Known(NamedTuple):
    """A plan, what it is of, and the state that a function had then.

    A plan does not hold its own root, so that functions made by the thousand go when they are done with.
    """

    held: object
    plan: Plan
    state: FunctionStates | None


_Ref = weakref.ref
_plans: dict[int, _Known] = {}
_closures: dict[int, _Known] = {}


def reach(root: object) -> Plan:
    """Return the plan of a function, class, module or other callable, made anew if anything it looked up is another.

    A method counts with what it is bound to, a `functools.partial` with its arguments, a wrapper with what it
    wraps, a callable object with its class and as a value. Never raises because of what is reached.
    """
    known = _plans.get(identity(root)) or _closures.get(identity(root))
    if known is not None:
        held, plan, state = known
        if (
            (held() if type(held) is _Ref else held) is root
            and (state is None or state.hold((root,)))  # type: ignore[arg-type]  # only functions have a state
            and plan.valid()
        ):
            return plan
    plan = _make(root)
    closure = type(root) is FunctionType and root.__closure__ is not None
    _keep(_closures if closure else _plans, _CLOSURES if closure else _LIMIT, root, plan)
    return plan


def _keep(plans: dict[int, _Known], limit: int, root: object, plan: Plan) -> None:
    key = identity(root)
    try:
        held: object = weakref.ref(root, partial(plans.pop, key))
    except TypeError:
        held = root
    plans.pop(key, None)
    if len(plans) >= limit:
        with suppress(RuntimeError):  # another thread adds to it at this moment: then the next one makes room
            plans.pop(next(iter(plans), 0), None)
    state = FunctionStates((root,)) if type(root) is FunctionType else None
    plans[key] = _Known(held, plan, state)


def _make(root: object) -> Plan:
    builder = Builder()
    builder.home = _home(root)
    builder.root = root
    number = builder.reach(root)
    if number < 0:
        number = builder.draft(type(root).__qualname__, root)
        builder.drafts[number].text.append(b"object")
        slot = Slot(PartKind.CELL, type(root).__qualname__, CellType(root), "self", type(root).__qualname__)
        builder.value(number, slot, root)
        builder.drafts[number].edges.append(builder.reach(type(root)))
    _expand_all(builder)
    return builder.plan()


def _expand_all(builder: Builder) -> None:
    more = True
    while more:
        for number, sort, value in builder.waiting():
            try:
                expand(builder, number, sort, value)
            except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
                let_pass(error)
                builder.unreadable(number)
        more = add_patches(builder) or add_annotated(builder)
    settle(builder)


def _home(root: object) -> str:
    name = static_module(root) if issubclass(type(root), type) else static(root, "__module__")
    return name if type(name) is str else ""


class _BlockCode(NamedTuple):
    """A block's plan, with what it found under the names of the block's own scope."""

    plan: Plan
    names: object
    bound: dict[object, object]
    absent: frozenset[str]
    space: dict[str, object]

    def holds(self, names: Mapping[str, object], space: dict[str, object]) -> bool:
        """Return whether all names of the scope mean what they meant."""
        if space is not self.space:
            return False
        for name, value in self.bound.items():  # no generators: this is part of each hit of a block
            if names.get(name, ABSENT) is not value:  # type: ignore[call-overload]
                return False
        for name in self.absent:  # as above
            if name in names:
                return False
        return self.plan.valid()

    def bind(self, names: Mapping[str, object]) -> Plan:
        """Return the plan with its places in these names."""
        plan = self.plan
        if names is self.names or self.names is self.space:
            return plan
        slots, effects = self._placed(plan.slots, names), self._placed(plan.effects, names)
        bound = Plan(plan.nodes, slots, effects, plan.libraries, plan.notes, plan.valid, plan.digest)
        bound.attributes, bound.codes, bound.keepers, bound.docs = plan.attributes, plan.codes, plan.keepers, plan.docs
        bound.bound = self._placed(plan.bound, names)
        return bound

    def _placed(self, slots: tuple[Slot, ...], names: Mapping[str, object]) -> tuple[Slot, ...]:
        own = self.names
        return tuple([Slot(one[0], one[1], names, *one[3:]) if one[2] is own else one for one in slots])


_blocks: dict[tuple[int, frozenset[int]], tuple[weakref.ref[CodeType], _BlockCode]] = {}


def reach_block(
    code: CodeType,
    offsets: frozenset[int],
    namespace: Mapping[str, object],
    globals_: dict[str, object],
    label: str,
) -> Plan:
    """Return the plan of the part of a code object that these offsets make up.

    Args:
        code: the code object that the block stands in.
        offsets: of the block's instructions.
        namespace: the names of the scope that it stands in: locals and cells.
        globals_: the globals of that scope.
        label: what the block is called in parts and notes.
    """
    key = (identity(code), offsets)
    known = _blocks.get(key)
    if known is not None and known[0]() is code and known[1].holds(namespace, globals_):
        return known[1].bind(namespace)
    block = _make_block(code, offsets, namespace, globals_, label)
    if len(_blocks) >= _LIMIT:
        with suppress(RuntimeError):  # as above
            _blocks.pop(next(iter(_blocks)), None)
    _blocks[key] = weakref.ref(code, partial(_blocks.pop, key)), block
    return block.plan


def _make_block(
    code: CodeType,
    offsets: frozenset[int],
    namespace: Mapping[str, object],
    globals_: dict[str, object],
    label: str,
) -> _BlockCode:
    own = namespace is not globals_
    builder = Builder(namespace if own else None)
    builder.home = str(globals_.get("__name__", ""))
    number = builder.draft(label, None)
    known = facts(code, offsets)
    builder.drafts[number].text.extend([b"block", known.digest])
    names = namespace if own else MappingProxyType({})
    scope = Scope(globals_, MappingProxyType({}), names, own, block=True)
    builder.codes.append(NodeOrigin(code, scope, offsets))
    add_uses(builder, number, known, scope)
    _expand_all(builder)
    checks = builder.checks
    return _BlockCode(builder.plan(), namespace, checks.own, frozenset(checks.own_absent), globals_)
