"""Which names code reads, and what becomes of each value: an abstract run of the bytecode's stack."""

from __future__ import annotations

import opcode
from collections.abc import Container, Mapping
from types import CodeType

from ...model.process._records import NamedTuple
from .._instructions import Instruction, Listing, local_names
from ._abstract_run import BY_WAY, AbstractRun, Stack, take
from ._refs import ANY_ITEM, BIND, VALUE, WRITE, Const, Ref, RefMode
from ._steps import STEPS, unknown
from ._words import BINDS, NAMERS, UNFOLLOWED

__all__ = ["Uses", "find_uses"]


class Uses(NamedTuple):
    """What a code object does with names.

    Attributes:
        modes: for each ref, what becomes of it.
        notes: dynamic places, in words.
        nested: nested code objects, each with the index of the instruction that loads it.
        imports: locals that are bound by import statements only, and what to.
        bound: for each instruction, the names that the code itself has bound before.
    """

    modes: dict[Ref, set[RefMode]]
    notes: list[tuple[Ref | None, str]]
    nested: list[tuple[int, CodeType]]
    imports: dict[str, Ref]
    bound: list[frozenset[str]]


def find_uses(
    code: CodeType,
    listed: Listing,
    *,
    inside: Container[int] | None = None,
    imports: Mapping[str, Ref] | None = None,
    attributes: bool = False,
) -> Uses:
    """Return what code, or the part of it that is `inside`, does with names.

    Args:
        code: the code object.
        listed: its instructions, as `prepared` gives them.
        inside: offsets of a block; its names are then those of the scope that it stands in.
        imports: what the cells of an enclosing function are bound to by import statements only.
        attributes: whether attributes of whatever object are followed as well, as refs of kind A.
    """
    instructions = listed.instructions
    known = {instruction[1] for instruction in instructions}
    nameless = known.isdisjoint(_NAMING) and (UNFOLLOWED | NAMERS).isdisjoint(code.co_names)
    if inside is None and nameless and not code.co_freevars and not attributes:
        return Uses({}, [], _nested(code, instructions), {}, [])
    own = _imports(code, instructions, inside) if "IMPORT_NAME" in known else {}
    run = AbstractRun(code, instructions, inside, {**(imports or {}), **own})
    run.attributes = attributes
    run.bound = [] if known.isdisjoint(_STORES) else _bound(code, listed, inside)
    start = 0 if inside is None else next((n for n, one in enumerate(instructions) if one[0] in inside), 0)
    rows = [(listed.numbers[row.target], row.depth + row.lasti + 1) for row in listed.handlers]
    _follow(run, listed, start, [row for row in rows if inside is None or instructions[row[0]][0] in inside])
    for ref, modes in run.modes.items():
        if WRITE in modes and ref.name in run.reread:
            modes.add(VALUE)  # `n += 1`, and `n` is read afterwards
    return Uses(_unfilled(run) if inside is None else run.modes, run.notes, run.nested, run.imports, run.bound)


def _unfilled(run: AbstractRun) -> dict[Ref, set[RefMode]]:
    """Return what becomes of each ref, with items that the code itself puts there as any item of their dict.

    So a memo is the same place before and after it is filled: `if "m" not in memo: memo["m"] = load()`. An item that
    is only put there is left as it is: `conf["rate"] = 0.1`.
    """
    found: dict[Ref, set[RefMode]] = {}
    for ref, modes in run.modes.items():
        chain = ref.chain
        if ref in run.filled and modes == {BIND}:
            found[ref] = {BIND}
            continue
        for place, (subscript, _) in enumerate(chain):
            owner, item = ref._replace(chain=chain[:place]), ref._replace(chain=chain[: place + 1])
            if subscript and (item in run.filled or BIND in run.modes.get(owner, ())):
                chain = (*chain[:place], ANY_ITEM, *chain[place + 1 :])
        found.setdefault(ref._replace(chain=chain), set()).update(modes)
    return found


def _nested(code: CodeType, instructions: list[Instruction]) -> list[tuple[int, CodeType]]:
    """Return the code objects that code loads, each with the index of the instruction."""
    consts = code.co_consts
    return [
        (number, consts[arg])
        for number, (_, name, arg, _) in enumerate(instructions)
        if name == "LOAD_CONST" and isinstance(consts[arg], CodeType)
    ]


def _follow(run: AbstractRun, listed: Listing, start: int, handled: list[tuple[int, int]]) -> None:
    """Run over all ways from the start and from each handler, until nothing new comes together where ways meet."""
    instructions, inside, heads = listed.instructions, run.inside, listed.heads
    before: dict[int, Stack] = {}
    waiting: list[tuple[int, Stack]] = [(number, (None,) * depth) for number, depth in handled]
    waiting.append((start, ()))
    while waiting:
        number, entering = waiting.pop()
        known = before.get(number)
        if known is not None:
            joined = _join(run, known, entering)
            if joined == known:
                continue
            entering = joined
        before[number] = entering
        stack = list(entering)
        while inside is None or instructions[number][0] in inside:
            _, name, arg, target = instructions[number]
            if name not in BY_WAY:
                STEPS.get(name, unknown)(run, number, arg, stack)
            if number + 1 not in heads:
                number += 1
                continue
            following = listed.ways(number)
            for place, other in enumerate(following):
                jumps = target >= 0 and place == len(following) - 1
                waiting.append((other, _after(name, stack, jumps=jumps)))
            break


_JUMP_OR_POP = frozenset({"JUMP_IF_TRUE_OR_POP", "JUMP_IF_FALSE_OR_POP"})


def _after(name: str, stack: list[object], *, jumps: bool) -> Stack:
    """Return the stack on one way out of an instruction whose effect depends on the way."""
    if name == "FOR_ITER":
        if jumps and not _EXHAUSTED_KEEPS:
            return tuple(stack[:-1])
        return (*stack, None)
    if name == "SEND" and jumps and not _EXHAUSTED_KEEPS:
        return tuple(stack[:-1])
    if name in _JUMP_OR_POP and not jumps:
        return tuple(stack[:-1])
    return tuple(stack)


_EXHAUSTED_KEEPS = "END_FOR" in opcode.opmap
"""From 3.12 on an exhausted iterator is taken off the stack by an instruction of its own."""


def _join(run: AbstractRun, left: Stack, right: Stack) -> Stack:
    """Return the stack where two ways meet: what came from several refs came from each of them."""
    if left == right:
        return left
    # Depths differ only where something unknown was met; the deeper part was counted as used there.
    depth = min(len(left), len(right))
    left, right = left[len(left) - depth :], right[len(right) - depth :]
    return tuple(one if one == other else run.taint((one, other)) for one, other in zip(left, right, strict=True))


def _imports(code: CodeType, instructions: list[Instruction], inside: Container[int] | None) -> dict[str, Ref]:
    """Return the local names that are bound by one import statement and by nothing else."""
    fast, names = local_names(code), code.co_names
    run = AbstractRun(code, instructions, inside, {})
    found: dict[str, Ref | None] = {}
    stack: list[object] = []
    parameters = code.co_argcount + code.co_kwonlyargcount
    for number, (_, name, arg, _) in enumerate(instructions):
        if name == "LOAD_CONST":
            stack.append(Const(code.co_consts[arg]))
        elif name in ("IMPORT_NAME", "IMPORT_FROM", "SWAP"):
            STEPS[name](run, number, arg, stack)
        elif name in BINDS and name != "STORE_GLOBAL" and (inside is None or name != "STORE_NAME"):
            text = names[arg] if name in ("STORE_NAME", "DELETE_GLOBAL") else fast[arg]
            value = stack.pop() if stack else None
            ref = value if isinstance(value, Ref) and value.kind == "I" else None
            found[text] = ref if found.get(text, ref) == ref else None
        elif name == "POP_TOP":
            take(stack, 1)
        elif name != "NOP":
            stack.clear()
    taken = set(code.co_varnames[:parameters])
    return {name: ref for name, ref in found.items() if ref is not None and name not in taken}


def _bound(code: CodeType, listed: Listing, inside: Container[int] | None) -> list[frozenset[str]]:
    """Return, for each instruction, the names that the code itself has bound before on every way there."""
    instructions, index = listed.instructions, listed.numbers
    # What a function binds of its own are no inputs anyway.
    local_scope = inside is None and code.co_flags & _OPTIMIZED
    kinds = frozenset({"STORE_GLOBAL"}) if local_scope else _STORES
    if not any(instruction[1] in kinds for instruction in instructions):
        return []
    fast, names = local_names(code), code.co_names
    rows = [(row, index[row.target]) for row in listed.handlers]
    start = 0 if inside is None else next((n for n, one in enumerate(instructions) if one[0] in inside), 0)
    state: list[frozenset[str] | None] = [None] * len(instructions)
    state[start] = frozenset()
    waiting = [start]
    while waiting:
        number = waiting.pop()
        offset, name, arg, _ = instructions[number]
        if inside is not None and offset not in inside:
            continue
        held = state[number] or frozenset()
        ways = [(target, held) for row, target in rows if row.start <= offset < row.end]
        text = names[arg] if name in _BY_NAME else fast[arg] if name in _BY_PLACE else ""
        if name in kinds:
            held |= {text}
        elif text and name.startswith("DELETE"):
            held -= {text}
        for other, reached in [*ways, *[(other, held) for other in listed.ways(number)]]:
            known = state[other]
            merged = reached if known is None else known & reached
            if merged != known:
                state[other] = merged
                waiting.append(other)
    return [one or frozenset() for one in state]


_OPTIMIZED = 1
_NAMING = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME", "STORE_GLOBAL", "STORE_NAME", "DELETE_GLOBAL"})
_BY_NAME = frozenset({"STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL"})
_BY_PLACE = frozenset({"STORE_FAST", "STORE_DEREF", "DELETE_FAST", "DELETE_DEREF"})
_STORES = frozenset({"STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "STORE_DEREF"})
