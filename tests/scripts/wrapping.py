"""Rewrite a script so that its cells, or its single statements, are blocks.

Imports, definitions, and statements that hold one stay outside: a block cannot keep what it defines.
"""

from __future__ import annotations

import ast
import itertools
import re
from typing import NamedTuple

__all__ = ["Block", "blocks_of", "rewritten"]

_CELL = re.compile(r"^# ?%%|^#{20,}")
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Block(NamedTuple):
    """Statements that become one block.

    Attributes:
        line: of the first one in the script.
        statements: as they stand in the script.
        names: global names that they read or bind.
        bound: those that they bind.
    """

    line: int
    statements: tuple[ast.stmt, ...]
    names: tuple[str, ...]
    bound: tuple[str, ...]


def blocks_of(text: str, unit: str) -> list[Block | ast.stmt]:
    """Return the blocks of a script, and between them the statements that stay outside.

    Args:
        text: the script.
        unit: `"cells"` (`# %%`, or a line of `#`), or `"statements"`.
    """
    found: list[Block | ast.stmt] = []
    together: list[ast.stmt] = []
    cells = [number for number, line in enumerate(text.splitlines(), 1) if _CELL.match(line)]

    def close() -> None:
        if together:
            found.append(_block(tuple(together)))
            together.clear()

    for statement in ast.parse(text).body:
        if not _may_be_wrapped(statement):
            close()
            found.append(statement)
            continue
        if together and (unit == "statements" or _cell(together[-1], cells) != _cell(statement, cells)):
            close()
        together.append(statement)
    close()
    return found


def _cell(statement: ast.stmt, cells: list[int]) -> int:
    return sum(line < statement.lineno for line in cells)


def _may_be_wrapped(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return False  # the docstring, and texts that stand for comments
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
        return False
    return not any(isinstance(inner, _DEFINITIONS) for inner in ast.walk(statement))


def _block(statements: tuple[ast.stmt, ...]) -> Block:
    names = [node for one in statements for node in ast.walk(one) if isinstance(node, ast.Name)]
    every = dict.fromkeys(node.id for node in names)
    bound = dict.fromkeys(node.id for node in names if isinstance(node.ctx, ast.Store))
    return Block(statements[0].lineno, statements, tuple(every), tuple(bound))


def rewritten(found: list[Block | ast.stmt], *, blocks: bool) -> str:
    """Return a script with a witness before and behind each block; without `blocks`, nothing else is different.

    Each block is called after its number, which does not count; its object is handed to the witness.
    """
    body: list[ast.stmt] = []
    head = "import witness as _witness\nfrom Lutil.checkpoints import InlineCheckpoint as _Block"
    numbers = itertools.count()
    for one in found:
        if isinstance(one, Block):
            number = next(numbers)
            body += ast.parse(f"_witness.before({number}, globals(), {one.names!r})").body
            body += [_with(one, number)] if blocks else one.statements
            body += ast.parse(
                f"_witness.after({number}, globals(), {one.names!r}, {'_block' if blocks else None})"
            ).body
        else:
            body.append(one)
    first = next((place for place, one in enumerate(body) if not _comes_first(one)), len(body))
    body[first:first] = ast.parse(head).body
    body += ast.parse("_witness.close(globals())").body
    return ast.unparse(ast.Module(body, [])) + "\n"


def _with(block: Block, number: int) -> ast.stmt:
    made = ast.parse(f"with _Block(name='block {number}') as _block: pass").body[0]
    assert isinstance(made, ast.With)
    made.body = list(block.statements)
    return made


def _comes_first(statement: ast.stmt) -> bool:
    """Tell whether a statement has to stand above all others."""
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_text or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
