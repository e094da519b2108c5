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

    __slots__ = ("_alike", "_known", "_pending", "_seen", "plans")

    def __init__(self, root: Plan) -> None:
        self.plans: list[Plan] = [root]
        self._known: dict[int, tuple[object, bytes]] = {}
        # By digest the place of the one plan that has it, or those of several by what they read.
        self._alike: dict[bytes, int | dict[tuple[object, ...], list[int]]] = {root.digest: 0}
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
        number = self._number_of(plan)
        if number == len(self.plans):
            self.plans.append(plan)
            self._add(plan)
        canonical = tagged(b"F", number.to_bytes(4, "little") + plan.digest)
        self._known[identity(value)] = value, canonical
        return canonical

    def _number_of(self, plan: Plan) -> int:
        """Return the place of a plan of equal code that reads the same; that of a new one where there is none."""
        new = len(self.plans)
        known = self._alike.setdefault(plan.digest, new)
        if isinstance(known, int):
            if known == new or self.plans[known] is plan:
                return known
            known = self._alike[plan.digest] = {_likeness(self.plans[known]): [known]}
        places = known.setdefault(_likeness(plan), [])
        number = next((one for one in places if self.plans[one].attributes == plan.attributes), new)
        if number == new:
            places.append(number)
        return number

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


def _likeness(plan: Plan) -> tuple[object, ...]:
    """Return what is the same of plans of equal code that reads the same places; the plans keep these alive."""
    return plan.digest, *((identity(slot.holder), slot.name) for slot in plan.slots)
