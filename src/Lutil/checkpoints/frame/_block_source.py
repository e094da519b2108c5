"""The source of a block, only where it is proved to be what is running.

A file may have been edited since it was imported, a cell rewritten by a magic. So a candidate text is compiled again,
and a `with` statement of it is taken only if the body compiles to the very instructions that run. To know which
statement an instruction of the new code stems from, it is compiled a second time with a line number of its own for
each: positions alone do not tell on all Pythons (from 3.13 they cover the context expression only).
"""

from __future__ import annotations

import bisect
import contextlib
import functools
import linecache
import opcode
import sys
import textwrap
import types
from typing import TYPE_CHECKING

from ..bytecode._block_instructions import BlockListing, is_with_enter, split
from ..model.process._late import loading
from ..model.process._records import NamedTuple
from ._block_flow import NotReadableError, body_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from ..bytecode._block_instructions import Instruction
    from ._block_facts import Block
    from ._block_flow import Body

__all__ = ["BlockSource", "block_source"]

_FUTURES = 0x1FF_0000  # the flags of `from __future__ import ...`, alike in code objects and in `compile`
_TOP_LEVEL_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_COROUTINE_FLAGS = 0x2A0  # generator, coroutine or asynchronous generator: a module is one only by top-level `await`
_SENTINEL = 1_000_000
_PRINT = 1  # the argument of CALL_INTRINSIC_1 for the value of an expression typed at a prompt

_SILENT = frozenset(op for op, name in enumerate(opcode.opname) if name in {"NOP", "RESUME", "PRECALL", "NOT_TAKEN"})
_NAMED = frozenset(opcode.hasname)
_SHIFTS = {"LOAD_ATTR": 1 if sys.version_info >= (3, 12) else 0, "LOAD_SUPER_ATTR": 2}


class BlockSource(NamedTuple):
    """The source of a block.

    Attributes:
        text: of its body, dedented.
        node: the `with` statement.
        lineno: of the `with`, in its file.
        item: which of the items of the statement is the block's own.
    """

    text: str
    node: ast.With
    lineno: int
    item: int


def block_source(block: Block, module: dict[str, object]) -> BlockSource | None:
    """Return the source of a block, or None where none is proved to be the running code.

    It parses the file, 20 ms per thousand lines, and is meant for misses and questions. The globals of the module
    are asked for its loader.
    """
    code = block.code
    running = BlockListing(code)
    wanted = _normal(running, body_of(running, block.enter))
    for text in _candidates(code.co_filename, module):
        for site in _sites(text, _flags(code), block.line or 0, code.co_name):
            if site.normal == wanted:
                return BlockSource(_text_of(text, site.node), site.node, site.node.lineno, site.item)
    return None


class _Site(NamedTuple):
    """One `with` item of a candidate text, and what its body compiles to."""

    node: ast.With
    item: int
    normal: object


def _flags(code: types.CodeType) -> int:
    awaits = code.co_name == "<module>" and code.co_flags & _COROUTINE_FLAGS
    return code.co_flags & _FUTURES | (_TOP_LEVEL_AWAIT if awaits else 0)


def _candidates(filename: str, module: dict[str, object]) -> Iterator[str]:
    """Yield the texts that the running code may stem from."""
    lines = linecache.getlines(filename, module)
    if lines:
        yield "".join(lines)
        linecache.checkcache(filename)
        newer = linecache.getlines(filename, module)
        if newer != lines:
            yield "".join(newer)
    if filename == "<string>" and "-c" in sys.orig_argv[:-1]:
        yield sys.orig_argv[sys.orig_argv.index("-c") + 1]
    if filename.startswith("<"):  # `%%time` and the like compile the rest of their cell themselves
        cell = _running_cell()
        if cell:
            yield cell


def _running_cell() -> str:
    """Return the cell that IPython is running, without its cell magics, or an empty string."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    if shell is None:
        return ""
    raw = str(shell.history_manager.input_hist_raw[-1]).lstrip()
    while raw.startswith("%%"):
        raw = raw.partition("\n")[2].lstrip()
    return str(shell.transform_cell(raw))


@functools.lru_cache(maxsize=16)
def _sites(text: str, flags: int, line: int, name: str) -> tuple[_Site, ...]:
    """Return the `with` items of a text that enclose a line, in code objects of a name."""
    with loading:
        import ast  # noqa: PLC0415 - 5 ms that only a miss or a question owes

    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError):
        return ()
    around = [statement for statement in statements if _first_line(statement) <= line <= (statement.end_lineno or 0)]
    if not around:
        return ()
    # What a module imports anywhere is called by other instructions; a cell is compiled statement by statement.
    whole = [one for one in statements if one in around or _imports(one)]
    trees = [ast.Module(found, []) for found in ((whole, around) if len(whole) > len(around) else (around,))]
    return tuple(site for tree in trees for site in _sites_in(tree, flags, line, name))


def _sites_in(tree: ast.Module, flags: int, line: int, name: str) -> list[_Site]:
    with loading:
        import ast  # noqa: PLC0415 - the same

    withs = [node for node in ast.walk(tree) if isinstance(node, ast.With)]
    try:
        real = compile(tree, "<candidate>", "exec", flags, dont_inherit=True)
        marked = _compile_marked(tree, withs, flags)
    except (SyntaxError, ValueError):
        return []
    return [
        _Site(node, item, normal)
        for node, item, normal in _pairs(real, marked, withs, name)
        if node.lineno <= line <= (node.end_lineno or 0)
    ]


def _imports(statement: ast.stmt) -> bool:
    """Return whether a statement of a module may bind a name of the module by an import."""
    with loading:
        import ast  # noqa: PLC0415 - the same

    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    return any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(statement))


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _compile_marked(tree: ast.Module, withs: list[ast.With], flags: int) -> types.CodeType:
    """Compile with a line number of its own for each `with`; the tree is afterwards as it was."""
    nodes: list[ast.With | ast.expr] = []
    saved: list[tuple[int, int, int | None, int | None]] = []
    try:
        for place, statement in enumerate(withs):
            marked: list[ast.With | ast.expr] = [statement, *(item.context_expr for item in statement.items)]
            for node in marked:
                nodes.append(node)
                saved.append((node.lineno, node.col_offset, node.end_lineno, node.end_col_offset))
                node.lineno = node.end_lineno = _SENTINEL + place
                node.col_offset = node.end_col_offset = 0
        code: types.CodeType = compile(tree, "<candidate>", "exec", flags, dont_inherit=True)
        return code
    finally:
        for node, positions in zip(nodes, saved, strict=False):
            node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = positions


def _pairs(
    real: types.CodeType, marked: types.CodeType, withs: list[ast.With], name: str
) -> Iterator[tuple[ast.With, int, object]]:
    """Yield each `with` item of both codes, walked in step: its node, its place, its normalised body."""
    if real.co_name == name:
        listing, other = BlockListing(real), BlockListing(marked)
        counts: dict[int, int] = {}
        for enter, sentinel in zip(_enters(listing), _enters(other), strict=True):
            place = (other.line(sentinel) or 0) - _SENTINEL
            if not 0 <= place < len(withs):
                continue
            node = withs[place]
            item = counts[place] = counts.get(place, -1) + 1  # `finally` is compiled more than once
            with contextlib.suppress(NotReadableError):  # such a block is refused before anybody asks
                yield node, item % len(node.items), _normal(listing, body_of(listing, enter))
    inner = [
        [constant for constant in code.co_consts if isinstance(constant, types.CodeType)] for code in (real, marked)
    ]
    for one, two in zip(*inner, strict=False):
        yield from _pairs(one, two, withs, name)


def _enters(listing: BlockListing) -> list[int]:
    return [instruction.offset for place, instruction in enumerate(listing.all) if is_with_enter(listing, place)]


def _text_of(text: str, node: ast.With) -> str:
    """Return the text of a body, dedented, comments between its statements included."""
    lines = text.splitlines(keepends=True)
    first, last = node.body[0], node.body[-1]
    start, end = _first_line(first), last.end_lineno or last.lineno
    head = lines[start - 1].encode()[: first.col_offset].decode(errors="replace")
    if start == first.lineno and head.strip():  # the body stands on the line of the header
        rest = "".join(lines[start - 1 : end]).encode()
        tail = len(lines[end - 1].encode()) - (last.end_col_offset or 0)
        return rest[first.col_offset : len(rest) - tail].decode(errors="replace")
    return textwrap.dedent("".join(lines[start - 1 : end]))


def _normal(listing: BlockListing, body: Body | None) -> object:
    """Return the instructions of a body, or of a whole code, in a form that does not depend on where they stand."""
    found = body.instructions if body is not None else listing.at
    order = [first for first in sorted(found) if found[first].op not in _SILENT]
    own = body.handler if body is not None else None
    result: list[object] = []
    for first in order:
        instruction = found[first]
        if instruction.opname == "CALL_INTRINSIC_1" and instruction.arg == _PRINT:
            continue  # at a prompt the same statement prints its value
        guard = listing.guard(instruction.offset)
        handler: object = "own" if guard is not None and guard.target == own else None
        if guard is not None and guard.target in found:
            handler = bisect.bisect_left(order, guard.target)
        parts = _operands(listing, instruction, order)
        if body is not None and first == body.start.first:
            parts = parts[1:]  # the store of the `as` name
        result.append((parts, handler))
    return result


def _operands(listing: BlockListing, instruction: Instruction, order: list[int]) -> list[object]:
    """Return the operations of an instruction, each with what it is about: a name, constant or place."""
    uses = listing.uses(instruction)
    if uses:
        shared = instruction.arg & 1 if instruction.opname == "LOAD_GLOBAL" else 0
        names = [operation for operation, _ in split(instruction)]
        return [(name, use.name, shared) for name, use in zip(names, uses, strict=True)]
    target = listing.target(instruction)
    if target is not None:
        return [(instruction.opname, bisect.bisect_left(order, target))]
    constant = listing.constant(instruction)
    if constant is not NotImplemented:
        return [(instruction.opname, _constant(constant))]
    if instruction.op in _NAMED:
        shift = _SHIFTS.get(instruction.opname, 0)
        name = listing.code.co_names[instruction.arg >> shift]
        return [(instruction.opname, name, instruction.arg & ((1 << shift) - 1))]
    return [("POP_TOP" if instruction.opname == "PRINT_EXPR" else instruction.opname, instruction.arg)]


def _constant(value: object) -> object:
    """Return a form of a constant that is equal only for the same type and value."""
    if isinstance(value, types.CodeType):
        shape = (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags)
        return ("code", value.co_name, shape, value.co_varnames, _normal(BlockListing(value), None))
    if isinstance(value, tuple):
        return ("tuple", [_constant(item) for item in value])
    if isinstance(value, frozenset):
        return ("frozenset", sorted(repr(_constant(item)) for item in value))
    return (type(value).__name__, repr(value))
