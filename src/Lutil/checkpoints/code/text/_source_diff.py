"""Differences of source text, in which comments, docstrings and formatting do not show."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ...model.process._late import loading

if TYPE_CHECKING:
    import ast

__all__ = ["diff"]


def diff(old_source: str, new_source: str) -> str:
    """Return a unified diff in which comments, docstrings and formatting do not show.

    Example:
        >>> print(diff("x = f(1)  # one", "x = f( 2 )"))
        -x = f(1)
        +x = f(2)
    """
    with loading:
        import difflib  # noqa: PLC0415 - differences are shown on a miss only

    old, new = _plain(old_source), _plain(new_source)
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=3)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _plain(source: str) -> str:
    """Return the source as Python itself would write it, without docstrings; as it is where it does not parse."""
    with loading:
        import ast  # noqa: PLC0415 - differences are shown on a miss only

    try:
        tree = ast.parse(textwrap.dedent(source))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
                _drop_docstring(node)
        return ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError):
        return source


def _drop_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) -> None:
    with loading:
        import ast  # noqa: PLC0415 - differences are shown on a miss only

    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        del node.body[0]
        if not node.body and not isinstance(node, ast.Module):
            node.body.append(ast.Pass())
