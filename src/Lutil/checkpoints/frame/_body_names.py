"""The names that a body reads and writes, from its instructions.

`reads` are inputs: a name counts only where the body may load it before it has surely bound it, so that an
intermediate result (`t = f(a); y = t + 1`) is no input, in a rerun notebook cell either. That is a flow analysis:
the names surely bound are those bound on every way from the start, exceptions included.

Two things of CPython show through and are undone here. Comprehensions are inlined from 3.12 on, and their
variables are slots of the frame for a while: between LOAD_FAST_AND_CLEAR and the store that brings the old value back,
told by the height of the stack, they are no names of the block. Functions and classes defined in the body are
constants: what they name is read where they are made.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from ..bytecode._block_instructions import BlockListing, StackUse, effect
from ..model.process._records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..bytecode._block_instructions import Instruction
    from ._block_flow import Body

__all__ = ["Names", "bound_together", "global_stores", "names_of", "read_if_swallowed", "surely_bound"]

_MADE_BY_THE_COMPILER = frozenset({"__annotations__", "__conditional_annotations__", "__classdict__"})
_TOUCHES = frozenset({"store", "delete"})
_RUN_AT_ONCE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


class Names(NamedTuple):
    """What a body does to names.

    Attributes:
        reads: names whose value from before the block the body may use, in order.
        writes: names that the body itself binds or unbinds, in order.
        later_writes: names that functions defined in the body bind by `global` or `nonlocal`, if they are called.
    """

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    later_writes: tuple[str, ...]


class _State(NamedTuple):
    """What is known before an instruction: height of the stack, names surely bound, comprehension variables."""

    height: int
    bound: frozenset[str]
    hidden: tuple[tuple[str, int], ...]


class _Inner(NamedTuple):
    """What a code object in a body names outside of itself."""

    now: tuple[str, ...]
    later: tuple[str, ...]
    stores: tuple[str, ...]
    at_once: bool


def names_of(listing: BlockListing, body: Body, height: int, cut: frozenset[int] = frozenset()) -> Names:
    """Return what a body does to names.

    Args:
        listing: the code it is in.
        body: the body.
        height: of the stack after its first instruction.
        cut: jumps that are taken to be never taken.
    """
    inner = {
        first: _inner(constant)
        for first, instruction in body.instructions.items()
        if isinstance(constant := listing.constant(instruction), types.CodeType)
    }
    before = _flow(listing, body, height, cut)
    reads: dict[str, None] = {}
    writes: dict[str, None] = {}
    later: dict[str, None] = {}
    for first, state in sorted(before.items()):
        for use, known in _steps(listing, body.instructions[first], state, skip=first == body.start.first):
            if _is_hidden(use, known):
                continue
            if use.action in {"load", "delete"} and use.name not in known.bound:
                reads.setdefault(use.name)
            if use.action in _TOUCHES:
                writes.setdefault(use.name)
        found = inner.get(first)
        if found is not None:
            known_here = state.bound.union(name for name, _ in state.hidden)
            reads.update(dict.fromkeys(name for name in (*found.now, *found.later) if name not in known_here))
            (writes if found.at_once else later).update(dict.fromkeys(found.stores))
    return Names(
        tuple(name for name in reads if _is_name(name)),
        tuple(name for name in writes if _is_name(name)),
        tuple(name for name in later if name not in writes),
    )


def _is_name(name: str) -> bool:
    return not name.startswith(".") and name not in _MADE_BY_THE_COMPILER


def read_if_swallowed(listing: BlockListing, body: Body, height: int) -> frozenset[str]:
    """Return the names that a body reads before it binds them only where an inner `with` swallows an exception.

    So it is with `text` in `with open(p) as f: text = f.read()` and `len(text)` below. Only those that are bound in one
    place and at most once: then the value that such a name has at the end tells whether it was bound.
    """
    cut = frozenset(_swallowing(listing, body))
    found = names_of(listing, body, height)
    if not cut or not (names := set(found.reads) & set(found.writes) - set(found.later_writes)):
        return frozenset()
    names -= set(names_of(listing, body, height, cut).reads)
    touched: dict[str, list[int]] = {}
    for first, instruction in body.instructions.items():
        for use in listing.uses(instruction):
            if use.action in _TOUCHES and use.name in names:
                touched.setdefault(use.name, []).append(first)
    single = {name: places[0] for name, places in touched.items() if len(places) == 1}
    return frozenset(name for name, first in single.items() if first not in _following(listing, body, first))


def _swallowing(listing: BlockListing, body: Body) -> Iterator[int]:
    """Yield the jumps that are taken where an `__exit__` has returned something true."""
    for first, instruction in body.instructions.items():
        if instruction.opname == "WITH_EXCEPT_START":
            following = listing.all[listing.index(instruction.offset) :]
            jump = next((one for one in following if "IF_TRUE" in one.opname), None)
            yield first if jump is None else jump.first


def _following(listing: BlockListing, body: Body, first: int) -> set[int]:
    """Return the instructions of a body that may come after one."""
    seen: set[int] = set()
    todo = [first]
    while todo:
        here = todo.pop()
        handler = _handler(listing, body, here)
        ways = [target for target, _ in listing.successors(body.instructions[here])]
        for target in (*ways, *(() if handler is None else (handler,))):
            if target in body.instructions and target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def surely_bound(listing: BlockListing, body: Body, height: int) -> frozenset[str]:
    """Return the names that a body has bound whichever way it came to its end."""
    ends: list[frozenset[str]] = []
    for first, state in _flow(listing, body, height).items():
        instruction = body.instructions[first]
        after = _after(listing, instruction, state, skip=first == body.start.first)
        ends += [after.bound for target, _ in listing.successors(instruction) if target not in body.instructions]
    return frozenset.intersection(*ends) if ends else frozenset()


def bound_together(listing: BlockListing, body: Body, height: int) -> dict[str, frozenset[str]]:
    """Return, for each name that a body binds or unbinds, all those that it binds or unbinds on every such way.

    So what one name has become tells of others: after `for i in items: last = f(i)` both were bound, or neither was.
    """
    touched = {}
    for first, state in _flow(listing, body, height).items():
        uses = _steps(listing, body.instructions[first], state, skip=first == body.start.first)
        touched[first] = frozenset(
            use.name for use, known in uses if use.action in _TOUCHES and not _is_hidden(use, known)
        )
    before = _touched_before(listing, body, touched)
    after = _touched_after(listing, body, touched)
    found: dict[str, frozenset[str]] = {}
    for first, names in touched.items():
        together = before[first] | names | after[first]
        for name in names:
            found[name] = found.get(name, together) & together
    return found


def _is_hidden(use: StackUse, known: _State) -> bool:
    """Return whether this is the variable of a comprehension, and no name of the block."""
    return use.slot and any(use.name == name for name, _ in known.hidden)


def _handler(listing: BlockListing, body: Body, first: int) -> int | None:
    """Return where an instruction goes on, inside of the body, if it raises."""
    guard = listing.guard(body.instructions[first].offset)
    return guard.target if guard is not None and guard.target in body.instructions else None


def _touched_before(listing: BlockListing, body: Body, touched: dict[int, frozenset[str]]) -> dict[int, frozenset[str]]:
    """Return what was touched on every way to each instruction."""
    start = body.start.first if body.start.first in body.instructions else body.start.after
    before = {start: frozenset[str]()}
    todo = [start]
    while todo:
        first = todo.pop()
        here = before[first]
        ways = [(target, here | touched[first]) for target, _ in listing.successors(body.instructions[first])]
        handler = _handler(listing, body, first)
        for target, names in [*ways, *([] if handler is None else [(handler, here)])]:
            known = before.get(target, names)
            if target in touched and (target not in before or known & names != known):
                before[target] = known & names
                todo.append(target)
    return before


def _touched_after(listing: BlockListing, body: Body, touched: dict[int, frozenset[str]]) -> dict[int, frozenset[str]]:
    """Return what is touched on every way from each instruction to the end; a way that ends by raising is none."""
    everything = frozenset[str]().union(*touched.values())
    at, after = dict.fromkeys(touched, everything), dict.fromkeys(touched, everything)
    changed = True
    while changed:
        changed = False
        for first in sorted(touched, reverse=True):
            targets = [target for target, _ in listing.successors(body.instructions[first])]
            after[first] = everything.intersection(*(at.get(target, frozenset()) for target in targets))
            handler = _handler(listing, body, first)
            here = (touched[first] | after[first]) & (everything if handler is None else at.get(handler, everything))
            changed = changed or here != at[first]
            at[first] = here
    return after


def _flow(listing: BlockListing, body: Body, height: int, cut: frozenset[int] = frozenset()) -> dict[int, _State]:
    """Return the state before each instruction of a body, the least that all ways to it agree on."""
    start = _State(height, frozenset(), ())
    before: dict[int, _State] = {}
    todo = [(body.start.first if body.start.first in body.instructions else body.start.after, start)]
    while todo:
        first, state = todo.pop()
        instruction = body.instructions.get(first)
        if instruction is None:
            continue
        known = before.get(first)
        if known is not None:
            hidden = tuple(pair for pair in known.hidden if pair in state.hidden)
            state = _State(known.height, known.bound & state.bound, hidden)
            if state == known:
                continue
        before[first] = state
        after = _after(listing, instruction, state, skip=first == body.start.first)
        for target, jump in listing.successors(instruction):
            if jump and first in cut:
                continue
            todo.append((target, after._replace(height=state.height + effect(instruction, jump=jump))))
        guard = listing.guard(instruction.offset)
        if guard is not None and guard.target in body.instructions:
            todo.append((guard.target, state._replace(height=guard.depth + guard.lasti + 1)))
    return before


def _after(listing: BlockListing, instruction: Instruction, state: _State, *, skip: bool) -> _State:
    for use, known in _steps(listing, instruction, state, skip=skip):
        state = _step(use, known)
    return state


def _steps(
    listing: BlockListing, instruction: Instruction, state: _State, *, skip: bool
) -> Iterator[tuple[StackUse, _State]]:
    """Yield what an instruction does to names, each with the state before; without the store of the `as` name."""
    for use in listing.uses(instruction)[1 if skip else 0 :]:
        yield use, state
        state = _step(use, state)


def _step(use: StackUse, state: _State) -> _State:
    height = state.height + (-1 if use.action == "store" else use.action != "delete")
    bound, hidden = state.bound, state.hidden
    if use.action == "hide":
        hidden = (*hidden, (use.name, state.height))
    elif _is_hidden(use, state):
        if use.action == "store":  # one that leaves no more than there was before the comprehension ends it
            hidden = tuple((name, saved) for name, saved in hidden if name != use.name or height > saved)
    elif use.action == "store":
        bound = bound | {use.name}
    elif use.action == "delete":
        bound = bound - {use.name}
    return _State(height, bound, hidden)


def _inner(code: types.CodeType) -> _Inner:
    """Return what a function or class names outside of itself, its own name not counted.

    A function that calls itself, or a class that its methods make, reads its name when it is bound to it.
    """
    own = code.co_name.removeprefix("<generic parameters of ").removesuffix(">")
    now, later, stores, at_once = _outside(code)
    return _Inner(tuple(now), tuple(name for name in later if name != own), tuple(stores), at_once)


def _outside(code: types.CodeType) -> tuple[list[str], list[str], list[str], bool]:
    """Return the names that a code object takes from around it: at once, when called, bound; is it run at once."""
    listing = BlockListing(code)
    is_class = not code.co_flags & 1  # CO_OPTIMIZED: the body of a class has a namespace, not slots
    at_once = is_class or code.co_name in _RUN_AT_ONCE
    now: list[str] = []
    later: list[str] = []
    stores: list[str] = []
    bound: set[str] = set()
    branched = False
    for instruction in listing.all:
        branched = branched or listing.target(instruction) is not None
        for use in listing.uses(instruction):
            outer = not use.slot or use.name in code.co_freevars
            if not outer or _of_class(code, instruction, use, is_class=is_class):
                continue
            if use.action == "store" and is_class and instruction.opname == "STORE_NAME":
                if not branched:
                    bound.add(use.name)
            elif use.action in {"store", "delete"}:
                stores += [use.name] * (instruction.opname != "DELETE_NAME")
            elif use.action == "load" and use.name not in bound:
                (now if is_class else later).append(use.name)
        constant = listing.constant(instruction)
        if isinstance(constant, types.CodeType) and constant.co_name != "__annotate__":
            inner_now, inner_later, inner_stores, inner_at_once = _outside(constant)
            mine = set(code.co_cellvars) | bound
            target = now if is_class else later
            target += [name for name in inner_now if name not in mine]
            later += [name for name in inner_later if name not in code.co_cellvars]
            stores += [name for name in inner_stores if name not in code.co_cellvars]
            at_once = at_once and (inner_at_once or not inner_stores)
    return now, later, stores, at_once


def _of_class(code: types.CodeType, instruction: Instruction, use: StackUse, *, is_class: bool) -> bool:
    """Tell the prologue of a class body (`__module__ = __name__`) from what the user wrote."""
    return is_class and use.name == "__name__" and instruction.offset < 16 and code.co_name != "<module>"


def global_stores(code: types.CodeType) -> frozenset[str]:
    """Return the names that a namespace code (module, class, exec) binds as globals, itself or in its functions.

    A name that the code itself also binds in its own namespace is not among them.
    """
    listing = BlockListing(code)
    own: set[str] = set()
    found: set[str] = set()
    for instruction in listing.all:
        for use in listing.uses(instruction):
            if instruction.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"}:
                found.add(use.name)
            elif instruction.opname == "STORE_NAME":
                own.add(use.name)
        constant = listing.constant(instruction)
        if isinstance(constant, types.CodeType):
            found |= _inner_globals(constant)
    return frozenset(found - own)


def _inner_globals(code: types.CodeType) -> set[str]:
    found = {
        code.co_names[instruction.arg]
        for instruction in BlockListing(code).all
        if instruction.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"}
    }
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _inner_globals(constant)
    return found
