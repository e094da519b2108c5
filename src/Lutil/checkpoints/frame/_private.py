"""Names that a block keeps to itself: nothing outside of it can see them, so a hit need not bind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._block import facts
from ._bytecode import Listing

if TYPE_CHECKING:
    from ._block import Block

__all__ = ["private_names"]

_LOOKING = frozenset({"locals", "vars", "dir", "eval", "exec", "globals"})
"""Builtins by which a function sees its locals without naming them."""


def private_names(block: Block) -> frozenset[str]:
    """Return the names that a block binds and that provably nothing else reads: locals of a function, used in it only.

    A name that the block itself reads before it binds it, as in a loop around it, is not among them.
    """
    code = block.code
    known = facts(code)
    if not known.optimized or _LOOKING & set(code.co_names):
        return frozenset()
    plain = set(code.co_varnames) - set(code.co_cellvars)
    listing = Listing(code)
    outside = {
        use.name
        for instruction in listing.all
        if instruction.offset not in block.offsets
        for use in listing.uses(instruction)
        if use.action in {"load", "cell", "delete"}
    }
    return frozenset(block.writes) & plain - outside - set(block.reads)
