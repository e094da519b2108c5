"""What is known of a code object by itself, whatever its names are bound to; worked out once for each.

Bytecode is read, and what reads it is loaded (`_working_out`), only for what no earlier process kept (`_kept_facts`).
"""

from __future__ import annotations

from types import CodeType

from ...model.process._late import loading
from ._facts import Facts, digest_here, facts_here, remember_digest, remember_facts
from ._kept_facts import known_facts, learn_facts

__all__ = ["code_digest", "facts"]


def facts(code: CodeType, offsets: frozenset[int] | None = None) -> Facts:
    """Return what is known of a code object, or of the part of it that some offsets make up."""
    found = facts_here(code, offsets)
    if found is not None:
        return found
    kept: Facts | None = known_facts(code, offsets)
    if kept is not None:
        if offsets is None:
            remember_digest(code, kept.digest)
        return remember_facts(code, kept, offsets)
    with loading:
        from ._working_out import facts_of  # noqa: PLC0415  (most of it is kept)

    found = facts_of(code, offsets)
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
