"""`%%checkpoint`: a whole cell as a block without lists. `%why`: why the last computation ran."""

from __future__ import annotations

import ast
import sys
from types import TracebackType
from typing import Any

from .._inline import InlineCheckpoint
from .._ledger import ledger
from .._reasons import sentence
from ._cell import attach

__all__ = ["Shown", "load"]

_SHOWN = "_lutil_shown"


def load(shell: Any) -> None:
    """Give a shell `%%checkpoint` and `%why`, and the line under cells."""
    attach()
    shell.register_magic_function(lambda line, cell: _checkpoint(shell, line, cell), "cell", "checkpoint")
    shell.register_magic_function(lambda line: _why(), "line", "why")


def _why() -> None:
    """Say why the last computation of this notebook ran, in full."""
    last = ledger.last
    if last is None:
        sys.stdout.write("nothing ran here yet\n")
        return
    sys.stdout.write(f"{last.name} ran: {sentence(last.reason)}\n")
    for item in last.reason.differences:
        if item.diff:
            sys.stdout.write(f"{item.diff}\n")
    for note in last.notes:
        sys.stdout.write(f"  {note.kind}: {note.path} ({note.what})\n")


def _checkpoint(shell: Any, line: str, cell: str) -> None:
    """Run a cell as a block without lists; what it displayed is displayed again on a hit.

    Raises:
        SyntaxError: the cell is no Python that a block can hold (top-level `await` among it).
    """
    if line.strip():
        raise ValueError("%%checkpoint takes nothing on its own line")
    body = ast.parse(shell.transform_cell(cell)).body
    if body and isinstance(body[-1], ast.Expr):
        call = ast.Call(ast.Attribute(ast.Name(_SHOWN, ast.Load()), "last", ast.Load()), [body[-1].value], [])
        body[-1] = ast.copy_location(ast.Expr(call), body[-1])
    tree = ast.parse(f"with _lutil_block:\n with {_SHOWN}: pass")
    outer = tree.body[0]
    assert isinstance(outer, ast.With)  # noqa: S101  (parsed from the text above)
    inner = outer.body[0]
    assert isinstance(inner, ast.With)  # noqa: S101  (the same)
    inner.body = body or inner.body
    # The output is part of what the block leaves behind, so it is produced like any other name.
    names = shell.user_ns
    names[_SHOWN] = Shown(shell)
    names["_lutil_block"] = InlineCheckpoint(name="cell")
    try:
        code = compile(ast.fix_missing_locations(tree), f"<cell {shell.execution_count}>", "exec")
        exec(code, names)  # noqa: S102  (the user's own cell)
        names[_SHOWN].replay()
    finally:
        names.pop(_SHOWN, None)
        names.pop("_lutil_block", None)
