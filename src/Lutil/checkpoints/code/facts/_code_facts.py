"""What is known of a code object by itself, whatever its names are bound to; worked out once for each.

Bytecode is read, and what reads it is loaded (`_working_out`), only for what no earlier process kept (`_kept_facts`).
"""

from __future__ import annotations

from types import CodeType

from ...model.process._late import loading
from ._facts import Facts, digest_here, facts_here, remember_digest, remember_facts
from ._kept_facts import known_facts, learn_facts

__all__ = ["block_facts", "code_digest", "facts"]


def facts(code: CodeType) -> Facts:
    """Return what is known of a code object."""
    found = facts_here(code)
    if found is not None:
        return found
    kept: Facts | None = known_facts(code)
    if kept is not None:
        remember_digest(code, kept.digest)
        return remember_facts(code, kept)
    with loading:
        from ._working_out import facts_of  # noqa: PLC0415  (most of it is kept)

    found = facts_of(code)
    learn_facts(code, found)
    return found


def block_facts(code: CodeType, offsets: frozenset[int]) -> Facts:
    """Return what is known of the part of a code object that these offsets make up."""
    found = facts_here(code, offsets)
    if found is not None:
        return found
    kept: Facts | None = known_facts(code, offsets)
    if kept is not None:
        return remember_facts(code, kept, offsets)
    with loading:
        from ._working_out import worked_out_block  # noqa: PLC0415  (the same)

    found = remember_facts(code, worked_out_block(code, offsets), offsets)
    learn_facts(code, found, offsets)
    return found


def code_digest(code: CodeType) -> bytes:
    """Return the digest of a code object's normal form."""
    found = digest_here(code)
    if found is not None:
        return found
    with loading:
        from ._working_out import digest_of  # noqa: PLC0415  (the same)

    return digest_of(code)
