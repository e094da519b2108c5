"""Attributes of classes that reached code only writes to: counters and logs, which are effects like those of globals.

What is only shown is no effect where the code may look at what is shown: where it prints into a file of its own.

An attribute is known by its name alone, on whatever object code uses it. So it is an effect only where all code that
is reached, wherever it stands, does nothing with an attribute of that name but change or show it. To begin with the
class's and set the instance's own (`self.n += 1`) is to read it; `type(self).n += 1` and `cls.n += 1` are not.
"""

from __future__ import annotations

import opcode
from abc import ABCMeta
from collections.abc import Iterable, Sequence
from types import CodeType

from ...bytecode._instructions import decode, name_of, owning
from ...bytecode._nested import all_code, all_names
from ...bytecode.stack._refs import BIND, VALUE, WRITE, Chain, RefMode
from ...model.process._late import loading
from ...project._libraries import is_project_name
from ..facts._kept_facts import known_facts, learn_facts
from ..kinds._sorts import static_module
from ..kinds._uses_tell import are_made_more_of, dict_reads, is_writable
from ._build import Builder
from ._named import is_harmless
from ._plan import Plan, Slot
from ._resolve import Found

__all__ = ["can_be_effect", "grown_attributes", "read_attributes", "settle"]

_PLAIN = frozenset({"abc", "builtins", "typing"})
_READS_ANY = frozenset(
    {"__dict__", "__getattribute__", "attrgetter", "dir", "eval", "exec", "getattr", "getmembers", "vars"}
)
_WRITES = frozenset(opcode.opmap[name] for name in ("STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR"))
_MATCHES = opcode.opmap["MATCH_CLASS"]
_FILLS = frozenset({"append", "extend", "insert", "add", "update", "appendleft", "setdefault"})
_CHANGES = frozenset({"bind", "write", "drop"})
_CATCHING = frozenset(
    "StringIO addHandler capture_output catch_warnings emit redirect_stderr redirect_stdout showwarning stderr stdout "  # noqa: SIM905 - a list would take a line for each
    "FileHandler Handler MemoryHandler StreamHandler TextIOWrapper".split()
)


def can_be_effect(cls: type, name: str, value: object) -> bool:
    """Return whether a class attribute may be a counter or log: nothing is made of it, and no library reads it."""
    if name.startswith("__") or not is_writable(value) or type(cls) not in (type, ABCMeta):
        return False
    bases = cls.__mro__[:-1]
    if any("__dataclass_fields__" in base.__dict__ for base in bases):
        return False
    return all(is_project_name(module) or module in _PLAIN for module in map(static_module, bases[1:]))


def settle(builder: Builder) -> None:
    """Decide which attributes of the reached classes are effects, as far as the code of this plan goes."""
    names = {slot.name for slot, _ in builder.attributes}
    codes = builder.codes if names else []
    written = any(_may_write(one.code, one.offsets, names) for one in codes)
    followed = written and not any(_reads_any(one.code, one.offsets) for one in codes)
    uses = [(*use, one.scope) for one in codes for use in _uses(one.code, one.offsets)] if followed else []
    for slot, value in builder.attributes:
        own = [(chain, mode, scope) for name, chain, mode, scope in uses if name == slot.name]
        effect = any(mode.what in _CHANGES for _, mode, _ in own) and all(
            is_harmless(builder, Found(value, slot.holder, slot.name, slot.path, "", chain), mode, scope)
            for chain, mode, scope in own
        )
        builder.settle(slot, effect=effect, bound=all(mode == BIND and not chain for chain, mode, _ in own))
    shown = [place for place in builder.order if place.effect and place.shown]
    if shown and any(_may_look_at_what_is_shown(one.code, one.offsets) for one in builder.codes):
        for place in shown:
            place.used(effect=False, shown=False, attribute="")
    for space, name in builder.checks.unset:
        if not any(_sets(one.code, one.offsets, name) for one in builder.codes):
            builder.checks.absent(space, name)


def _may_look_at_what_is_shown(code: CodeType, offsets: frozenset[int] | None) -> bool:
    """Return whether code prints into a file of its own, or may catch what is printed, logged or warned of."""
    for one in all_code(code, offsets):
        if not _CATCHING.isdisjoint(one.co_names):
            return True
        if "print" in one.co_names and any(type(names) is tuple and "file" in names for names in one.co_consts):
            return True
    return False


def _sets(code: CodeType, offsets: frozenset[int] | None, name: str) -> bool:
    """Return whether code sets an attribute of this name itself: then whether it is there is no input."""
    for one in all_code(code, offsets):
        if "setattr" in one.co_names and name in one.co_consts:
            return True
        if name not in one.co_names:
            continue
        listed = decode(one)
        # What stands around a block is not the block's; what is nested in it is, as a whole.
        inside = owning(listed, offsets) if offsets is not None and one is code else None
        for offset, op, arg, _ in listed:
            if op == "STORE_ATTR" and name_of(one, op, arg) == name and (inside is None or offset in inside):
                return True
    return False


def read_attributes(plans: Sequence[Plan]) -> tuple[Slot, ...]:
    """Return the attributes that are effects as far as the code of one plan goes, and that code of others names.

    It follows from the plans alone, and is remembered with the first of them: a hit has no time to read bytecode.
    """
    together = tuple(plans)
    known = plans[0].attributes_among
    if known is None or known[0] != together:
        known = plans[0].attributes_among = together, _read_attributes(together)
    return known[1]


def _read_attributes(plans: tuple[Plan, ...]) -> tuple[Slot, ...]:
    found = []
    for plan in plans:
        for slot in plan.attributes:
            others = [one for other in plans for key, one in other.codes.items() if key not in plan.codes]
            if any(_reads_any(*one) or slot.name in all_names(*one) for one in others):
                found.append(slot)
    return tuple(found)


def grown_attributes(plans: Iterable[Plan]) -> frozenset[str]:
    """Return the names of attributes of whose items code that is reached makes more, and which it reads."""
    reads: dict[str, set[str]] = {}
    for plan in plans:
        for one in plan.codes.values():
            for name, chain, mode in _uses(*one):
                reads.setdefault(name, set()).update(dict_reads(chain, mode, harmless=False))
    return frozenset(name for name, found in reads.items() if are_made_more_of(found))


def _reads_any(code: CodeType, offsets: frozenset[int] | None) -> bool:
    """Return whether code may read attributes that it does not name: `vars(x)`, `case A(n=k)`, `"{0.n}".format(x)`."""
    for one in all_code(code, offsets):
        if not _READS_ANY.isdisjoint(one.co_names) or _MATCHES in one.co_code[::2]:
            return True
        texts = one.co_consts if "format" in one.co_names else ()
        if any(isinstance(text, str) and "{" in text and "." in text for text in texts):
            return True
    return False


def _may_write(code: CodeType, offsets: frozenset[int] | None, names: set[str | int]) -> bool:
    """Return whether code may change an attribute of one of these names."""
    for one in all_code(code, offsets):
        writes = not _FILLS.isdisjoint(one.co_names) or not _WRITES.isdisjoint(one.co_code[::2])
        if writes and not names.isdisjoint(one.co_names):
            return True
    return False


_Use = tuple[str, Chain, RefMode]
"""What code does with an attribute: its name, the steps from there, and what becomes of it."""


def _uses(code: CodeType, offsets: frozenset[int] | None) -> tuple[_Use, ...]:
    known: tuple[_Use, ...] | None = known_facts(code, offsets, "attributes")
    if known is None:
        known = tuple(_read_uses(code, offsets))
        learn_facts(code, known, offsets, "attributes")
    return known


def _read_uses(code: CodeType, offsets: frozenset[int] | None) -> Iterable[_Use]:
    with loading:
        from ...bytecode._prepared import prepared  # noqa: PLC0415  (few classes have such attributes)
        from ...bytecode.stack._uses import find_uses  # noqa: PLC0415

    listed = prepared(code, whole=offsets is None)
    inside = None if offsets is None else owning(listed.instructions, offsets)
    uses = find_uses(code, listed, inside=inside, attributes=True)
    for ref, modes in uses.modes.items():
        steps = ((False, ref.name), *ref.chain) if ref.kind == "A" else ref.chain
        # `self.n += 1` sets the instance's own; `self.calls[x] = 1` changes what the class has.
        own = ref.kind == "A" and not ref.chain and BIND in modes
        told = [VALUE if own and mode == WRITE else mode for mode in modes]
        for place, (subscript, name) in enumerate(steps):
            if not subscript:
                yield from ((str(name), steps[place + 1 :], mode) for mode in told)
    for _, nested in uses.nested:
        yield from _read_uses(nested, None)
