"""The normal form of code: what it does, without what only its layout decides.

No line numbers, docstrings or annotations; names and constants in place of indices; jumps as edges of a
flow graph; both senses of a condition written one way; runs of stores in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from itertools import pairwise
from types import CodeType

from ._constants import constant
from ._flow_graph import minimised
from ._instructions import HAS_METHOD_FLAG, Handler, Listing, local_names
from ._prepared import with_ordered_stores

__all__ = ["code_digest_bytes", "flow", "header"]

_FAST = frozenset({"LOAD_FAST", "STORE_FAST", "DELETE_FAST", "LOAD_FAST_AND_CLEAR", "LOAD_CLOSURE"})
_DEREF = frozenset({"LOAD_DEREF", "STORE_DEREF", "DELETE_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"})
_LOCAL = _FAST | _DEREF
_NAMED = frozenset(
    {
        "LOAD_ATTR",
        "LOAD_NAME",
        "STORE_NAME",
        "DELETE_NAME",
        "STORE_GLOBAL",
        "DELETE_GLOBAL",
        "STORE_ATTR",
        "DELETE_ATTR",
        "IMPORT_NAME",
        "IMPORT_FROM",
        "LOAD_METHOD",
        "LOAD_FROM_DICT_OR_GLOBALS",
    }
)
_CONSTS = frozenset({"LOAD_CONST", "KW_NAMES"})
_HEADS = {name: name.encode() + b" " for name in _LOCAL | _NAMED | _CONSTS}
# Taken or not, one of these two forms is chosen by where the blocks happen to lie.
_FLIPPED = {"POP_JUMP_IF_FALSE": "POP_JUMP_IF_TRUE", "POP_JUMP_IF_NOT_NONE": "POP_JUMP_IF_NONE"}
# They cannot fail, so that being inside or outside of a handler makes no difference.
_SILENT = _FAST | {"LOAD_CONST", "POP_TOP", "PUSH_NULL", "COPY", "SWAP", "KW_NAMES", "STORE_DEREF"}
_ELIDED = frozenset({"NOP", "JUMP"})
_KIND_FLAGS = 0x04 | 0x08 | 0x20 | 0x80 | 0x100 | 0x200
"""Of `co_flags`: *args, **kwargs, generator, coroutine, iterable coroutine, asynchronous generator."""

Nested = Callable[[CodeType], bytes]


def header(code: CodeType) -> bytes:
    """Return the bytes of a code object's name and parameters."""
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    numbers = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & _KIND_FLAGS)
    return _encoded(repr((code.co_name, numbers, code.co_varnames[:count])))


def code_digest_bytes(code: CodeType, listed: Listing, nested: Nested) -> bytes:
    """Return canonical bytes of a whole code object; `listed` as `prepared` gives it."""
    return header(code) + b"\n" + flow(code, listed, nested)


def flow(code: CodeType, listed: Listing, nested: Nested, inside: Container[int] | None = None) -> bytes:
    """Return the minimised flow graph of all instructions, or of those whose offsets are `inside`."""
    listed = with_ordered_stores(code, listed, inside)
    instructions = listed.instructions
    states, place = _states(listed, inside)
    guards = _guards(listed, inside) if listed.handlers else {}
    base = min((row.depth for row in guards.values()), default=0)
    write = _writer(code, nested)
    contents: list[list[tuple[bytes, int]]] = []
    edges: list[tuple[int, ...]] = []
    for first, end in states:
        pieces: list[tuple[bytes, int]] = []
        text: list[bytes] = []
        for number, (_, name, arg, target) in enumerate(instructions[first:end], first):
            if name in _ELIDED:
                continue
            text.append(write(name, arg, target))
            if number in guards:
                row = guards[number]
                token = text.pop() + b"!%d%d" % (row.depth - base, row.lasti)
                if text:
                    pieces.append((b"\n".join(text), -1))
                    text.clear()
                pieces.append((token, place[listed.numbers[row.target]]))
        if text:
            pieces.append((b"\n".join(text), -1))
        contents.append(pieces)
        following = [place[other] for other in listed.ways(end - 1)]
        edges.append(tuple(reversed(following) if instructions[end - 1][1] in _FLIPPED else following))
    contents.extend(([(b"leave", -1)], [(b"spin", -1)]))
    edges.extend(((), ()))
    start = 0 if inside is None else next((n for n, one in enumerate(instructions) if one[0] in inside), 0)
    return minimised(contents, edges, place[start])


def _states(listed: Listing, inside: Container[int] | None) -> tuple[list[tuple[int, int]], dict[int, int]]:
    """Return the straight runs that do something, and for each beginning of a run the state that it leads to."""
    instructions = listed.instructions
    heads = listed.heads
    if inside is not None:
        within = [one[0] in inside for one in instructions]
        heads = heads | {number for number in range(1, len(within)) if within[number] is not within[number - 1]}
    states: list[tuple[int, int]] = []
    place: dict[int, int] = {}
    idle: dict[int, int] = {}
    outside: list[int] = []
    for first, end in pairwise(sorted(heads)):
        if inside is not None and instructions[first][0] not in inside:
            outside.append(first)
        elif instructions[first][1] not in _ELIDED or any(one[1] not in _ELIDED for one in instructions[first:end]):
            place[first] = len(states)
            states.append((first, end))
        else:
            idle[first] = end
    leave, spin = len(states), len(states) + 1
    place.update(dict.fromkeys(outside, leave))
    for first in idle:
        number, passed = first, {first}
        while number in idle:
            following = listed.ways(idle[number] - 1)
            if not following or following[-1] in passed:
                break  # `while True: pass`
            number = following[-1]
            passed.add(number)
        place[first] = spin if number in idle else place[number]
    return states, place


def _guards(listed: Listing, inside: Container[int] | None) -> dict[int, Handler]:
    """Return the handler of each instruction that may fail under one."""
    out = {}
    for number, (offset, name, _, _) in enumerate(listed.instructions):
        if name in _ELIDED or name in _SILENT or name[:6] == "ASSIGN" or (inside is not None and offset not in inside):
            continue
        for row in listed.handlers:
            if row.start <= offset < row.end:
                out[number] = row
                break
    return out


def _writer(code: CodeType, nested: Nested) -> Callable[[str, int, int], bytes]:
    """Return a function that writes an instruction with its argument resolved."""
    names = [_encoded(name) for name in code.co_names]
    fast = [_encoded(name) for name in local_names(code)]
    consts = code.co_consts

    def write(name: str, arg: int, target: int) -> bytes:  # noqa: PLR0911 - a table, the order of which matters
        if name in _LOCAL:
            return _HEADS[name] + fast[arg]
        if name in _CONSTS:
            return _HEADS[name] + constant(consts[arg], nested)
        if name == "LOAD_GLOBAL":
            return b"LOAD_GLOBAL " + names[arg >> 1] + (b" 1" if arg & 1 else b" 0")
        if name == "LOAD_ATTR" and HAS_METHOD_FLAG:
            return b"LOAD_ATTR " + names[arg >> 1] + (b" 1" if arg & 1 else b" 0")
        if name in _NAMED:
            return _HEADS[name] + names[arg]
        if name == "LOAD_SUPER_ATTR":
            return b"LOAD_SUPER_ATTR " + names[arg >> 2] + b" %d" % (arg & 3)
        if name in _FLIPPED:
            name = _FLIPPED[name]
        return _encoded(name if arg == 0 or target >= 0 else f"{name} {arg}")

    return write


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
