"""Code with all that is nested in it, and the names in it."""

from __future__ import annotations

from types import CodeType

from ._instructions import decode, name_of, owning

__all__ = ["all_code", "all_names"]

_USES = frozenset(
    """
    IMPORT_FROM IMPORT_NAME LOAD_ATTR LOAD_FROM_DICT_OR_GLOBALS LOAD_GLOBAL LOAD_METHOD LOAD_NAME LOAD_SUPER_ATTR
    STORE_ATTR
    """.split()  # noqa: SIM905  # names read best as words in lines
)


def all_code(code: CodeType, offsets: frozenset[int] | None = None) -> list[CodeType]:
    """Return code with all that is nested in it; of a block, by its offsets, only what it stands in."""
    found = [code]
    for one in found if offsets is None else ():
        found += [inner for inner in one.co_consts if isinstance(inner, CodeType)]
    return found


def all_names(code: CodeType, offsets: frozenset[int] | None = None) -> frozenset[str]:
    """Return the names of globals and attributes that code uses, or the part of it at some offsets."""
    if offsets is None:
        return frozenset().union(*(one.co_names for one in all_code(code)))
    instructions = decode(code)
    inside = owning(instructions, offsets)
    found: set[str] = set()
    for offset, name, arg, _ in instructions:
        if offset in inside and name in _USES:
            found.add(name_of(code, name, arg))
        elif offset in inside and name == "LOAD_CONST" and isinstance(inner := code.co_consts[arg], CodeType):
            found |= all_names(inner)
    return frozenset(found)
