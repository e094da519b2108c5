"""Code objects as instructions: what the rest of the room needs to know of CPython's bytecode.

`dis` resolves and prints everything at 4 to 6 us per instruction; a module of a thousand lines would cost 40 ms
at its first block. Here an instruction costs a tenth of that, and its name or constant is looked up when asked.
All offsets are those of `code.co_code`, in bytes.
"""

from __future__ import annotations

import opcode
import sys
from bisect import bisect_right
from typing import TYPE_CHECKING

from ..model.process._records import NamedTuple

if TYPE_CHECKING:
    import types
    from collections.abc import Iterator

__all__ = [
    "FUSED",
    "JUMPS",
    "NOTHING",
    "UNGUARDED",
    "BlockListing",
    "Guard",
    "Instruction",
    "StackUse",
    "effect",
    "is_with_enter",
    "line_of",
    "split",
]

OPNAME: list[str] = opcode.opname
_CACHE = opcode.opmap["CACHE"]
_EXTENDED_ARG = opcode.opmap["EXTENDED_ARG"]
_HAS_ARG = frozenset(getattr(opcode, "hasarg", range(opcode.HAVE_ARGUMENT, 256)))
_STOPS = frozenset(
    op
    for op, name in enumerate(OPNAME)
    if name in {"RETURN_VALUE", "RETURN_CONST", "RERAISE", "RAISE_VARARGS", "INTERPRETER_EXIT"}
)
JUMPS = frozenset(
    op
    for op, name in enumerate(OPNAME)
    if name in {"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE"}
)
"""Jumps without a condition."""
NOTHING = JUMPS | {op for op, name in enumerate(OPNAME) if name in {"NOP", "NOT_TAKEN"}}
"""Instructions that neither compute nor raise."""
UNGUARDED = NOTHING | {op for op, name in enumerate(OPNAME) if name.startswith("POP_JUMP_")}
"""Instructions of a body that the exception table may leave out, because they do not raise."""
# END_ASYNC_FOR has a jump argument from 3.14 on, for the sake of monitoring; it does not jump.
_BRANCHES = frozenset(op for op in opcode.hasjrel if op < 256 and OPNAME[op] != "END_ASYNC_FOR")
_BACKWARD = frozenset(op for op in _BRANCHES if "JUMP_BACKWARD" in OPNAME[op])

_ACTIONS = {"LOAD": "load", "STORE": "store", "DELETE": "delete"}


class StackUse(NamedTuple):
    """What one instruction, or half of a fused one, does to a name.

    Attributes:
        action: "load", "store", "delete"; "hide" for the start of an inlined comprehension; "cell" for handing
            the variable itself, not its value, to a function that is made.
        name: the variable.
        slot: whether the name is one of the frame's fast slots (local, cell or free variable).
    """

    action: str
    name: str
    slot: bool


class Instruction(NamedTuple):
    """One instruction: where it is, what it is.

    Attributes:
        offset: of the operation itself; what `f_lasti` and `dis` say.
        first: of its first EXTENDED_ARG prefix; what jumps aim at.
        op: its number.
        arg: its argument, prefixes included.
        after: offset of the next instruction, inline caches passed over.
    """

    offset: int
    first: int
    op: int
    arg: int
    after: int

    @property
    def opname(self) -> str:
        """Its name as `dis` prints it."""
        return OPNAME[self.op]


class Guard(NamedTuple):
    """One row of the exception table: the instructions from `start` to `end` go to `target`."""

    start: int
    end: int
    target: int
    depth: int
    lasti: bool


def _shape(name: str) -> tuple[tuple[str, ...], str]:
    """Return what an operation does to names, and whether they are slots, names or shifted names."""
    if name == "LOAD_FAST_AND_CLEAR":
        return ("hide",), "slot"
    if name in {"LOAD_NAME", "STORE_NAME", "DELETE_NAME", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}:
        return (_ACTIONS[name.partition("_")[0]],), "name"
    if name == "LOAD_GLOBAL":
        return ("load",), "shifted"
    if any(word in name for word in ("_FAST", "_DEREF", "_CLOSURE", "_CLASSDEREF")):
        words = name.removesuffix("_CHECK").replace("_BORROW", "").split("_")
        return tuple(_ACTIONS[word] for word in words if word in _ACTIONS), "slot"
    return (), ""


_SHAPES = [_shape(name) for name in OPNAME]
FUSED = frozenset(op for op, (actions, _) in enumerate(_SHAPES) if len(actions) == 2)
"""Two slot operations in one (from 3.13 on)."""


def split(instruction: Instruction) -> tuple[tuple[str, int], ...]:
    """Return the plain operations that an instruction stands for, alike for all variants of a slot load."""
    actions, _ = _SHAPES[instruction.op]
    if instruction.op in FUSED:
        first, second = actions
        return (f"{first}_FAST", instruction.arg >> 4), (f"{second}_FAST", instruction.arg & 15)
    name = instruction.opname
    if name in {"LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW"}:
        return (("load_FAST", instruction.arg),)
    if name == "STORE_FAST":
        return (("store_FAST", instruction.arg),)
    return ((name, 0 if instruction.op in _BRANCHES else instruction.arg),)


class BlockListing:
    """A code object, decoded."""

    def __init__(self, code: types.CodeType) -> None:
        self.code = code
        self.all = list(_decode(code.co_code))
        self.at = {instruction.first: instruction for instruction in self.all}
        self.guards = list(_exception_table(code.co_exceptiontable))
        self._guard_starts = [guard.start for guard in self.guards]
        cells = tuple(name for name in code.co_cellvars if name not in code.co_varnames)
        self._cells = frozenset(code.co_cellvars + code.co_freevars)
        self._slots = code.co_varnames + cells + code.co_freevars

    def index(self, offset: int) -> int:
        """Return the place in `all` of the instruction at an offset, or -1."""
        place = bisect_right(self.all, offset, key=lambda instruction: instruction.offset) - 1
        return place if place >= 0 and self.all[place].offset == offset else -1

    def guard(self, offset: int) -> Guard | None:
        """Return the row of the exception table that covers an offset."""
        place = bisect_right(self._guard_starts, offset) - 1
        if place < 0:
            return None
        guard = self.guards[place]
        return guard if offset < guard.end else None

    def guarded_by(self, offset: int, target: int) -> bool:
        """Tell whether an exception at this offset reaches a handler, at once or through others."""
        seen = set()
        guard = self.guard(offset)
        while guard is not None and guard.target not in seen:
            if guard.target == target:
                return True
            seen.add(guard.target)
            guard = self.guard(self.at[guard.target].offset)
        return False

    def target(self, instruction: Instruction) -> int | None:
        """Return where an instruction may jump to, or None."""
        if instruction.op not in _BRANCHES:
            return None
        distance = 2 * instruction.arg
        return instruction.after + (-distance if instruction.op in _BACKWARD else distance)

    def successors(self, instruction: Instruction) -> list[tuple[int, bool]]:
        """Return the offsets that may come next without an exception, each with whether by a jump."""
        after: list[tuple[int, bool]] = []
        if instruction.op not in _STOPS and instruction.op not in JUMPS:
            after.append((instruction.after, False))
        target = self.target(instruction)
        if target is not None:
            after.append((target, True))
        return after

    def uses(self, instruction: Instruction) -> tuple[StackUse, ...]:
        """Return what an instruction does to names, in order."""
        actions, kind = _SHAPES[instruction.op]
        if not actions:
            return ()
        if kind == "slot":
            arg = instruction.arg
            slots = (arg >> 4, arg & 15) if len(actions) == 2 else (arg,)
            cell = "_FAST" in instruction.opname or instruction.opname == "LOAD_CLOSURE"
            names = [self._slots[slot] for slot in slots]
            return tuple(
                StackUse("cell" if cell and action == "load" and name in self._cells else action, name, slot=True)
                for action, name in zip(actions, names, strict=True)
            )
        place = instruction.arg >> 1 if kind == "shifted" else instruction.arg
        return (StackUse(actions[0], self.code.co_names[place], slot=False),)

    def constant(self, instruction: Instruction) -> object:
        """Return the constant that an instruction loads, or NotImplemented."""
        if instruction.opname in {"LOAD_CONST", "RETURN_CONST"}:
            return self.code.co_consts[instruction.arg]
        return NotImplemented

    def line(self, offset: int) -> int | None:
        """Return the line of the instruction at an offset."""
        return line_of(self.code, offset)

    def columns(self, offset: int) -> tuple[int | None, int | None, int | None, int | None]:
        """Return line, end line, column and end column of the instruction at an offset."""
        for place, position in enumerate(self.code.co_positions()):
            if 2 * place == offset:
                return position
        return None, None, None, None


def line_of(code: types.CodeType, offset: int) -> int | None:
    """Return the line of the instruction at an offset of a code object."""
    for start, end, line in code.co_lines():
        if start <= offset < end:
            return line
    return None


def effect(instruction: Instruction, *, jump: bool) -> int:
    """Return by how much an instruction changes the height of the stack."""
    arg = instruction.arg if instruction.op in _HAS_ARG else None
    return opcode.stack_effect(instruction.op, arg, jump=jump)


def is_with_enter(listing: BlockListing, place: int) -> bool:
    """Tell whether the instruction at this place of `all` calls `__enter__` for a `with` statement."""
    instruction = listing.all[place]
    if instruction.opname == "BEFORE_WITH":
        return True
    if sys.version_info < (3, 14) or instruction.opname != "CALL" or place == 0:
        return False
    before = listing.all[place - 1]
    return before.opname == "LOAD_SPECIAL" and before.arg == 0  # 0 is `__enter__`, 2 is `__aenter__`


def _decode(units: bytes) -> Iterator[Instruction]:
    """Yield the instructions; EXTENDED_ARG and inline caches belong to the one they serve."""
    size = len(units)
    offset = extended = 0
    first = -1
    while offset < size:
        op, arg = units[offset], units[offset + 1] | extended
        if first < 0:
            first = offset
        start = offset
        offset += 2
        if op == _EXTENDED_ARG:
            extended = arg << 8
            continue
        while offset < size and units[offset] == _CACHE:
            offset += 2
        yield Instruction(start, first, op, arg, offset)
        extended, first = 0, -1


def _exception_table(table: bytes) -> Iterator[Guard]:
    """Yield the rows, as CPython's `Objects/exception_handling_notes.txt` describes them."""
    units = iter(table)

    def number(byte: int) -> int:
        value = byte & 63
        while byte & 64:
            byte = next(units)
            value = value << 6 | byte & 63
        return value

    for byte in units:
        start, length, target, last = number(byte), number(next(units)), number(next(units)), number(next(units))
        yield Guard(2 * start, 2 * (start + length), 2 * target, last >> 1, bool(last & 1))
