"""What differs between two trees of parts, by the most precise paths that are known."""

from __future__ import annotations

from ...model._key import Part
from ...model._outcome import Difference
from ._small_contents import changes

__all__ = ["differences"]

_LIMIT = 100


def differences(old: Part, new: Part) -> list[Difference]:
    """Return what changed from one tree of parts to another, at most a hundred places.

    Example:
        >>> from Lutil.checkpoints.model._key import Part, PartKind
        >>> a = Part(PartKind.ARGUMENT, "k", b"1", "20")
        >>> b = Part(PartKind.ARGUMENT, "k", b"2", "50")
        >>> [(d.path, d.before, d.after) for d in differences(a, b)]
        [('k', '20', '50')]
    """
    found: list[Difference] = []
    stack: list[tuple[Part, Part]] = [(old, new)]
    while stack and len(found) < _LIMIT:
        before, after = stack.pop()
        if before.equals(after):
            continue
        pairs, alone = _matched(before, after)
        found += alone
        if pairs:
            stack += reversed(pairs)
        elif not alone:
            found += _own(before, after)
    return found[:_LIMIT]


def _matched(old: Part, new: Part) -> tuple[list[tuple[Part, Part]], list[Difference]]:
    """Return the parts below that are on both sides and differ, and those that are on one side only."""
    before = {part.path[len(old.path) :]: part for part in old.parts}
    after = {part.path[len(new.path) :]: part for part in new.parts}
    pairs = [(before[way], part) for way, part in after.items() if way in before and not before[way].equals(part)]
    alone = [Difference(part.kind, part.path, None, part.preview) for way, part in after.items() if way not in before]
    alone += [Difference(part.kind, part.path, part.preview, None) for way, part in before.items() if way not in after]
    return pairs, alone if old.parts and new.parts else []


def _own(old: Part, new: Part) -> list[Difference]:
    if old.kept and new.kept:
        found = changes(old.kept, new.kept)
        if found:
            return [Difference(new.kind, new.path + change.place, change.before, change.after) for change in found]
    if old.preview == new.preview:
        return [Difference(new.kind, new.path)]
    return [Difference(new.kind, new.path, old.preview, new.preview)]
