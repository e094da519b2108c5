"""The facts about a code object, and those of them that this process knows."""

from __future__ import annotations

import weakref
from functools import partial
from types import CodeType

from ...bytecode.stack._refs import Ref, RefMode
from ...model._identity import identity
from ...model.process._records import NamedTuple

__all__ = ["Facts", "Use", "digest_here", "facts_here", "remember_digest", "remember_facts"]


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
_known: dict[tuple[int, frozenset[int] | None], tuple[weakref.ref[CodeType], Facts]] = {}
_digests: dict[int, tuple[weakref.ref[CodeType], bytes]] = {}


def facts_here(code: CodeType, offsets: frozenset[int] | None = None) -> Facts | None:
    """Return what this process knows of a code object, or of a block of it; None where that is nothing."""
    # Code objects compare by content, which is slow and would join equal code of different files.
    known = _known.get((identity(code), offsets))
    return known[1] if known is not None and known[0]() is code else None


def remember_facts(code: CodeType, facts: Facts, offsets: frozenset[int] | None = None) -> Facts:
    """Take note of the facts about a code object, or about a block of it; return them."""
    key = (identity(code), offsets)
    _known[key] = (weakref.ref(code, partial(_known.pop, key)), facts)
    return facts


def digest_here(code: CodeType) -> bytes | None:
    """Return the digest of a code object's normal form, if this process knows it."""
    known = _digests.get(identity(code))
    return known[1] if known is not None and known[0]() is code else None


def remember_digest(code: CodeType, digest: bytes) -> bytes:
    """Take note of the digest of a code object's normal form; return it."""
    key = identity(code)
    _digests[key] = (weakref.ref(code, partial(_digests.pop, key)), digest)
    return digest
