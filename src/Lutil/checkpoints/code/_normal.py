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
    place = _places(instructions, edges, inside)
    write = _writer(code, nested)
    guards = _guards(instructions, table, place, inside) if table else {}
    base = min((depth for _, depth, _ in guards.values()), default=0)
    tokens: list[bytes] = []
    guard: list[int] = []
    out: list[tuple[int, ...]] = []
    for number, instruction in enumerate(instructions):
        name = instruction[1]
        if name in _ELIDED or (inside is not None and instruction[0] not in inside):
            continue
        following = [place[other] for other in edges[number]]
        if name in _FLIPPED:
            following.reverse()
        token = write(instruction)
        handled = guards.get(number)
        if handled is not None:
            token += b"!%d%d" % (handled[1] - base, handled[2])
        tokens.append(token)
        guard.append(-1 if handled is None else handled[0])
        out.append(tuple(following))
    tokens.extend((b"leave", b"spin"))
    guard.extend((-1, -1))
    out.extend(((), ()))
    return minimised(tokens, out, guard, place[_first(instructions, inside)])


def _places(instructions: list[Instruction], edges: list[tuple[int, ...]], inside: Container[int] | None) -> list[int]:
    """Return the state that each instruction is or, where it does nothing, leads to."""
    chosen = [one[1] not in _ELIDED and (inside is None or one[0] in inside) for one in instructions]
    place, count = [-1] * len(instructions), 0
    for number, is_state in enumerate(chosen):
        if is_state:
            place[number] = count
            count += 1
    leave, spin = count, count + 1
    for start in range(len(instructions)):
        number, passed, known = start, [], place[start]
        while known < 0:
            if inside is not None and instructions[number][0] not in inside:
                known = leave
            elif not edges[number] or number in passed:
                known = spin  # `while True: pass`
            else:
                passed.append(number)
                number = edges[number][-1]
                known = place[number]
        for other in (start, *passed):
            place[other] = known
    return place


def _guards(
    instructions: list[Instruction], table: list[Handler], place: list[int], inside: Container[int] | None
) -> dict[int, tuple[int, int, bool]]:
    """Return, for each instruction that may fail under a handler, the handler's state, depth and kind."""
    index = {instruction[0]: number for number, instruction in enumerate(instructions)}
    out = {}
    for number, (offset, name, _, _) in enumerate(instructions):
        if name in _ELIDED or name in _SILENT or name[:6] == "ASSIGN" or (inside is not None and offset not in inside):
            continue
        for row in table:
            if row.start <= offset < row.end:
                if row.target in index:
                    out[number] = (place[index[row.target]], row.depth, row.lasti)
                break
    return out


def _first(instructions: list[Instruction], inside: Container[int] | None) -> int:
    if inside is None:
        return 0
    return next((number for number, one in enumerate(instructions) if one[0] in inside), 0)


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
