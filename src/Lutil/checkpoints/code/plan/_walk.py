"""One lookup's way through code and values: plans in order of discovery, and the places still to be looked at."""

from __future__ import annotations

import xxhash

from ...model._identity import identity
from ...model._key import Note, tagged
from ._plan import Plan, Slot
from ._reach import reach

__all__ = ["Walk"]


class Walk:
    """What one lookup has discovered so far.

    The story fingerprints the slots that are `pending`; code that it meets in their values is given to
    `code`, which may make further slots pending; when none are, `digest` stands for all code.

    Attributes:
        plans: in order of discovery, the root's first.
    """

    __slots__ = ("_known", "_pending", "_seen", "plans")

    def __init__(self, root: Plan) -> None:
        self.plans: list[Plan] = [root]
        self._known: dict[int, tuple[object, bytes]] = {}
        self._pending: list[Slot] = list(root.slots)
        # A place stands once, whoever reads it; holders are kept alive by the plans.
        self._seen: set[tuple[int, object]] | None = None

    def code(self, value: object) -> bytes:
        """Return canonical bytes of a function, class or module met in a value.

        They hold its place in order of discovery, since two closures may differ by what they hold alone. A copy of
        a function that reads the same places is the same.
        """
        known = self._known.get(identity(value))
        if known is not None:
            return known[1]
        plan = reach(value)
        number = next((place for place, other in enumerate(self.plans) if _alike(other, plan)), len(self.plans))
        if number == len(self.plans):
            self.plans.append(plan)
            self._add(plan)
        canonical = tagged(b"F", number.to_bytes(4, "little") + plan.digest)
        self._known[identity(value)] = value, canonical
        return canonical

    def _add(self, plan: Plan) -> None:
        if not plan.slots:
            return
        if self._seen is None:
            self._seen = {(identity(slot.holder), slot.name) for slot in self.plans[0].slots}
        for slot in plan.slots:
            key = (identity(slot.holder), slot.name)
            if key not in self._seen:
                self._seen.add(key)
                self._pending.append(slot)

    def pending(self) -> list[Slot]:
        """Return the slots discovered since this was last asked, each place once."""
        pending, self._pending = self._pending, []
        return pending

    def digest(self) -> bytes:
        """Return the digest of all code discovered, in order; to be asked when nothing is pending."""
        if len(self.plans) == 1:
            return self.plans[0].digest
        return xxhash.xxh3_128_digest(b"".join(plan.digest for plan in self.plans))

    def libraries(self) -> tuple[tuple[str, str], ...]:
        """Return the libraries that any discovered code uses."""
        if len(self.plans) == 1:
            return self.plans[0].libraries
        return tuple(sorted({library for plan in self.plans for library in plan.libraries}))

    def notes(self) -> tuple[Note, ...]:
        """Return the notes of all plans, each once."""
        return tuple(dict.fromkeys(note for plan in self.plans for note in plan.notes))


def _alike(one: Plan, other: Plan) -> bool:
    """Return whether two plans are of equal code that reads the same places."""
    return one is other or (
        one.digest == other.digest
        and one.attributes == other.attributes
        and all(a.holder is b.holder and a.name == b.name for a, b in zip(one.slots, other.slots, strict=True))
    )
