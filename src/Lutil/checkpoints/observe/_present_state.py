"""The present state of what a trace names, as one digest."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_128

from ..model._key import Part
from ..model.process._interrupts import let_pass
from ._observed_kinds import OBSERVED_KINDS, Question
from ._trace import Trace
from .files._file_digests import Many, is_remote, remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._observed_kinds import Elsewhere
    from .files._file_digests import Notes

__all__ = ["EMPTY_DIGEST", "combined", "digests_of", "present", "present_parts"]

EMPTY_DIGEST: Final = bytes(16)

_stat = os.stat


def combined(trace: Trace, digests: Sequence[bytes]) -> bytes:
    """Return one digest of names and states; that of the empty trace is sixteen zeros."""
    return xxh3_128(trace.to_bytes() + b"\0" + b"".join(digests)).digest() if digests else EMPTY_DIGEST


def present(trace: Trace, notes: Notes | None, root: str, ordinal: int = 0) -> bytes | None:
    """Return the digest of the present state of all that a trace names, or None where some of it cannot be read.

    Args:
        trace: names, as `Observation.trace` has them.
        notes: a memory of file digests, or None.
        root: the project folder of today, absolute.
        ordinal: of this call, as `turn` gives it; matters only where `trace.has_ordinal`.

    Example:
        >>> from Lutil.checkpoints.observe import EMPTY
        >>> present(EMPTY, None, "/") == bytes(16)
        True
    """
    if not trace.names:
        return EMPTY_DIGEST
    digests = digests_of(trace, notes, root, ordinal)
    return None if digests is None else combined(trace, digests)


def present_parts(
    trace: Trace, notes: Notes | None, root: str, ordinal: int = 0, elsewhere: Elsewhere | None = None
) -> tuple[Part, ...]:
    """Return one part for each name of a trace, as it is now; what cannot be read is missing."""
    parts = []
    for observed in trace.names:
        digests = digests_of(Trace([observed]), notes, root, ordinal, elsewhere)
        if digests is not None:
            parts.append(Part(observed.kind, observed.shown, digests[0]))
    return tuple(parts)


def digests_of(
    trace: Trace, notes: Notes | None, root: str, ordinal: int = 0, elsewhere: Elsewhere | None = None
) -> list[bytes] | None:
    """Return the digests behind `present`, in the order of the names; what an inner hit adds to outer runs.

    `elsewhere` gives the digests of what others know: of memos, code and names, by name and path. Without it, a trace
    that names such a thing cannot be read.
    """
    found: list[bytes] = []
    many = Many(notes, trace.to_bytes(), len(trace.names))
    asked = Question(notes, many, ordinal, elsewhere)
    try:
        for observed, path in zip(trace.names, trace.paths(root), strict=True):
            if observed.mode == "content":
                # The common case in a line: ten unchanged files have 40 microseconds.
                try:
                    st = _stat(path)
                except (OSError, ValueError):
                    found.append(many.content(path))
                    continue
                digest = remembered.get((st.st_dev, st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns))
                if digest is None or is_remote(st.st_dev):
                    digest = many.content(path)
                found.append(digest)
                continue
            digest = OBSERVED_KINDS[observed.kind].present(observed, path, asked)
            if digest is None:
                return None
            found.append(digest)
    except OSError as error:
        let_pass(error)
        return None
    many.keep(trace.paths(root))
    return found
