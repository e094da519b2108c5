"""What is known of a code object by itself, whatever its names are bound to; worked out once for each."""

from __future__ import annotations

import weakref
from collections.abc import Container, Mapping
from functools import partial
from types import CodeType

import xxhash

from ...bytecode._instructions import Instruction, Listing, owning
from ...bytecode._normal_form import code_digest_bytes, flow
from ...bytecode._prepared import is_class_body, prepared, reads_docs
from ...bytecode.stack._refs import Ref, RefMode
from ...bytecode.stack._uses import Uses, find_uses
from ...model._identity import identity
from ...model.process._records import NamedTuple

__all__ = ["Facts", "Use", "block_facts", "code_digest", "facts"]


_BIND = RefMode("bind")


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
    found = _facts(code, {})
    _known[key] = (weakref.ref(code, partial(_known.pop, key)), found)
    return found


def code_digest(code: CodeType) -> bytes:
    """Return the digest of a code object's normal form."""
    key = identity(code)
    known = _digests.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    return _remember(code, prepared(code))


def _remember(code: CodeType, listed: Listing) -> bytes:
    key = identity(code)
    digest = xxhash.xxh3_128_digest(code_digest_bytes(code, listed, code_digest))
    _digests[key] = (weakref.ref(code, partial(_digests.pop, key)), digest)
    return digest


def _facts(code: CodeType, imports: Mapping[str, Ref]) -> Facts:
    listed = prepared(code)
    uses = find_uses(code, listed, imports=imports)
    if "__class__" in code.co_freevars:
        # `super()` finds the class without an instruction that reads it.
        uses.modes.setdefault(Ref("D", "__class__"), set()).add(RefMode("value"))
    merged, notes, docs = _with_nested(code, uses, block=False)
    return Facts(_remember(code, listed), _sorted(merged), tuple(notes), docs)


def block_facts(code: CodeType, offsets: frozenset[int]) -> Facts:
    """Return what is known of the part of a code object that these offsets make up."""
    key = (identity(code), offsets)
    known = _blocks.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    listed = prepared(code, whole=False)
    inside = owning(listed.instructions, offsets)
    uses = find_uses(code, listed, inside=inside)
    merged, notes, docs = _with_nested(code, uses, block=True, inside=inside, instructions=listed.instructions)
    digest = xxhash.xxh3_128_digest(flow(code, listed, code_digest, inside))
    found = Facts(digest, _sorted(merged), tuple(notes), docs)
    _blocks[key] = (weakref.ref(code, partial(_blocks.pop, key)), found)
    return found


def _with_nested(
    code: CodeType,
    uses: Uses,
    *,
    block: bool,
    inside: Container[int] | None = None,
    instructions: list[Instruction] | None = None,
) -> tuple[dict[Ref, set[RefMode]], list[tuple[Ref | None, str]], int]:
    """Return uses and notes with those of nested code, whose free names mean this code's locals or cells."""
    merged = {ref: set(modes) for ref, modes in uses.modes.items()}
    notes = list(uses.notes)
    docs = reads_docs(code)
    if inside is not None and docs:
        docs *= any(instruction[0] in inside for instruction in instructions or ())
    class_body = is_class_body(code)
    for number, nested in uses.nested:
        handed = {name: ref for name, ref in uses.imports.items() if name in nested.co_freevars or class_body}
        inner = _facts(nested, handed) if handed else facts(nested)
        bound = uses.bound[number] if uses.bound else frozenset()
        docs = max(docs, inner.reads_docs)
        notes += inner.notes
        for ref, modes in inner.uses:
            if ref.name in bound or (ref.kind == "D" and ref.name in code.co_cellvars and not block):
                continue
            if ref.kind != "N":
                merged.setdefault(ref, set()).update(modes)
            elif modes != {_BIND}:
                # What a class body has not bound itself, it looks up among the globals.
                merged.setdefault(Ref("G", ref.name, ref.chain), set()).update(modes)
    return merged, notes, docs


def _sorted(merged: Mapping[Ref, set[RefMode]]) -> tuple[Use, ...]:
    return tuple(Use(ref, frozenset(modes)) for ref, modes in sorted(merged.items(), key=_order))


def _order(item: tuple[Ref, object]) -> tuple[str, str, str]:
    ref = item[0]
    return ref.kind, ref.name, repr(ref.chain)
