"""What is taken out of or put straight in a list of instructions before anyone looks at it."""

from __future__ import annotations

import opcode
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from types import CodeType

from ._instructions import Instruction, Listing, decode, listing, local_names

__all__ = ["is_class_body", "prepared", "reads_docs", "with_ordered_stores"]

_READS_SOURCE = frozenset(
    {"findsource", "getblock", "getcomments", "getsource", "getsourcelines", "getsourcefile", "render_doc"}
)
"""Code that names one of these may depend on the text of other code."""
_READS_DOCS = _READS_SOURCE | {
    "Signature",
    "__annotate__",
    "__annotations__",
    "__doc__",
    "__metadata__",
    "__text_signature__",
    "from_callable",
    "get_annotations",
    "get_type_hints",
    "getdoc",
    "getfullargspec",
    "json_schema",
    "model_json_schema",
    "pydoc",
    "schema_json",
    "signature",
}
"""Code that names one of these may depend on docstrings and annotations."""

_WRITTEN_BY_CLASSES = frozenset({"__doc__", "__annotations__"})
_CLASS_NOISE = frozenset({"__doc__", "__firstlineno__", "__static_attributes__"})
_RUN = frozenset({"STORE_FAST", "POP_TOP", "SWAP"})
_ANNOTATIONS, _CLOSURE = 4, 8
_NOP = "NOP"


def is_class_body(code: CodeType) -> bool:
    """Return whether this is the code of a class statement."""
    return "__module__" in code.co_names and "__qualname__" in code.co_names


def reads_docs(code: CodeType) -> int:
    """Return whether this code may depend on docstrings and annotations (1), or on the text of other code (2)."""
    found = _READS_DOCS.intersection(code.co_names)
    if is_class_body(code):
        found -= _WRITTEN_BY_CLASSES
    if not found.isdisjoint(_READS_SOURCE):
        return 2
    return int(bool(found) or not _IN_TEXTS.isdisjoint(_texts(code.co_consts)))


_IN_TEXTS = frozenset({"__annotations__", "__doc__"})


def _texts(constants: Iterable[object]) -> Iterator[str]:
    """Yield the texts among constants, and among the items of those that are tuples: `getattr(tool, "__doc__")`."""
    for item in constants:
        if type(item) is str:
            yield item
        elif type(item) in (tuple, frozenset):
            yield from _texts(item)  # type: ignore[arg-type]  # it has items


def prepared(code: CodeType, *, whole: bool = True) -> Listing:
    """Return the instructions without annotations of nested functions and line numbers of nested classes.

    Those that do nothing are left out as well where the whole code is meant: a block may begin with one.
    """
    instructions = decode(code)
    if is_class_body(code):
        _drop_class_noise(code, instructions)
    if not reads_docs(code):
        _drop_annotations(instructions)
    return listing(code, _without_idle(instructions) if whole else instructions)


def _without_idle(instructions: list[Instruction]) -> list[Instruction]:
    """Return the instructions without those that do nothing, but for the targets of jumps."""
    targets = {instruction[3] for instruction in instructions}
    return [instruction for instruction in instructions if instruction[1] != _NOP or instruction[0] in targets]


def _drop_annotations(instructions: list[Instruction]) -> None:
    for number in range(len(instructions) - 1, -1, -1):
        offset, name, arg, _ = instructions[number]
        if name == "MAKE_FUNCTION" and arg & _ANNOTATIONS:
            if _drop_value(instructions, number - 2, skip=bool(arg & _CLOSURE)):
                instructions[number] = (offset, name, arg & ~_ANNOTATIONS, -1)
        elif name == "SET_FUNCTION_ATTRIBUTE" and arg & (_ANNOTATIONS | 16):
            _drop_attribute(instructions, number)


def _drop_class_noise(code: CodeType, instructions: list[Instruction]) -> None:
    names = code.co_names
    for number in range(1, len(instructions)):
        offset, name, arg, _ = instructions[number]
        if name == "STORE_NAME" and names[arg] in _CLASS_NOISE and instructions[number - 1][1] == "LOAD_CONST":
            instructions[number] = (offset, _NOP, 0, -1)
            instructions[number - 1] = (instructions[number - 1][0], _NOP, 0, -1)


def _drop_attribute(instructions: list[Instruction], number: int) -> None:
    """Drop annotations from 3.13 on: values, the function's code, MAKE_FUNCTION, then one setter for each value."""
    make = number
    later = 0
    while make >= 0 and instructions[make][1] != "MAKE_FUNCTION":
        make -= 1
        later += instructions[make][1] == "SET_FUNCTION_ATTRIBUTE"
    if make >= 1 and later <= 1 and _drop_value(instructions, make - 2, skip=later == 1):
        instructions[number] = (instructions[number][0], _NOP, 0, -1)


def _drop_value(instructions: list[Instruction], last: int, *, skip: bool) -> bool:
    """Drop the straight run of instructions that ends at `last` and leaves one value; False where there is none."""
    if skip:
        first = _value_start(instructions, last)
        if first is None:
            return False
        last = first - 1
    first = _value_start(instructions, last)
    if first is None:
        return False
    for number in range(first, last + 1):
        instructions[number] = (instructions[number][0], _NOP, 0, -1)
    return True


def _value_start(instructions: list[Instruction], last: int) -> int | None:
    """Return where the instructions begin that put exactly the topmost value on the stack."""
    need = 1
    for number in range(last, -1, -1):
        _, name, arg, target = instructions[number]
        if target >= 0 or name.startswith("STORE_") or name in ("RETURN_VALUE", "RAISE_VARARGS"):
            return None
        if name != _NOP:
            need -= opcode.stack_effect(_NUMBER[name], arg if _NUMBER[name] >= opcode.HAVE_ARGUMENT else None)
        if need == 0:
            return number
    return None


_NUMBER = {**opcode.opmap}


def with_ordered_stores(code: CodeType, listed: Listing, inside: Container[int] | None) -> Listing:
    """Return the instructions with each run of stores, pops and swaps written as one assignment.

    The compiler swaps two stores only if they stand on one line.
    """
    instructions = _without_idle(listed.instructions)
    names = [instruction[1] for instruction in instructions]
    if len(names) == len(listed.instructions) and not any(map(_RUN.issuperset, pairwise(names))):
        return listed
    targets = {instruction[3] for instruction in instructions}
    fast = local_names(code)
    out: list[Instruction] = []
    run: list[Instruction] = []
    for instruction in instructions:
        offset, name, _, _ = instruction
        joins = name in _RUN and offset not in targets
        if run and joins and inside is not None and (offset in inside) != (run[0][0] in inside):
            joins = False
        if run and not joins:
            out.extend(_assignment(run, fast))
            run = []
        if name in _RUN:
            run.append(instruction)
        else:
            out.append(instruction)
    out.extend(_assignment(run, fast))
    return listing(code, out)


def _assignment(run: list[Instruction], fast: tuple[str, ...]) -> list[Instruction]:
    """Return one pseudo-instruction that says which depth of the stack goes where."""
    if len(run) < 2:
        return run
    deepest = len(run) + max((one[2] for one in run if one[1] == "SWAP"), default=0)
    stack = list(range(deepest, 0, -1))
    stored: dict[str, int] = {}
    for _, name, arg, _ in run:
        if name == "SWAP":
            stack[-1], stack[-arg] = stack[-arg], stack[-1]
        elif name == "STORE_FAST":
            stored[fast[arg]] = stack.pop()
        else:
            stack.pop()
    while stack and stack[0] == deepest:
        del stack[0]
        deepest -= 1
    text = " ".join(f"{depth}={name}" for name, depth in sorted(stored.items()))
    return [(run[0][0], f"ASSIGN {text} leaving {stack} of {deepest}", 0, -1)]
