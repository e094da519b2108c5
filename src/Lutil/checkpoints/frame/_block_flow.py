"""The body of one `with` block, and whether control flow leaves it by any way but its end.

```
            __enter__
    start   POP_TOP, or the store of the `as` name       <- the skip raises here
            body                                          every instruction guarded by `handler`
            None None None CALL POP_TOP                   an exit: `__exit__(None, None, None)`
            ...                                           <- the end of the block goes here
    handler __exit__(type, value, traceback); swallowed:  <- and so does the skip
```

A skip goes where a swallowed exception goes. So a block may be skipped only if every exit of its body goes on
exactly there. An exit that does not is a `return`, `break` or `continue`. The compiler copies short ends of
functions, so "exactly there" compares what the two ways do, not only where they lead.
"""

from __future__ import annotations

import linecache
import sys
from typing import TYPE_CHECKING

from ..bytecode._block_instructions import FUSED, NOTHING, UNGUARDED, BlockListing, Instruction, is_with_enter, split
from ..model.process._records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Body", "Leave", "NotReadableError", "body_of", "leaves", "starts"]

_Position = tuple[int, int]


class NotReadableError(Exception):
    """The instructions around an offset are not those of a `with` block that can be skipped."""


class Body(NamedTuple):
    """The instructions of a body, by offset of what jumps aim at, in order of discovery."""

    start: Instruction
    instructions: dict[int, Instruction]
    exits: dict[int, int]
    """First instruction of an exit -> offset of the instruction before it on the way there."""
    handler: int


class Leave(NamedTuple):
    """Control flow that leaves a body: "return", "yield", "yield from", "break", "continue", and its line."""

    kind: str
    line: int | None


def starts(listing: BlockListing) -> frozenset[int]:
    """Return the offsets, prefixes included, of all instructions that come right after an `__enter__`."""
    found: set[int] = set()
    for place, instruction in enumerate(listing.all[1:]):
        if is_with_enter(listing, place):
            found.update(range(instruction.first, instruction.offset + 1, 2))
    return frozenset(found)


def body_of(listing: BlockListing, lasti: int) -> Body:
    """Return the body of the block whose `__enter__` is called at `lasti`.

    Raises:
        NotReadableError: no `with` statement calls there, or its body cannot be told from the rest.
    """
    place = listing.index(lasti)
    if place < 0 or not is_with_enter(listing, place):
        raise NotReadableError("it must be entered directly by a `with` statement")
    start = listing.all[place + 1]
    guard = listing.guard(start.offset)
    if guard is None:
        raise NotReadableError("its first instruction is not guarded by its `__exit__`")
    body = Body(start, {}, {}, guard.target)
    if start.op in FUSED:
        body.instructions[start.first] = start
    todo = [(start.after, start.offset)]
    while todo:
        first, before = todo.pop()
        if first in body.instructions:
            continue
        instruction = listing.at[first]
        guarded = listing.guarded_by(instruction.offset, guard.target)
        if not guarded and instruction.op not in UNGUARDED:
            body.exits[first] = before
            continue
        body.instructions[first] = instruction
        todo += [(target, instruction.offset) for target, _ in reversed(listing.successors(instruction))]
        inner = listing.guard(instruction.offset)
        if guarded and inner is not None and inner.target != guard.target:
            todo.append((inner.target, instruction.offset))
    return body


def leaves(listing: BlockListing, body: Body) -> Leave | None:
    """Return the first way by which control flow leaves the body, or None.

    Raises:
        NotReadableError: an exit or the handler does not have the form that this Python gives them.
    """
    found = [(offset, kind) for offset, kind in _yields(body)]
    end = _after_swallowing(listing, body.handler)
    ends: list[int] = []
    for first, before in body.exits.items():
        after, valued = _after_exit(listing, first)
        if valued or not _same_way(listing, after, end):
            found.append((before, "return" if valued else _kind(listing, before, after)))
        else:
            ends.append(before)
    if len(ends) > 1:  # the end of a body is compiled once; the others are statements that happen to go there too
        found += [(before, _kind(listing, before, end)) for before in sorted(ends)[:-1]]
    elif ends and not found:
        kind = _written_there(listing, ends[0])
        found += [(ends[0], kind)] if kind else []
    if not found:
        return None
    offset, kind = min(found)
    return Leave(kind, listing.line(offset))


def _yields(body: Body) -> Iterator[tuple[int, str]]:
    """Yield the suspensions that are not those of an `await`, told by the RESUME that follows each."""
    for instruction in body.instructions.values():
        if instruction.opname == "YIELD_VALUE":
            resume = body.instructions.get(instruction.after)
            how = resume.arg & 3 if resume is not None and resume.opname == "RESUME" else 1
            if how != 3:
                yield instruction.offset, "yield from" if how == 2 else "yield"


def _after_exit(listing: BlockListing, first: int) -> tuple[int, bool]:
    """Return where an exit goes on, and whether it carries the value of a `return`."""
    instruction = listing.at[first]
    valued = False
    while instruction.opname == "SWAP":
        valued = True
        instruction = listing.at[instruction.after]
    for _ in range(3):
        if listing.constant(instruction) is not None:
            raise NotReadableError("its call of `__exit__` cannot be read on this Python")
        instruction = listing.at[instruction.after]
    while instruction.opname in {"PRECALL", "CALL"}:
        instruction = listing.at[instruction.after]
    if instruction.opname != "POP_TOP":
        raise NotReadableError("its call of `__exit__` cannot be read on this Python")
    return instruction.after, valued


def _after_swallowing(listing: BlockListing, handler: int) -> int:
    """Return where control goes after `__exit__` has swallowed an exception."""
    instruction = listing.at[handler]
    while instruction.opname in {"PUSH_EXC_INFO", "WITH_EXCEPT_START", "TO_BOOL"}:
        instruction = listing.at[instruction.after]
    target = listing.target(instruction)
    if target is None or "IF_TRUE" not in instruction.opname:
        raise NotReadableError("its handler cannot be read on this Python")
    instruction = listing.at[target]
    while instruction.opname in {"NOT_TAKEN", "NOP"}:
        instruction = listing.at[instruction.after]
    popped = 0
    # The exception, the one before it, the offset, then what `__exit__` is called by: one value up to 3.13, two since.
    callee = 1 if sys.version_info < (3, 14) else 2
    for opname in ("POP_TOP", "POP_EXCEPT", "POP_TOP", *["POP_TOP"] * callee):
        if instruction.opname != opname:
            raise NotReadableError("its handler cannot be read on this Python")
        popped = instruction.after
        instruction = listing.at[popped]
    return popped


def _same_way(listing: BlockListing, one: int, other: int) -> bool:
    """Tell whether two ways do the same from here on, copies of instructions included."""
    todo = [((one, 0), (other, 0))]
    seen: set[tuple[_Position, _Position]] = set()
    while todo:
        pair = _settle(listing, todo[-1][0]), _settle(listing, todo.pop()[1])
        (first, part), (second, other_part) = pair
        if pair[0] == pair[1] or pair in seen:
            continue
        seen.add(pair)
        left, right = listing.at[first], listing.at[second]
        operations, others = split(left), split(right)
        if operations[part] != others[other_part] or _guards_differ(listing, left, right):
            return False
        ways = _next(listing, left, part, len(operations))
        other_ways = _next(listing, right, other_part, len(others))
        if len(ways) != len(other_ways):
            return False
        todo += zip(ways, other_ways, strict=True)
    return True


def _guards_differ(listing: BlockListing, left: Instruction, right: Instruction) -> bool:
    if left.opname in {"LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP"}:  # these do not raise
        return False
    one, other = listing.guard(left.offset), listing.guard(right.offset)
    return (one and one.target) != (other and other.target)


def _next(listing: BlockListing, instruction: Instruction, part: int, parts: int) -> list[_Position]:
    if part + 1 < parts:
        return [(instruction.first, part + 1)]
    return [(target, 0) for target, _ in listing.successors(instruction)]


def _settle(listing: BlockListing, position: _Position) -> _Position:
    """Follow jumps and no-operations to the next instruction that does something."""
    first, part = position
    seen: set[int] = set()
    while listing.at[first].op in NOTHING and first not in seen:
        seen.add(first)
        first = listing.successors(listing.at[first])[0][0]
    return first, part


def _kind(listing: BlockListing, before: int, after: int) -> str:
    """Return which statement most likely leaves here: an error message wants a word, nothing depends on it."""
    line, end_line, column, end_column = listing.columns(before)
    width = end_column - column if line == end_line and column is not None and end_column is not None else 0
    if width == len("break") and listing.all[listing.index(before)].opname == "NOP":
        return "break"
    seen: set[int] = set()
    while after not in seen:
        seen.add(after)
        instruction = listing.at[after]
        if "RETURN" in instruction.opname:
            return "return"
        ways = listing.successors(instruction)
        if len(ways) != 1:
            return "continue" if instruction.opname == "FOR_ITER" else "break"
        if ways[0][0] < after:
            return "continue"
        after = ways[0][0]
    return "continue"


def _written_there(listing: BlockListing, before: int) -> str:
    """Return "continue" or "return" where that is the last statement of a body, else an empty string.

    They may go just where the end of the block goes, and then the bytecode is that of `pass`, which is no less safe to
    skip. They are refused so that adding a line below the block changes nothing: where
    the source can be read, by the columns that the running code gives for its last no-operation. (A `break` there may
    be that of a loop inside the body.)
    """
    line, end_line, column, end_column = listing.columns(before)
    if line is None or line != end_line:
        return ""
    text = linecache.getline(listing.code.co_filename, line).encode()[column:end_column].decode(errors="replace")
    return next((word for word in ("continue", "return") if text.split(maxsplit=1)[:1] == [word]), "")
