"""The comparison of two sets of inputs: what differs, the most telling first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from ..code import diff
from ..fingerprint import differences
from ..model._key import Part, PartKind
from ..model._outcome import Difference
from ..model.secrets._secret_code import redacted_code
from ..observe import OBSERVED_KINDS

__all__ = ["compare", "declared_of", "is_one_sided"]

_OBSERVED: Final = OBSERVED_KINDS.keys() - {PartKind.CODE, PartKind.ENVIRONMENT}
"""Kinds that only a run is seen to read; code and variables may be named by code as well."""

_TELLING: Final = {kind: rank for rank, kind in enumerate((
    PartKind.CODE, PartKind.ARGUMENT, PartKind.WATCHED, PartKind.VERSION, PartKind.GLOBAL, PartKind.CELL,
    PartKind.DEFAULT, PartKind.ATTRIBUTE, PartKind.ENVIRONMENT, PartKind.FILE, PartKind.LISTING,
    PartKind.MEMO, PartKind.STREAM, PartKind.EARLIER, PartKind.LIBRARY,
))}  # fmt: skip
"""What to name first when several inputs changed: what a person did, before what happened to them."""


def compare(old: Iterable[Part], new: Iterable[Part]) -> tuple[Difference, ...]:
    """Return what differs between two sets of parts, the most telling first."""
    before: dict[tuple[PartKind, str], list[Part]] = {}
    for part in old:
        before.setdefault((part.kind, part.path), []).append(part)
    changed: list[tuple[Part | None, Part]] = []
    for part in new:
        others = before.get((part.kind, part.path), [])
        same = next((other for other in others if other.equals(part)), None)
        if same is not None:
            others.remove(same)
        else:
            changed.append((others.pop(0) if others else None, part))
    each = [_difference(other, part) for other, part in changed]
    found = [item for items in each for item in items]
    wide = {item.path: len(items) for items in each for item in items}  # how much of its input changed
    beside = Counter(_above(item.path) for item in found)
    # What a run observed is known of the present only where the key is the same: its absence says nothing.
    gone = [part for others in before.values() for part in others if not _is_observed(part.kind, part.path)]
    found += [Difference(part.kind, part.path, part.preview, None) for part in gone]

    def rank(item: Difference) -> tuple[int, ...]:
        # A parameter stands before the rows of a table, wherever both are.
        much = wide.get(item.path, 1), beside[_above(item.path)]
        return is_one_sided(item), _TELLING[item.kind], _follows(item.path), *much

    return tuple(sorted(found, key=rank))


def _above(path: str) -> str:
    """Return the path of what a part is in."""
    return path[: max(path.rfind("."), path.rfind("["), 0)]


def _follows(path: str) -> bool:
    """Return whether a path leads through an attribute that an object works out itself: `coef_`, `_Booster`."""
    return _WORKED_OUT.search(path) is not None


_WORKED_OUT: Final = re.compile(r"\.(?:_\w*|\w*_)(?!\w)")


def _is_observed(kind: PartKind, path: str) -> bool:
    """Return whether an input may be known only by watching a run."""
    return kind in _OBSERVED or (kind is PartKind.ENVIRONMENT and path.startswith(("os.environ", "sys.argv")))


def declared_of(places: Iterable[tuple[PartKind, str]]) -> set[tuple[PartKind, str]]:
    return {place for place in places if not _is_observed(*place)}


def is_one_sided(item: Difference) -> bool:
    return item.before is None or item.after is None


def _difference(old: Part | None, new: Part) -> list[Difference]:
    if old is None:
        return [Difference(new.kind, new.path, None, new.preview)]
    if new.kind is PartKind.CODE:
        text = diff(redacted_code(old.kept.decode()), redacted_code(new.kept.decode())) if old.kept and new.kept else ""
        return [Difference(new.kind, new.path, diff=text)]
    return list(differences(old, new)) or [Difference(new.kind, new.path, old.preview, new.preview)]
