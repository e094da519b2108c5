"""Why a computation runs: the comparison with the nearest entry, and how it is said.

A miss carries its cheap reason at once. The comparison reads the provenance of up to 32 entries of the
same name, never a result, and is made only when someone asks: `explain`, `LUTIL_EXPLAIN=1`, a logger at
INFO.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from ._computation import Computation
from ._entry import Store
from ._errors import ComplexParamsIdentifyWarning
from ._key import NoteKind, Part, PartKind
from ._ledger import Ran, ledger
from ._notices import log, notice
from ._outcome import Cause, Difference, Miss, Reason
from ._provenance import Provenance
from .code import diff
from .fingerprint import differences

__all__ = ["announce", "compare", "refine", "sentence", "tell_complex"]

_NEWEST: Final = 32
_OBSERVED: Final = frozenset({PartKind.FILE, PartKind.LISTING, PartKind.STREAM})
_UNDETAILED: Final = frozenset({Cause.FIRST_RUN})

_TELLING: Final = {kind: rank for rank, kind in enumerate((
    PartKind.CODE, PartKind.ARGUMENT, PartKind.WATCHED, PartKind.VERSION, PartKind.GLOBAL, PartKind.CELL,
    PartKind.DEFAULT, PartKind.ATTRIBUTE, PartKind.ENVIRONMENT, PartKind.FILE, PartKind.LISTING,
    PartKind.STREAM, PartKind.LIBRARY,
))}  # fmt: skip
"""What to name first when several inputs changed: what a person did, before what happened to them."""


def refine(computation: Computation, miss: Miss, parts: Sequence[Part]) -> Reason:
    """Return the reason of a miss with what changed since the nearest entry of the same name."""
    if miss.reason.cause not in _UNDETAILED:
        return miss.reason
    nearest = _nearest(computation.stores, computation.recipe.name, parts)
    if nearest is None:
        return miss.reason
    found = compare(nearest.parts, parts)
    detail = "" if found else "nothing that was recorded differs from the nearest entry"
    return Reason(Cause.CHANGED, detail, found)


def compare(old: Iterable[Part], new: Iterable[Part]) -> tuple[Difference, ...]:
    """Return what differs between two sets of parts, the most telling first."""
    before: dict[tuple[PartKind, str], list[Part]] = {}
    for part in old:
        before.setdefault((part.kind, part.path), []).append(part)
    changed: list[tuple[Part | None, Part]] = []
    for part in new:
        others = before.get((part.kind, part.path), [])
        same = next((other for other in others if other.digest == part.digest), None)
        if same is not None:
            others.remove(same)
        else:
            changed.append((others.pop(0) if others else None, part))
    found = [item for other, part in changed for item in _difference(other, part)]
    # What a run observed is known of the present only where the key is the same: its absence says nothing.
    gone = [part for others in before.values() for part in others if part.kind not in _OBSERVED]
    found += [Difference(part.kind, part.path, part.preview, None) for part in gone]
    return tuple(sorted(found, key=lambda item: (_TELLING[item.kind], item.before is None or item.after is None)))


def _difference(old: Part | None, new: Part) -> list[Difference]:
    if old is None:
        return [Difference(new.kind, new.path, None, new.preview)]
    if new.kind is PartKind.CODE:
        text = diff(old.kept.decode(), new.kept.decode()) if old.kept and new.kept else ""
        return [Difference(new.kind, new.path, diff=text)]
    return list(differences(old, new)) or [Difference(new.kind, new.path, old.preview, new.preview)]


def _nearest(stores: Sequence[Store], name: str, parts: Sequence[Part]) -> Provenance | None:
    """Return the provenance with the most equal parts, then the newest."""
    mine = {(part.kind, part.path, part.digest) for part in parts}
    best: tuple[int, Provenance] | None = None
    for store in stores:
        for info in islice(store.list(name), _NEWEST):
            data = store.provenance(name, info.key)
            try:
                found = Provenance.from_bytes(data) if data else None
            except ValueError:  # written by another version: nothing to compare with
                continue
            if found is None:
                continue
            equal = sum((part.kind, part.path, part.digest) in mine for part in found.parts)
            if best is None or equal > best[0]:
                best = (equal, found)
    return best and best[1]


def sentence(reason: Reason) -> str:
    """Return a reason as a person would say it, on one line."""
    if reason.differences:
        first, more = _say(reason.differences[0]), len(reason.differences) - 1
        return f"{first} (and {more} more)" if more else first
    return f"{reason.cause}: {reason.detail}" if reason.detail else str(reason.cause)


def _say(item: Difference) -> str:
    if item.kind is PartKind.CODE:
        verb = "is new" if item.before is None else "is gone" if item.after is None else "changed"
        return f"code of `{item.path}` {verb}"
    what = f"{item.kind} `{item.path}`"
    if item.before is None:
        return f"{what} is new"
    if item.after is None:
        return f"{what} is gone"
    if item.before and item.after and item.before != item.after:
        return f"{what} changed {item.before} -> {item.after}"
    return f"{what} changed"


def announce(computation: Computation, miss: Miss, parts: Sequence[Part]) -> None:
    """Say why a computation runs, before it does, where someone listens."""
    ledger.misses += 1
    explain = computation.settings.explain
    reason = miss.reason
    if explain or ledger.listening or log.isEnabledFor(logging.INFO):
        reason = refine(computation, miss, parts)
        verb = "running" if reason.cause is Cause.FIRST_RUN else "recomputing"
        text = f"{verb} {computation.recipe.name}: {sentence(reason)}"
        log.info("%s", text)
        if explain:
            sys.stderr.write(f"Lutil: {text}\n")
    ledger.last = Ran(computation.recipe.name, reason, computation.all_notes())


def tell_complex(computation: Computation) -> None:
    """Warn, once per class and place, of declared objects with attributes of a class without a rule."""
    for note in computation.notes:
        if note.kind is NoteKind.COMPLEX_ATTRIBUTE and note.path in computation.declared:
            notice(
                ComplexParamsIdentifyWarning,
                "",
                f"{note.path} {note.what}",
                f"A complicated object is an attribute of {note.path}, it may cause mistake when detecting whether "
                "there is checkpoint for this call.",
            )
