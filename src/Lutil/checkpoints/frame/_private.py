"""What the lists of a block can be read off: names that it keeps to itself, and names that nobody can see."""

from __future__ import annotations

import re
import weakref
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ..bytecode._block_instructions import BlockListing
from ..bytecode._instructions import HAS_METHOD_FLAG
from ..bytecode._nested import all_code, all_names
from ..bytecode.stack._words import NAMERS
from ..integrations.IPython import hides_names
from ._block_facts import facts, start_height
from ._block_flow import body_of
from ._body_names import bound_together, read_if_swallowed, surely_bound

if TYPE_CHECKING:
    from types import CodeType

    from ._block_facts import Block
    from ._block_flow import Body

__all__ = [
    "bound_with",
    "deleted",
    "private_names",
    "read_below",
    "said_to_the_shell",
    "sometimes",
    "submodules",
    "swallowed",
    "unlisted",
]

_LOOKING = frozenset({"locals", "vars", "dir", "eval", "exec", "globals", "currentframe", "_getframe", "f_locals"})
"""Names by which a function sees its locals without naming them."""
_STAR = frozenset({("IMPORT_STAR", None), ("IMPORT_STAR", 0), ("CALL_INTRINSIC_1", 2)})
"""The last is INTRINSIC_IMPORT_STAR, from 3.12 on."""
_private: weakref.WeakKeyDictionary[Block, frozenset[str]] = weakref.WeakKeyDictionary()
_sometimes: weakref.WeakKeyDictionary[Block, frozenset[str]] = weakref.WeakKeyDictionary()
_together: weakref.WeakKeyDictionary[Block, Mapping[str, frozenset[str]]] = weakref.WeakKeyDictionary()


def private_names(block: Block) -> frozenset[str]:
    """Return the names that a block binds and that provably nothing else reads: locals of a function, used in it only.

    A name that the block itself reads before it binds it, as in a loop around it, is not among them.
    """
    found = _private.get(block)
    if found is None:
        found = _private[block] = _names(block)
    return found


def _names(block: Block) -> frozenset[str]:
    code = block.code
    known = facts(code)
    if not known.optimized or _LOOKING & set(code.co_names):
        return frozenset()
    plain = set(code.co_varnames) - set(code.co_cellvars)
    listing = BlockListing(code)
    outside = {
        use.name
        for instruction in listing.all
        if instruction.offset not in block.offsets
        for use in listing.uses(instruction)
        if use.action in {"load", "cell", "delete"}
    }
    return frozenset(block.writes) & plain - outside - set(block.reads) - _named_in_texts(code)


def _named_in_texts(code: CodeType) -> frozenset[str]:
    """Return the words of all texts in code that hands some to what looks up names in it: `df.query("x > @limit")`."""
    if NAMERS.isdisjoint(all_names(code)):
        return frozenset()
    texts = [text for one in all_code(code) for text in one.co_consts if isinstance(text, str)]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def read_below(block: Block) -> tuple[str, ...]:
    """Return the names that a block binds and that the code below it may read before it binds them anew.

    Functions around it may read them as well; when those are called, nobody knows.
    """
    listing = BlockListing(block.code)
    body = body_of(listing, block.enter)
    return tuple(name for name in block.writes if _is_read(listing, list(body.exits), name))


def _is_read(listing: BlockListing, todo: list[int], name: str) -> bool:
    """Tell whether a name is read on some way from these instructions on before it is bound."""
    seen: set[int] = set()
    while todo:
        first = todo.pop()
        if first in seen:
            continue
        seen.add(first)
        instruction = listing.at[first]
        actions = [use.action for use in listing.uses(instruction) if use.name == name]
        if actions and actions[0] in {"load", "delete"}:
            return True
        if "store" not in actions:
            todo += [target for target, _ in listing.successors(instruction)]
    return False


def unlisted(block: Block) -> str | None:
    """Return by what a block may bind names that its instructions do not show, or None."""
    for name in ("exec", "globals", "locals"):
        if name in block.reads:
            return f"`{name}`"
    listing = BlockListing(block.code)
    for number, instruction in enumerate(listing.all):
        if instruction.offset not in block.offsets:
            continue
        if (instruction.opname, instruction.arg) in _STAR:
            return "`import *`"
        if any(use.name == "vars" for use in listing.uses(instruction)) and _without_arguments(listing, number):
            return "`vars`"
    return None


def said_to_the_shell(block: Block) -> str:
    """Return a magic or command of IPython in a block whose text may read or bind names; nothing if there is none."""
    if "get_ipython" not in block.reads:
        return ""
    listing = BlockListing(block.code)
    for number, instruction in enumerate(listing.all):
        if instruction.offset in block.offsets and any(use.name == "get_ipython" for use in listing.uses(instruction)):
            method, texts = _shell_call(listing, number)
            if found := hides_names(method, texts):
                return found
    return ""


def _shell_call(listing: BlockListing, number: int) -> tuple[str, tuple[str, ...]]:
    """Return the method of what is loaded here and called, and the texts that it is given."""
    method, texts = "", []
    for instruction in listing.all[number + 1 :]:
        if instruction.opname in {"LOAD_ATTR", "LOAD_METHOD"}:
            if method:
                break
            place = instruction.arg >> 1 if HAS_METHOD_FLAG else instruction.arg
            method = listing.code.co_names[place]
        elif isinstance(text := listing.constant(instruction), str):
            texts.append(text)
        elif method and instruction.opname.startswith("CALL"):
            break
    return method, tuple(texts)


def _without_arguments(listing: BlockListing, number: int) -> bool:
    """Tell whether what this instruction loads is called without arguments right away."""
    for instruction in listing.all[number + 1 :]:
        if instruction.opname not in {"CACHE", "PUSH_NULL"}:
            return instruction.opname in {"CALL", "PRECALL"} and not instruction.arg
    return False


def submodules(block: Block) -> tuple[str, ...]:
    """Return the dotted names of modules that a block imports: `import a.b` loads `b` and binds `a`."""
    listing = BlockListing(block.code)
    imports = (one for one in listing.all if one.opname == "IMPORT_NAME" and one.offset in block.offsets)
    return tuple(name for one in imports if "." in (name := block.code.co_names[one.arg]))


def sometimes(block: Block) -> frozenset[str]:
    """Return the names that a block binds on some ways through it only: on the others they keep their value."""
    found = _sometimes.get(block)
    if found is None:
        found = _sometimes[block] = frozenset(block.writes) - surely_bound(*_read(block))
    return found


def swallowed(block: Block) -> frozenset[str]:
    """Return the names that a block reads before it binds them only where an `__exit__` swallows an exception."""
    return read_if_swallowed(*_read(block))


def _read(block: Block) -> tuple[BlockListing, Body, int]:
    """Return the instructions of a block's code, its body, and the height of the stack where that begins."""
    listing = BlockListing(block.code)
    body = body_of(listing, block.enter)
    return listing, body, start_height(listing, body)


def bound_with(block: Block, names: Collection[str]) -> frozenset[str]:
    """Return the names that a block has certainly bound or unbound if it did so with one of these."""
    together = _together.get(block)
    if together is None:
        together = _together[block] = bound_together(*_read(block))
    return frozenset[str]().union(*(together.get(name, ()) for name in names))


def deleted(block: Block) -> frozenset[str]:
    """Return the names that a block unbinds: by `del`, or at the end of an `except ... as`."""
    listing = BlockListing(block.code)
    inside = (instruction for instruction in listing.all if instruction.offset in block.offsets)
    return frozenset(use.name for instruction in inside for use in listing.uses(instruction) if use.action == "delete")
