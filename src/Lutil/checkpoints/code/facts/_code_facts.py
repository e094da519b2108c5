"""What is known of a code object by itself, whatever its names are bound to; worked out once for each.

Bytecode is read, and what reads it is loaded (`_working_out`), only for what no earlier process kept (`_kept_facts`).
"""

from __future__ import annotations

import weakref
from functools import partial
from types import CodeType

from ...bytecode.stack._refs import Ref, RefMode
from ...model._identity import identity
from ...model.process._late import loading
from ...model.process._records import NamedTuple
from ._kept_facts import known_facts, learn_facts

__all__ = ["Facts", "Use", "block_facts", "code_digest", "facts", "facts_of_nested", "remember_digest"]


class Use(NamedTuple):
    """A ref and all that becomes of its value."""

    ref: Ref
    modes: frozenset[RefMode]


class Facts(NamedTuple):
    """What a code object is and reads.

    Attributes:
        digest: of its normal form.
        uses: in an order that formatting does not change, those of nested code included.
        notes: dynamic places: what is called there, if it has a name, and how it reads.
        reads_docs: whether it names docstrings or annotations (1), or the text of code (2).
    """

    digest: bytes
    uses: tuple[Use, ...]
    notes: tuple[tuple[Ref | None, str], ...]
    reads_docs: int


# Who is dropped from them takes the weak reference itself for the default of `pop`: no name is looked up for
# that, and so it works while the interpreter ends.
_known: dict[int, tuple[weakref.ref[CodeType], Facts]] = {}
_digests: dict[int, tuple[weakref.ref[CodeType], bytes]] = {}
_blocks: dict[tuple[int, frozenset[int]], tuple[weakref.ref[CodeType], Facts]] = {}


def facts(code: CodeType) -> Facts:
    """Return what is known of a code object."""
    # Code objects compare by content, which is slow and would join equal code of different files.
    key = identity(code)
    known = _known.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    found: Facts | None = known_facts(code)
    if found is None:
        found = facts_of_nested(code)
        learn_facts(code, found)
        return found
    remember_digest(code, found.digest)
    _known[key] = (weakref.ref(code, partial(_known.pop, key)), found)
    return found


def facts_of_nested(code: CodeType) -> Facts:
    """Return what is known of a code object that stands in another, and is kept with that one."""
    key = identity(code)
    known = _known.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    with loading:
        from ._working_out import worked_out  # noqa: PLC0415  (most of it is kept)

    found = worked_out(code, {})
    _known[key] = (weakref.ref(code, partial(_known.pop, key)), found)
    return found


def code_digest(code: CodeType) -> bytes:
    """Return the digest of a code object's normal form."""
    key = identity(code)
    known = _digests.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    with loading:
        from ._working_out import digest_of  # noqa: PLC0415  (the same)

    return remember_digest(code, digest_of(code))


def remember_digest(code: CodeType, digest: bytes) -> bytes:
    """Take note of the digest of a code object's normal form; return it."""
    key = identity(code)
    _digests[key] = (weakref.ref(code, partial(_digests.pop, key)), digest)
    return digest


def block_facts(code: CodeType, offsets: frozenset[int]) -> Facts:
    """Return what is known of the part of a code object that these offsets make up."""
    key = (identity(code), offsets)
    known = _blocks.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    found: Facts | None = known_facts(code, offsets)
    if found is None:
        with loading:
            from ._working_out import worked_out_block  # noqa: PLC0415  (the same)

        found = worked_out_block(code, offsets)
        learn_facts(code, found, offsets)
    _blocks[key] = (weakref.ref(code, partial(_blocks.pop, key)), found)
    return found
