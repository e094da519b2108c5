"""Which nodes of a walk lie on one cycle.

The code of such a node is that of the cycle as it is seen from there. It holds wherever the node is met from
outside; inside, on the way round from another node of the same cycle, it would say other things of equal values,
depending on which of them was met first.
"""

from __future__ import annotations

__all__ = ["Cycles"]


class Cycles:
    """The cycles that a walk has found, and which of them it is in."""

    __slots__ = ("_inside", "_of", "_open")

    def __init__(self) -> None:
        self._of: dict[int, int] = {}
        self._inside: dict[int, int] = {}
        self._open: list[int] = []

    def enter(self, key: int) -> int:
        """Return the cycle that a node lies on, 0 if none is known, and be in it."""
        cycle = self._of.get(key, 0) if self._of else 0
        if cycle:
            self._inside[cycle] = self._inside.get(cycle, 0) + 1
        return cycle

    def inside(self, key: int) -> bool:
        """Return whether the walk is in the cycle that a node lies on."""
        return bool(self._of) and self._inside.get(self._of.get(key, 0), 0) > 0

    def mark(self) -> int:
        """Return a mark for `leave`: what is left open from now on may lie on a cycle with the node entered now."""
        return len(self._open)

    def leave(self, key: int, cycle: int, mark: int, *, closed: bool) -> None:
        """Be out of a node. If nothing inside it refers further up, it closes a cycle with all that was left open."""
        if cycle:
            self._inside[cycle] -= 1
        if not closed:
            self._open.append(key)
        elif len(self._open) > mark:
            for member in (key, *self._open[mark:]):
                self._of.setdefault(member, key)
            del self._open[mark:]

    def forget(self) -> None:
        """Let go of what is known of nodes that may be gone."""
        self._of = {}
