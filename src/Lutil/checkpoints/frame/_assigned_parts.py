"""The attributes and subscripts that a block assigns, read off its source.

What a block changes in place of data comes back as an after-state, whether it is seen here or not: there they are for
people only. What it assigns of a module, class or function is known by them alone. Whatever is not plain is left out:
computed keys, and parts of what a call returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import loading

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

__all__ = ["assigned_parts"]


def assigned_parts(block: ast.With) -> dict[str, bool]:
    """Return the attributes and constant subscripts that a block assigns or deletes, as `f.b` and `table['sum']`.

    Each with whether every way through the block assigns it, as far as can be seen.
    """
    with loading:
        import ast  # noqa: PLC0415 - the same

    found: dict[str, bool] = {}
    for statement in block.body:
        certain = isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign))
        for part in _found_in(statement):
            found[part] = found.get(part, False) or certain
    return found


def _found_in(node: ast.AST) -> Iterator[str]:
    import ast  # noqa: PLC0415 - it was imported by whoever parsed the block

    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return  # run elsewhere, if at all
    if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load) and _is_plain(node):
        yield ast.unparse(node)
    for child in ast.iter_child_nodes(node):
        yield from _found_in(child)


def _is_plain(node: ast.expr) -> bool:
    with loading:
        import ast  # noqa: PLC0415 - the same

    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            return False
        node = node.value
    return isinstance(node, ast.Name)
