"""The block that a frame is entering, read off its code object once and remembered with it."""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING

from ..bytecode._block_instructions import FUSED, BlockListing, line_of
from ..model._errors import BlockError
from ..model._identity import identity
from ._block_flow import NotReadableError, body_of, leaves
from ._block_flow import starts as starts_of
from ._body_names import global_stores, names_of
from ._location import location
from ._signal import ARMED

if TYPE_CHECKING:
    import types

    from ._block_flow import Body
    from ._body_names import Names

__all__ = ["KNOWN", "Block", "BlockFacts", "facts", "find_block"]

_CO_OPTIMIZED = 1
_AS_NAME = frozenset({"STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF"})


class Block:
    """One `with` block of one code object.

    There is one object per block as long as the code lives. It is compared by identity, and not to be changed.

    Attributes:
        enter: offset of the instruction that calls `__enter__`; `f_lasti` while it runs.
        start: offset of the first instruction after `__enter__`: a POP_TOP, or the store of the `as` name.
        prefix: offset of the first EXTENDED_ARG of that instruction; the same as `start` if it has none.
        offsets: of the instructions of the body, handlers inside it and further with-items after ours included;
            without the store of the `as` name and without the calls of `__exit__`. Where `start` itself is among
            them, it is a STORE_FAST_LOAD_FAST of which only the second half belongs to the body.
        target: the plain `as` name, or None.
        reads: names whose value from before the block the body may use, in order of appearance; what functions,
            comprehensions and classes defined in it name is included.
        writes: names that the body itself binds or unbinds, in order of appearance.
        later_writes: names that functions defined in the body bind by `global` or `nonlocal` when called.
        line: of the `with`.
    """

    # A plain class: `dataclasses` would import inspect, ast and dis, 10 ms that a hit need not pay.
    __slots__ = (
        "__weakref__",
        "_code",
        "enter",
        "later_writes",
        "line",
        "offsets",
        "prefix",
        "reads",
        "start",
        "target",
        "writes",
    )

    def __init__(self, code: types.CodeType, enter: int, body: Body, target: str | None, names: Names) -> None:
        self._code = weakref.ref(code)
        self.enter = enter
        self.start = body.start.offset
        self.prefix = body.start.first
        self.offsets = frozenset(instruction.offset for instruction in body.instructions.values())
        self.target = target
        self.reads, self.writes, self.later_writes = names
        self.line = line_of(code, enter)

    def __repr__(self) -> str:
        return f"<block at {self.line}: reads {self.reads}, writes {self.writes}>"

    @property
    def code(self) -> types.CodeType:
        """The code object that the block is part of. A block does not keep it alive; a frame that runs it does."""
        code = self._code()
        if code is None:
            raise ReferenceError("the code of this block is gone")
        return code


class BlockFacts:
    """What is known of one code object that holds a block.

    Attributes:
        optimized: whether names are slots of the frame (functions) or a namespace (modules, classes, exec).
        slots: the names that have a slot.
        declared: in a namespace, the names that are bound as globals all the same.
        blocks: those found so far, by the offset of the call of their `__enter__`.
        starts: the offsets that a skip may be raised at, of all `with` statements of the code.
        instrumented: whether the code reports its instructions (3.12 and later).
    """

    __slots__ = ("blocks", "declared", "instrumented", "optimized", "slots", "starts", "watch")

    def __init__(self, code: types.CodeType) -> None:
        self.optimized = bool(code.co_flags & _CO_OPTIMIZED)
        self.slots = frozenset((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
        self.declared = frozenset() if self.optimized else global_stores(code)
        self.blocks: dict[int, Block] = {}
        self.starts: frozenset[int] = frozenset()
        self.instrumented = False
        self.watch: weakref.ref[types.CodeType] | None = None


KNOWN: dict[int, BlockFacts] = {}
# By id, because hashing a code object takes time in proportion to its size, on every hit. The weak reference in each
# value takes the entry away with the code, so that cells that are run again and again leave nothing behind.


def facts(code: types.CodeType) -> BlockFacts:
    """Return what is known of a code object, the same object as long as the code lives."""
    known = KNOWN.get(identity(code))
    if known is None:
        known = BlockFacts(code)
        # All of it in C: an interrupt that struck in a callback of ours would be swallowed by the interpreter.
        known.watch = weakref.ref(code, functools.partial(KNOWN.pop, identity(code)))
        known = KNOWN.setdefault(identity(code), known)
    return known


def find_block(frame: types.FrameType) -> Block:
    """Return the block that a frame is about to enter; to be called inside `__enter__` with the caller's frame.

    Raises:
        BlockError: the caller is not a plain `with` statement, the target of its `as` is no plain name, or
            control flow leaves the block, so that a hit could not do what a run does.
    """
    if ARMED:
        # Left by an interrupt between arming and skipping: it must not skip this entry.
        ARMED.pop(identity(frame), None)
    code = frame.f_code
    known = KNOWN.get(identity(code))
    if known is not None:
        block = known.blocks.get(frame.f_lasti)
        if block is not None:
            return block
    return _read_off(frame, code)


def _read_off(frame: types.FrameType, code: types.CodeType) -> Block:
    listing = BlockListing(code)
    try:
        body = body_of(listing, frame.f_lasti)
        leave = leaves(listing, body)
    except NotReadableError as problem:
        raise BlockError(f"this block at {location(frame)} cannot be cached: {problem}") from None
    if leave is not None:
        raise BlockError(
            f"this block at {location(frame)} cannot be cached: `{leave.kind}` at {location(frame, leave.line)} "
            "leaves it, and a hit could not do the same. Move it below the block"
        )
    target = _target(frame, listing, body)
    names = names_of(listing, body, start_height(listing, body))
    block = Block(code, frame.f_lasti, body, target, names)
    known = facts(code)
    known.starts = known.starts or starts_of(listing)
    return known.blocks.setdefault(frame.f_lasti, block)


def start_height(listing: BlockListing, body: Body) -> int:
    """Return the height of the stack after the first instruction of a body."""
    guard = listing.guard(body.start.offset)
    return guard.depth + (body.start.op in FUSED) if guard else 0


def _target(frame: types.FrameType, listing: BlockListing, body: Body) -> str | None:
    """Return the plain `as` name of a block, or None where it has no `as`."""
    if body.start.opname == "POP_TOP":
        return None
    if body.start.opname in _AS_NAME or body.start.op in FUSED:
        use = listing.uses(body.start)[0]
        if use.action == "store":
            return use.name
    raise BlockError(
        f"this block at {location(frame)} cannot be cached: what follows `as` has to be a plain name, "
        "because a hit binds it without running it"
    )
