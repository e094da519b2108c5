"""Source text for differences, where it is proved to be that of the running code.

A file may have been edited since it was imported. So it is compiled, and only a code object in it that has
the same name, the same line and the same normal form vouches for the text.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from types import CodeType

from ..facts._code_facts import code_digest

__all__ = ["source_of"]

_LIMIT = 16
_compiled: dict[str, tuple[int, dict[tuple[str, int], list[CodeType]]]] = {}


def source_of(code: CodeType) -> bytes:
    """Return the dedented source text of a function's code as UTF-8; nothing where it cannot be had or proved."""
    lines = linecache.getlines(code.co_filename)
    if not lines or code.co_firstlineno > len(lines):
        return b""
    found = _objects(code.co_filename, "".join(lines)).get((code.co_qualname, code.co_firstlineno), [])
    digest = code_digest(code)
    if not any(code_digest(other) == digest for other in found):
        return b""
    text = "".join(inspect.getblock(lines[code.co_firstlineno - 1 :]))
    return textwrap.dedent(text).encode("utf-8", "surrogatepass")


def _objects(filename: str, text: str) -> dict[tuple[str, int], list[CodeType]]:
    """Return the code objects of a file by qualified name and first line; none where it does not compile."""
    key = hash(text)
    known = _compiled.get(filename)
    if known is not None and known[0] == key:
        return known[1]
    out: dict[tuple[str, int], list[CodeType]] = {}
    try:
        waiting = [compile(text, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        waiting = []
    while waiting:
        code = waiting.pop()
        out.setdefault((code.co_qualname, code.co_firstlineno), []).append(code)
        waiting += [one for one in code.co_consts if isinstance(one, CodeType)]
    while len(_compiled) >= _LIMIT:
        del _compiled[next(iter(_compiled))]
    _compiled[filename] = key, out
    return out
