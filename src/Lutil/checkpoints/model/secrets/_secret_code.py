"""Secrets in source text: literals that are bound to the name of one, kept under it, passed as it or compared to it."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from ._redaction import mentions, redacted, without_shapes
from ._secret_names import names_secret

__all__ = ["redacted_code"]

_HIDDEN: Final = "'…'".encode()
_Binding = tuple[ast.AST | str | None, ast.expr | None]


@functools.lru_cache(4096)
def redacted_code(text: str) -> str:
    """Return source text without the literals that belong to the name of a secret, or look like one.

    Example:
        >>> redacted_code("def f(password='abc'): return g(token=ask(), key='b')")
        "def f(password='…'): return g(token=ask(), key='b')"
    """
    if mentions(text):
        parsed = _parsed(text)
        if parsed is None:
            return redacted(text)
        text = _without_literals(text, *parsed)
    return without_shapes(text)


def _parsed(text: str) -> tuple[ast.Module, int] | None:
    """Return the tree of a text and by how many lines it was moved; None where it is no whole program."""
    for moved, head in enumerate(("", "if 1:\n")):  # the body of a block may be indented
        try:
            return ast.parse(head + text), moved
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _without_literals(text: str, tree: ast.Module, moved: int) -> str:
    lines = [line.encode("utf-8", "surrogatepass") for line in text.split("\n")]
    spots = {
        (
            node.lineno - 1 - moved,
            node.col_offset,
            (node.end_lineno or node.lineno) - 1 - moved,
            node.end_col_offset or 0,
        )
        for node in _secret_literals(tree)
    }
    for first, start, last, end in sorted(spots, reverse=True):
        lines[first : last + 1] = [lines[first][:start] + _HIDDEN + lines[last][end:]]
    return b"\n".join(lines).decode("utf-8", "surrogatepass")


def _secret_literals(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield the literals that are bound to, kept under, passed as or compared with what has the name of a secret."""
    for node in ast.walk(tree):
        for name, value in _bindings(node):
            if value is not None and _is_secret(name):
                yield from _literals(value)


def _bindings(node: ast.AST) -> Iterator[_Binding]:
    """Yield names and what is bound to them at one place of a program."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _unpacked(target, value)
        case ast.AnnAssign() | ast.AugAssign() | ast.NamedExpr():
            yield node.target, node.value
        case ast.keyword():
            yield node.arg, node.value
        case ast.Dict(keys=keys, values=values):
            yield from zip(keys, values, strict=True)
        case ast.Compare(left=left, comparators=others):
            yield from itertools.permutations((left, *others), 2)
        case ast.Call():
            yield from _passed(node)
        case ast.arguments():
            yield from _defaults(node)


def _passed(call: ast.Call) -> Iterator[_Binding]:
    for place, value in enumerate(call.args):
        yield call.func, value  # `set_password("...")`
        if isinstance(value, ast.Constant):  # `setdefault("API_KEY", "...")`
            yield from ((value, other) for other in call.args[place + 1 :])


def _defaults(node: ast.arguments) -> Iterator[_Binding]:
    named = [*node.posonlyargs, *node.args]
    yield from zip((one.arg for one in named[len(named) - len(node.defaults) :]), node.defaults, strict=True)
    yield from zip((one.arg for one in node.kwonlyargs), node.kw_defaults, strict=True)


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for inner, item in zip(target.elts, value.elts, strict=False):
            yield from _unpacked(inner, item)
    else:
        yield target, value


def _is_secret(name: ast.AST | str | None) -> bool:
    match name:
        case str(text):
            return names_secret(text)
        case ast.Name(id=text) | ast.Attribute(attr=text) | ast.Constant(value=str() as text):
            return names_secret(text)
        case ast.Subscript(value=value, slice=key):
            return _is_secret(key) or _is_secret(value)
        case ast.Tuple(elts=parts):
            return any(map(_is_secret, parts))
    return False


def _literals(value: ast.AST) -> Iterator[ast.expr]:
    """Yield the literals that a value is made of; a key says what something is, and stays."""
    if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and _tells(value.value)):
        yield value
        return
    inner: Iterable[ast.AST] = ast.iter_child_nodes(value)
    if isinstance(value, ast.Dict):
        inner = value.values
    elif isinstance(value, ast.Subscript):
        inner = (value.value,)
    for child in inner:
        yield from _literals(child)


def _tells(value: object) -> bool:
    if isinstance(value, str | bytes):
        return len(value) > 0  # a comparison of both kinds is an error under `python -bb`
    return isinstance(value, int | float) and not isinstance(value, bool)
