"""Facts about code, read off its instructions: what it is, and which names it and what is defined in it reads."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import CodeType

import xxhash

from ...bytecode._instructions import Instruction, Listing, owning
from ...bytecode._normal_form import code_digest_bytes, flow
from ...bytecode._prepared import is_class_body, prepared, reads_docs
from ...bytecode.stack._refs import BIND, VALUE, Ref, RefMode
from ...bytecode.stack._uses import Uses, find_uses
from ._facts import Facts, Use, digest_here, facts_here, remember_digest, remember_facts

__all__ = ["digest_of", "facts_of"]


def digest_of(code: CodeType, listed: Listing | None = None) -> bytes:
    """Return the digest of a code object's normal form."""
    known = digest_here(code)
    if known is not None:
        return known
    return remember_digest(code, xxhash.xxh3_128_digest(code_digest_bytes(code, listed or prepared(code), digest_of)))


def facts_of(code: CodeType, offsets: frozenset[int] | None = None) -> Facts:
    """Return what is known of a code object, or of a block of it, without anything bound for it from around it."""
    found = facts_here(code, offsets)
    if found is not None:
        return found
    found = worked_out(code, {}) if offsets is None else worked_out_block(code, offsets)
    return remember_facts(code, found, offsets)


def worked_out(code: CodeType, imports: Mapping[str, Ref]) -> Facts:
    """Return what is known of a code object, where names of the function around it are bound to these imports."""
    listed = prepared(code)
    uses = find_uses(code, listed, imports=imports)
    if "__class__" in code.co_freevars:
        # `super()` finds the class without an instruction that reads it.
        uses.modes.setdefault(Ref("D", "__class__"), set()).add(VALUE)
    merged, notes, docs = _with_nested(code, uses, block=False)
    return Facts(digest_of(code, listed), _sorted(merged), tuple(notes), docs)


def worked_out_block(code: CodeType, offsets: frozenset[int]) -> Facts:
    """Return what is known of the part of a code object that these offsets make up."""
    listed = prepared(code, whole=False)
    inside = owning(listed.instructions, offsets)
    uses = find_uses(code, listed, inside=inside)
    merged, notes, docs = _with_nested(code, uses, block=True, inside=inside, instructions=listed.instructions)
    digest = xxhash.xxh3_128_digest(flow(code, listed, digest_of, inside))
    return Facts(digest, _sorted(merged), tuple(notes), docs)


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
        inner = worked_out(nested, handed) if handed else facts_of(nested)
        bound = uses.bound[number] if uses.bound else frozenset()
        docs = max(docs, inner.reads_docs)
        notes += inner.notes
        for ref, modes in inner.uses:
            if ref.name in bound or (ref.kind == "D" and ref.name in code.co_cellvars and not block):
                continue
            if ref.kind != "N":
                merged.setdefault(ref, set()).update(modes)
            elif modes != {BIND}:
                # What a class body has not bound itself, it looks up among the globals.
                merged.setdefault(Ref("G", ref.name, ref.chain), set()).update(modes)
    return merged, notes, docs


def _sorted(merged: Mapping[Ref, set[RefMode]]) -> tuple[Use, ...]:
    return tuple(Use(ref, frozenset(modes)) for ref, modes in sorted(merged.items(), key=_order))


def _order(item: tuple[Ref, object]) -> tuple[str, str, str]:
    ref = item[0]
    return ref.kind, ref.name, repr(ref.chain)
