"""What single instructions do to the abstract stack: each takes its own number, its argument, and the stack.

Whatever an instruction does with a ref that is not known to be harmless counts as use of its value, so that
ignorance costs a recomputation at worst, never a stale result.
"""

from __future__ import annotations

import opcode
from collections.abc import Callable
from types import CodeType
from typing import TypeVar

from .._instructions import HAS_METHOD_FLAG
from ._abstract_run import AbstractRun, take
from ._calls import call, call_ex, variable
from ._refs import (
    ANY_ITEM,
    ASKED,
    BIND,
    CLASS,
    EXTEND,
    FLOWS,
    FLOWS_BY_ARG,
    TAKES,
    TAKES_BY_ARG,
    TEST,
    WRITE,
    Const,
    Outcome,
    Ref,
    RefMode,
    Taint,
    is_environment,
)
from ._words import ASKS, BINDS, EXTENDS, LOADS, NULL_LAST, SUBSCRIPT, UNFOLLOWED, names_in

__all__ = ["STEPS", "unknown"]

_T = TypeVar("_T")
Step = Callable[[AbstractRun, int, int, list[object]], None]


def unknown(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    """Count everything on the stack as used, and put its depth right."""
    for value in stack:
        run.use(value)
    op = opcode.opmap.get(run.instructions[number][1])
    change = 0
    if op is not None:
        change = opcode.stack_effect(op, arg if op >= opcode.HAVE_ARGUMENT else None)
    stack[:] = [None] * max(0, len(stack) + change)


def load_fast(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    value = run.locals[arg]
    bound = run.bound and not _is_imported(value) and run.is_bound(number, run.fast[arg])
    value = CLASS if value is None and run.attributes and run.fast[arg] == "cls" else value
    stack.append(None if bound else value)


def _is_imported(value: object) -> bool:
    """Return whether a name is bound by an import statement only: then it is known although a block binds it."""
    return isinstance(value, Ref) and value.kind == "I"


def load_global(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    text = run.names[arg >> 1]
    loaded = None if run.is_bound(number, text) else Ref("G", text)
    # Before 3.13 the empty place for `self` comes first, from then on last.
    stack.extend([loaded] if not arg & 1 else [loaded, None] if NULL_LAST else [None, loaded])


def load(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    name = run.instructions[number][1]
    kind = LOADS[name]
    if name.startswith("LOAD_FROM_DICT"):
        take(stack, 1)
    text = run.names[arg] if kind == "N" else run.fast[arg]
    value = run.local(kind, text)
    stack.append(None if not _is_imported(value) and run.is_bound(number, text) else value)


def load_const(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    value = run.consts[arg]
    if isinstance(value, CodeType):
        if (number, value) not in run.nested:
            run.nested.append((number, value))
        stack.append(None)
        return
    if type(value) is str:
        for name in names_in(value, run.namers) if run.namers else ():
            run.name_in_text(number, name)
    stack.append(Const(value))


def load_small_int(_run: AbstractRun, _: int, arg: int, stack: list[object]) -> None:
    stack.append(Const(arg))


def attribute(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    method = run.instructions[number][1] == "LOAD_METHOD" or (HAS_METHOD_FLAG and arg & 1)
    name = run.names[arg >> 1 if HAS_METHOD_FLAG else arg]
    value = stack.pop() if stack else None
    if name in UNFOLLOWED and (name in ASKS or not isinstance(value, Ref)):
        note_method(run, number, name)
    if name == "__dict__" and isinstance(value, Ref):
        run.use(value)  # its items are looked up by other means than attributes
    if run.attributes and not isinstance(value, Ref):
        run.use(value)
        value = Ref("A", name)
    elif value is not None:
        value = value.attribute(name) if isinstance(value, Ref) else run.taint((value,))
        if name in EXTENDS and isinstance(value, Taint):
            value = extended(run, value)
    stack.append(value)
    if method:
        stack.append(None)


def extended(run: AbstractRun, value: Taint) -> object:
    """Count what was computed as put more into, where it is an item of a ref; return what is something else."""
    items = frozenset(pair for pair in value.refs if not pair[1] and pair[0].chain[-1:] == (ANY_ITEM,))
    for ref in (*(ref for ref, _ in items), *(one.ref for one in value.given)):
        run.note(ref, EXTEND)
    rest = value.refs - items
    return Taint(rest) if rest else None


def note_method(run: AbstractRun, number: int, name: str) -> None:
    """Note a method of which only a run can tell what it reaches; `eval()` and `query("a > 1")` are none."""
    following = run.instructions[number + 1] if number + 1 < len(run.instructions) else None
    if name in ASKS and following is not None:
        constant = following[1] == "LOAD_CONST" and isinstance(run.consts[following[2]], str)
        if constant or following[1] == "CALL":
            return
    run.notes.append((None, f"{name}(...)"))


def super_attribute(run: AbstractRun, _: int, arg: int, stack: list[object]) -> None:
    for value in take(stack, 3):
        run.use(value)
    stack.append(Ref("A", run.names[arg >> 2]) if run.attributes else None)
    if arg & 1:
        stack.append(None)


def subscript(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    if run.instructions[number][1] == "BINARY_OP" and arg != SUBSCRIPT:
        values = take(stack, 2)
        stack.append(run.taint(values) if any(values) else None)
        return
    value, key = take(stack, 2)
    if isinstance(value, Ref) and isinstance(key, Const) and type(key.value) in (str, int):
        stack.append(value.item(key.value))
    elif isinstance(value, Ref) and isinstance(key, Ref) and is_environment(value):
        stack.append(variable(run, value, key))
    else:
        stack.append(run.taint((value.unknown(ANY_ITEM) if isinstance(value, Ref) else value, key)))


def contains(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del number, arg
    key, value = take(stack, 2)
    if isinstance(value, Ref) and isinstance(key, Const) and isinstance(key.value, str):
        run.note(value.attribute("__contains__"), RefMode("call", key.value))
        stack.append(None)
    else:
        stack.append(run.taint((key, value.unknown(ASKED) if isinstance(value, Ref) else value)))


def copy(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del run, number
    stack.append(stack[-arg] if arg <= len(stack) else None)


def swap(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del run, number
    if arg <= len(stack):
        stack[-1], stack[-arg] = stack[-arg], stack[-1]


def pop(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del number, arg
    (value,) = take(stack, 1)
    if isinstance(value, Outcome):
        run.note(value.ref, RefMode("drop", value.first))
    elif isinstance(value, Ref):
        run.note(value, RefMode("sink"))


def store_fast(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    if run.locals[arg] is not None:
        bind(run, number, arg, stack)
    elif stack and (value := stack.pop()) is not None:
        run.use(value)


def bind(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    name = run.instructions[number][1]
    kind = BINDS[name]
    text = run.names[arg] if kind in "GN" else run.fast[arg]
    target = run.local(kind, text)
    value = None if name.startswith("DELETE") else take(stack, 1)[0]
    if _is_imported(target):
        if isinstance(value, Ref):
            run.note(value, RefMode("sink"))  # its name may never be read: what the import does counts all the same
        return
    if isinstance(target, Ref):
        # What a block binds is what it produces: there even `n += 1` reads `n`.
        run.use(value, own=target if run.inside is None else None)
        run.note(target, BIND)
    else:
        run.use(value)


def store_attribute(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    delete = run.instructions[number][1] == "DELETE_ATTR"
    (owner,) = take(stack, 1)
    value = None if delete else take(stack, 1)[0]
    if run.attributes and not isinstance(owner, Ref):
        run.use(owner)
        owner = Ref("A", run.names[arg])
        run.use(value, own=owner)
        run.note(owner, BIND)
    elif isinstance(owner, Ref):
        target = owner.attribute(run.names[arg])
        run.use(value, own=target)
        run.note(target, BIND)
    else:
        run.use(owner)
        run.use(value)


def store_item(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del arg
    name = run.instructions[number][1]
    keys = 2 if name == "STORE_SLICE" else 1
    taken = take(stack, keys + (1 if name == "DELETE_SUBSCR" else 2))
    owner = taken[-keys - 1]
    own = owner if isinstance(owner, Ref) else None
    for value in (*taken[: -keys - 1], *taken[-keys:]):
        run.use(value, own=own)
    if own is not None:
        run.note(own, WRITE)
        key = taken[-1]
        if keys == 1 and isinstance(key, Const) and type(key.value) in (str, int) and not is_environment(own):
            run.filled.add(own.item(key.value))
            run.note(own.item(key.value), BIND)
    else:
        run.use(owner)


def end_for(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del run, number, arg
    take(stack, -opcode.stack_effect(opcode.opmap["END_FOR"]))


def test(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del number, arg
    run.use(stack[-1] if stack else None, TEST)


def branch(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del number, arg
    run.use(stack.pop() if stack else None, TEST)


def import_name(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del number
    level, names = take(stack, 2)
    depth = level.value if isinstance(level, Const) else 0
    listed = isinstance(names, Const) and names.value
    top = "" if listed else ":"
    stack.append(Ref("I", f"{depth}:{run.names[arg]}{top}"))


def import_from(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    del number
    value = stack[-1] if stack else None
    stack.append(value.attribute(run.names[arg]) if isinstance(value, Ref) else None)


def make_function(run: AbstractRun, _: int, arg: int, stack: list[object]) -> None:
    for value in take(stack, 1 + arg.bit_count()):
        run.use(value)
    stack.append(None)


def _always(value: _T) -> Callable[[int], _T]:
    return lambda _: value


def _flowing(count: Callable[[int], int]) -> Step:
    """Return the step of an instruction that computes something from what it takes."""

    def step(run: AbstractRun, _number: int, arg: int, stack: list[object]) -> None:
        values = take(stack, count(arg))
        stack.append(run.taint(values) if any(values) else None)

    return step


def _taking(counts: Callable[[int], tuple[int, int]]) -> Step:
    """Return the step of an instruction that uses what it takes, and of which nothing is known that it puts."""

    def step(run: AbstractRun, _number: int, arg: int, stack: list[object]) -> None:
        count, put = counts(arg)
        for value in take(stack, count):
            if value is not None:
                run.use(value)
        stack.extend([None] * put)

    return step


STEPS: dict[str, Step] = {
    **{name: _flowing(_always(count)) for name, (count, _) in FLOWS.items()},
    **{name: _flowing(count) for name, count in FLOWS_BY_ARG.items()},
    **{name: _taking(_always(counts)) for name, counts in TAKES.items()},
    **{name: _taking(counts) for name, counts in TAKES_BY_ARG.items()},
    **dict.fromkeys(LOADS, load),
    **dict.fromkeys(BINDS, bind),
    "BINARY_SUBSCR": subscript,
    "BINARY_OP": subscript,
    "CONTAINS_OP": contains,
    "CALL": call,
    "END_FOR": end_for,
    "JUMP_IF_FALSE_OR_POP": test,
    "JUMP_IF_TRUE_OR_POP": test,
    "CALL_KW": call,
    "CALL_FUNCTION_EX": call_ex,
    "COPY": copy,
    "DELETE_ATTR": store_attribute,
    "DELETE_SUBSCR": store_item,
    "IMPORT_FROM": import_from,
    "IMPORT_NAME": import_name,
    "LOAD_ATTR": attribute,
    "LOAD_CONST": load_const,
    "LOAD_CONST_IMMORTAL": load_const,
    "LOAD_FAST": load_fast,
    "LOAD_GLOBAL": load_global,
    "LOAD_METHOD": attribute,
    "LOAD_SMALL_INT": load_small_int,
    "LOAD_SUPER_ATTR": super_attribute,
    "MAKE_FUNCTION": make_function,
    "POP_JUMP_IF_FALSE": branch,
    "POP_JUMP_IF_NONE": branch,
    "POP_JUMP_IF_NOT_NONE": branch,
    "POP_JUMP_IF_TRUE": branch,
    "POP_TOP": pop,
    "STORE_ATTR": store_attribute,
    "STORE_FAST": store_fast,
    "STORE_SLICE": store_item,
    "STORE_SUBSCR": store_item,
    "SWAP": swap,
}
"""What each instruction does; `unknown` for any other."""
