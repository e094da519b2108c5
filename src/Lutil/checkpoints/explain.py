"""Explanations: whether a computation would be a hit, and if not, what changed since the nearest entry."""

from __future__ import annotations

import html
from typing import NamedTuple

from ._computation import Computation
from ._key import Note
from ._outcome import Hit, Reason
from ._pipeline import look_up, observed_parts
from ._reasons import refine, sentence

__all__ = ["Explanation", "explain_computation"]


class Explanation(NamedTuple):
    """What can be said of a computation without running it.

    Attributes:
        name: of the computation.
        hit: whether an entry can be used; None while caching is disabled.
        reason: why it would run; None for a hit.
        notes: what was met and does not count: effects, memos, handles, secrets, blind spots.
        saved: seconds that a hit saves.
    """

    name: str
    hit: bool | None
    reason: Reason | None = None
    notes: tuple[Note, ...] = ()
    saved: float = 0.0

    def __str__(self) -> str:
        if self.hit is None:
            return f"{self.name} would run: caching is disabled"
        if self.reason is None:
            return f"{self.name} would be skipped: {self.saved:.3g} s saved"
        return f"{self.name} would run: {sentence(self.reason)}"

    def details(self) -> str:
        """Return the whole: every difference, with diffs of code, and everything that does not count."""
        lines = [str(self)]
        for item in self.reason.differences if self.reason else ():
            before = "not there" if item.before is None else item.before
            after = "not there" if item.after is None else item.after
            shown = f": {before} -> {after}" if before or after else ""
            lines.append(f"  {item.kind} {item.path}{shown}")
            lines += [f"    {line}" for line in item.diff.splitlines()]
        if self.notes:
            lines.append("  does not count:")
            lines += [f"    {note.kind}: {note.path} ({note.what})" for note in self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<details><summary>{html.escape(str(self))}</summary><pre>{html.escape(self.details())}</pre></details>"


def explain_computation(computation: Computation | None, name: str) -> Explanation:
    """Look up without running and say what was found."""
    if computation is None:
        return Explanation(name, None)
    outcome = look_up(computation, peek=True)
    notes = tuple(dict.fromkeys((*computation.recipe.plan.notes, *computation.notes)))
    if isinstance(outcome, Hit):
        return Explanation(name, True, None, notes, outcome.saved)  # noqa: FBT003  (a field of a record)
    parts = (*computation.parts(), *observed_parts(computation))
    return Explanation(name, False, refine(computation, outcome, parts), notes)  # noqa: FBT003  (the same)
