"""The normal form of code: what it does, without what only its layout decides.

No line numbers, docstrings or annotations; names and constants in place of indices; jumps as edges of a
flow graph; both senses of a condition written one way; runs of stores in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from types import CodeType

from ._constants import constant
from ._flow import minimised
from ._instructions import HAS_METHOD_FLAG, Handler, Instruction, handlers, local_names, successors
from ._prepare import with_ordered_stores

__all__ = ["code_digest_bytes", "flow", "header"]

_FAST = frozenset({"LOAD_FAST", "STORE_FAST", "DELETE_FAST", "LOAD_FAST_AND_CLEAR", "LOAD_CLOSURE"})
_DEREF = frozenset({"LOAD_DEREF", "STORE_DEREF", "DELETE_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"})
_LOCAL = _FAST | _DEREF
_NAMED = frozenset(
    {
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
    return repr((code.co_name, numbers, code.co_varnames[:count])).encode("utf-8", "surrogatepass")


def code_digest_bytes(code: CodeType, instructions: list[Instruction], nested: Nested) -> bytes:
    """Return canonical bytes of a whole code object; `instructions` as `prepared` gives them."""
    return header(code) + b"\n" + flow(code, instructions, nested)


def flow(
    code: CodeType, instructions: list[Instruction], nested: Nested, inside: Container[int] | None = None
) -> bytes:
    """Return the minimised flow graph of all instructions, or of those whose offsets are `inside`."""
    instructions = with_ordered_stores(code, instructions, inside)
    edges = successors(instructions)
    table = handlers(code)
    index = {instruction[0]: number for number, instruction in enumerate(instructions)}
    chosen = [
        number
        for number, instruction in enumerate(instructions)
        if instruction[1] not in _ELIDED and (inside is None or instruction[0] in inside)
    ]
    place = {number: state for state, number in enumerate(chosen)}
    leave, spin = len(chosen), len(chosen) + 1
    tokens: list[bytes] = []
    out: list[tuple[int, ...]] = []
    write = _writer(code, nested)
    depths = _depths(instructions, chosen, table)
    base = min(depths.values(), default=0)

    def state_of(number: int) -> int:
        seen = 0
        while number not in place:
            if inside is not None and instructions[number][0] not in inside:
                return leave
            if not edges[number] or seen > len(instructions):
                return spin
            number = edges[number][-1] if instructions[number][1] == "JUMP" else edges[number][0]
            seen += 1
        return place[number]

    guard: list[int] = []
    for number in chosen:
        offset, name, _, _ = instructions[number]
        following = [state_of(other) for other in edges[number]]
        if name in _FLIPPED:
            following.reverse()
        token = write(instructions[number])
        handled = -1
        if table and name not in _SILENT and name[:6] != "ASSIGN" and (handler := _handler(table, offset)) is not None:
            target = index.get(handler.target)
            if target is not None:
                handled = state_of(target)
                token += b"!%d%d" % (handler.depth - base, handler.lasti)
        tokens.append(token)
        guard.append(handled)
        out.append(tuple(following))
    tokens.extend((b"leave", b"spin"))
    guard.extend((-1, -1))
    out.extend(((), ()))
    return minimised(tokens, out, guard, state_of(_first(instructions, inside)))


def _first(instructions: list[Instruction], inside: Container[int] | None) -> int:
    if inside is None:
        return 0
    return next((number for number, one in enumerate(instructions) if one[0] in inside), 0)


def _handler(table: list[Handler], offset: int) -> Handler | None:
    for row in table:
        if row.start <= offset < row.end:
            return row
    return None


def _depths(instructions: list[Instruction], chosen: list[int], table: list[Handler]) -> dict[int, int]:
    """Return the stack depth that the handler of each covered instruction keeps."""
    if not table:
        return {}
    rows = ((number, _handler(table, instructions[number][0])) for number in chosen)
    return {number: row.depth for number, row in rows if row is not None}


def _writer(code: CodeType, nested: Nested) -> Callable[[Instruction], bytes]:
    """Return a function that writes an instruction with its argument resolved."""
    names, fast, consts = code.co_names, local_names(code), code.co_consts

    def write(instruction: Instruction) -> bytes:
        _, name, arg, target = instruction
        if name in _LOCAL:
            text = f"{name} {fast[arg]}"
        elif name in _CONSTS:
            return name.encode() + b" " + constant(consts[arg], nested)
        elif name == "LOAD_GLOBAL":
            text = f"{name} {names[arg >> 1]} {arg & 1}"
        elif name == "LOAD_ATTR":
            text = f"{name} {names[arg >> 1]} {arg & 1}" if HAS_METHOD_FLAG else f"{name} {names[arg]}"
        elif name == "LOAD_SUPER_ATTR":
            text = f"{name} {names[arg >> 2]} {arg & 3}"
        elif name in _NAMED:
            text = f"{name} {names[arg]}"
        elif name in _FLIPPED:
            text = _FLIPPED[name]
        else:
            text = name if arg == 0 or target >= 0 else f"{name} {arg}"
        return text.encode("utf-8", "surrogatepass")

    return write
