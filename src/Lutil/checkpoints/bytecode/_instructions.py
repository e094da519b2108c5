"""Instructions of a code object as plain data, alike on every CPython from 3.11.

What the interpreter adds for its own sake is gone: inline caches, extended arguments, superinstructions
(which form only within a line, so that formatting would show), checked or borrowed variants of a load.
"""

from __future__ import annotations

import bisect
import opcode
import sys
from collections.abc import Iterable
from types import CodeType

from ..model.process._records import NamedTuple

__all__ = [
    "HAS_METHOD_FLAG",
    "Handler",
    "Instruction",
    "Listing",
    "decode",
    "listing",
    "local_names",
    "name_of",
    "owning",
]

_EXTENDED_ARG = opcode.EXTENDED_ARG
_JUMPS = frozenset(opcode.hasjrel)
_BACKWARD = frozenset(op for op in opcode.hasjrel if "BACKWARD" in opcode.opname[op])
_UNCONDITIONAL = frozenset({"JUMP", "RETURN_VALUE", "RAISE_VARARGS", "RERAISE", "INTERPRETER_EXIT"})
_SPLIT = {
    "LOAD_FAST_LOAD_FAST": ("LOAD_FAST", "LOAD_FAST"),
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": ("LOAD_FAST", "LOAD_FAST"),
    "STORE_FAST_LOAD_FAST": ("STORE_FAST", "LOAD_FAST"),
    "STORE_FAST_STORE_FAST": ("STORE_FAST", "STORE_FAST"),
}
_SAME = {
    "LOAD_FAST_CHECK": "LOAD_FAST",
    "LOAD_FAST_BORROW": "LOAD_FAST",
    "POP_JUMP_FORWARD_IF_TRUE": "POP_JUMP_IF_TRUE",
    "POP_JUMP_FORWARD_IF_FALSE": "POP_JUMP_IF_FALSE",
    "POP_JUMP_FORWARD_IF_NONE": "POP_JUMP_IF_NONE",
    "POP_JUMP_FORWARD_IF_NOT_NONE": "POP_JUMP_IF_NOT_NONE",
    "POP_JUMP_BACKWARD_IF_TRUE": "POP_JUMP_IF_TRUE",
    "POP_JUMP_BACKWARD_IF_FALSE": "POP_JUMP_IF_FALSE",
    "POP_JUMP_BACKWARD_IF_NONE": "POP_JUMP_IF_NONE",
    "POP_JUMP_BACKWARD_IF_NOT_NONE": "POP_JUMP_IF_NOT_NONE",
    "JUMP_FORWARD": "JUMP",
    "JUMP_BACKWARD": "JUMP",
    "JUMP_BACKWARD_NO_INTERRUPT": "JUMP",
    "CACHE": "NOP",
    "COPY_FREE_VARS": "NOP",
    "MAKE_CELL": "NOP",
    "NOT_TAKEN": "NOP",
    "PRECALL": "NOP",
    "RESUME": "NOP",
}
_NAMES = tuple(_SAME.get(name, name) for name in opcode.opname)
_UNLIKE = _JUMPS | {_EXTENDED_ARG} | {op for op, name in enumerate(_NAMES) if name in _SPLIT or name == "RETURN_CONST"}

HAS_METHOD_FLAG = sys.version_info >= (3, 12)
"""From 3.12 on the lowest bit of a LOAD_ATTR argument says whether a method is meant."""

Instruction = tuple[int, str, int, int]
"""Offset, name, argument, offset of the jump target or -1."""


class Handler(NamedTuple):
    """A row of the exception table: offsets `start` up to `end` are handled at `target`."""

    start: int
    end: int
    target: int
    depth: int
    lasti: bool


def decode(code: CodeType) -> list[Instruction]:
    """Return the instructions in order of offset; a split superinstruction's second half has an odd offset."""
    raw = code.co_code
    codes, arguments = raw[::2], raw[1::2]
    out: list[Instruction] = []
    start, extended = -1, 0
    for unit, op in enumerate(codes):
        if not op:
            continue  # an inline cache
        arg = arguments[unit] | extended
        if start < 0:
            start = 2 * unit
        if op not in _UNLIKE:
            out.append((start, _NAMES[op], arg, -1))
        elif op == _EXTENDED_ARG:
            extended = arg << 8
            continue
        elif op in _JUMPS:
            following = unit + 1
            while following < len(codes) and not codes[following]:
                following += 1
            target = following - arg if op in _BACKWARD else following + arg
            out.append((start, _NAMES[op], arg, 2 * target))
        elif _NAMES[op] == "RETURN_CONST":
            out.append((start, "LOAD_CONST", arg, -1))
            out.append((start + 1, "RETURN_VALUE", 0, -1))
        else:
            first, second = _SPLIT[_NAMES[op]]
            out.append((start, first, arg >> 4, -1))
            out.append((start + 1, second, arg & 15, -1))
        start, extended = -1, 0
    return out


class Listing(NamedTuple):
    """The instructions of a code object, and how one leads to others.

    Attributes:
        instructions: in order.
        numbers: the place of each by its offset.
        heads: the places at which straight runs begin, and the place after the last; a way leads to no other place.
        handlers: rows of the exception table whose target is among the instructions.
    """

    instructions: list[Instruction]
    numbers: dict[int, int]
    heads: set[int]
    handlers: list[Handler]

    def ways(self, number: int) -> tuple[int, ...]:
        """Return the places of the instructions that may follow one: the next one, then the jump target."""
        _, name, _, target = self.instructions[number]
        ends = name in _UNCONDITIONAL or number == len(self.instructions) - 1
        if target < 0:
            return () if ends else (number + 1,)
        return (self.numbers[target],) if ends else (number + 1, self.numbers[target])


def listing(code: CodeType, instructions: list[Instruction]) -> Listing:
    """Return instructions of a code object with the ways between them."""
    index = {instruction[0]: number for number, instruction in enumerate(instructions)}
    heads = {0, len(instructions)}
    for number, (_, name, _, target) in enumerate(instructions):
        if target >= 0:
            heads.add(index[target])
            heads.add(number + 1)
        elif name in _UNCONDITIONAL:
            heads.add(number + 1)
    rows = [row for row in handlers(code) if row.target in index] if code.co_exceptiontable else []
    heads.update([index[row.target] for row in rows])
    return Listing(instructions, index, heads, rows)


def handlers(code: CodeType) -> list[Handler]:
    """Return the exception table, outer ranges before the inner ones they hold."""
    table = iter(code.co_exceptiontable)
    out: list[Handler] = []
    while True:
        try:
            start = _varint(table) * 2
        except StopIteration:
            return out
        length, target, depth = _varint(table) * 2, _varint(table) * 2, _varint(table)
        out.append(Handler(start, start + length, target, depth >> 1, bool(depth & 1)))


def _varint(table: object) -> int:
    byte = next(table)  # type: ignore[call-overload]
    value: int = byte & 63
    while byte & 64:
        byte = next(table)  # type: ignore[call-overload]
        value = value << 6 | byte & 63
    return value


def local_names(code: CodeType) -> tuple[str, ...]:
    """Return the names that arguments of `*_FAST` and `*_DEREF` instructions index."""
    names = code.co_varnames
    cells = tuple(name for name in code.co_cellvars if name not in names)
    return names + cells + code.co_freevars


def name_of(code: CodeType, name: str, arg: int) -> str:
    """Return the global, attribute or module that an instruction names; nothing for one that names none."""
    return code.co_names[arg >> _SHIFTS.get(name, 0)] if name in _WITH_NAMES else ""


_WITH_NAMES = frozenset(_NAMES[op] for op in opcode.hasname)
_SHIFTS = {"LOAD_GLOBAL": 1, "LOAD_ATTR": int(HAS_METHOD_FLAG), "LOAD_SUPER_ATTR": 2}


def owning(instructions: list[Instruction], offsets: Iterable[int]) -> frozenset[int]:
    """Return the offsets in `instructions` that own these offsets of a bytecode.

    Others number an instruction after its extended arguments, and a superinstruction by its first half.
    """
    starts = [instruction[0] for instruction in instructions]
    chosen = {starts[bisect.bisect_right(starts, offset) - 1] for offset in offsets}
    return frozenset(chosen | {start for start in starts if start & 1 and start - 1 in chosen})
